"""Where everything is on a deploy host. docs/install.md has the same list."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).resolve().parent / "units"

LIBRARY = Path("/usr/local/lib/runner-scope-doctor")
COMMAND = LIBRARY / "bin" / "runner-scope-doctor"
INTERPRETER = LIBRARY / "bin" / "python"
SETTINGS = Path("/etc/runner-scope-doctor")
HOST_YML = SETTINGS / "host.yml"
RECORD = SETTINGS / "installation.json"
STATE = Path("/var/lib/runner-scope-doctor")
PRIVATE_FOLDERS = ("plans", "backups", "receipts")
UNITS = Path("/etc/systemd/system")
SOCKET = Path("/run/runner-scope-doctor/doctor.sock")
SERVICE_ACCOUNT = "runner-scope-doctor"

SOCKET_UNIT = "runner-scope-doctor.socket"
SERVICE_UNIT = "runner-scope-doctor@.service"
APPROVED_UNIT = "runner-scope-doctor-approved.service"
TIMER_UNIT = "runner-scope-doctor-approved.timer"
CHECK_UNIT = "runner-scope-doctor-check.service"
CHECK_TIMER_UNIT = "runner-scope-doctor-check.timer"
UNIT_FILES = (SOCKET_UNIT, SERVICE_UNIT, APPROVED_UNIT, TIMER_UNIT, CHECK_UNIT, CHECK_TIMER_UNIT)
STARTED_UNITS = (SOCKET_UNIT, TIMER_UNIT, CHECK_TIMER_UNIT)
"""Those that run; they start the others."""

PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs of the system are looked for, whatever PATH says."""


def below(root: Path, path: Path) -> Path:
    """Where the path is when `root` is what will be / one day."""
    return root / path.relative_to("/")
