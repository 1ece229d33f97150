"""A deploy host that can be set up and broken for real: this machine, with folders of its own in the places that matter.

A private mount namespace holds its own /etc, /run, /usr/local and /var/lib, so that users are made and removed for real,
and nothing of it is left on the machine that runs the tests.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import Engine
from support.command import ROOT, Ended
from support.tiny_packages import wheelhouse
from support.world import World, users_case

RUNNER, SERVER = "rsd-test-runner", "rsd-test-forgejo"
"""Whom the runner and the server run as."""
CHECKOUT, WHEELS = Path("/usr/local/src/doctor"), Path("/usr/local/src/wheels")
DATABASE, APP_INI = Path("/var/lib/forgejo/forgejo.db"), Path("/etc/forgejo/app.ini")
HOST_YML, LIBRARY = Path("/etc/runner-scope-doctor/host.yml"), Path("/usr/local/lib/runner-scope-doctor")
STATE, SOCKET = Path("/var/lib/runner-scope-doctor"), Path("/run/runner-scope-doctor/doctor.sock")
UNITS = Path("/etc/systemd/system")
COMMAND = LIBRARY / "bin" / "runner-scope-doctor"
OWN = ("etc", "run", "usr/local", "var/lib")
_APP_INI = f"[server]\nROOT_URL = https://git.example.org/\n[database]\nDB_TYPE = sqlite3\nPATH = {DATABASE}\n"
_BEGIN = """
set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
cp -a "$2/." "$1/"
for place in etc run usr/local var/lib; do mount --bind "$1/$place" "/$place"; done
echo ready
exec sleep infinity
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A running namespace. `folder` is where its own folders are seen from inside."""

    process: subprocess.Popen[str]
    folder: Path

    def run(self, *command: str | Path, answer: str = "", check: bool = False) -> Ended:
        """Runs a command as root inside; `answer` is its standard input."""
        ended = subprocess.run(
            [*self._inside(), *map(str, command)],
            cwd="/", env=_clean(), input=answer, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert "Traceback" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
        assert not check or ended.returncode == 0, (command, ended.stdout, ended.stderr)
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def shell(self, script: str) -> str:
        """Runs a script that must go through, and returns what it printed."""
        return self.run("sh", "-ec", script, check=True).out

    def install(self, *arguments: str | Path, answer: str = "") -> Ended:
        """scripts/install-host of the machine's own checkout."""
        return self.run(CHECKOUT / "scripts" / "install-host", *arguments, answer=answer)

    def installed(self, *arguments: str | Path) -> Ended:
        """The same with everything an installation for SQLite needs."""
        given = ("--yes", "--runner-user", RUNNER, "--app-ini", APP_INI, "--wheelhouse", WHEELS)
        return self.install(*given, *arguments)

    def write(self, file: Path, text: str, mode: int = 0o755) -> None:
        """A file of root's."""
        self.run(
            "sh",
            "-ec",
            f"cat > {shlex.quote(str(file))}; chmod {mode:o} {shlex.quote(str(file))}",
            answer=text,
            check=True,
        )

    def everything(self) -> str:
        """Every file, folder, user and group there is where anything may be made."""
        return self.shell(
            "find /etc /usr/local /var/lib /run -printf '%p %m %u %g %l\\n' | sort; cat /etc/passwd /etc/group"
        )

    def read(self, file: Path) -> str:
        return self.run("cat", file, check=True).out

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Starts a command inside that goes on until the machine ends."""
        return subprocess.Popen(
            [*self._inside(), *map(str, command)],
            cwd="/", env=_clean(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _inside(self) -> tuple[str, ...]:
        return ("nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", "--")


def require_machine() -> None:
    """Skips, saying so, where no such machine can be had."""
    if os.geteuid() != 0:
        pytest.skip("NEEDS ROOT: users are made, and become, for real; nothing of the deploy host was tested")
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    if tried.returncode != 0 or shutil.which("nsenter") is None or shutil.which("useradd") is None:
        pytest.skip("NEEDS MOUNTS: no mount namespace, nsenter or useradd here; nothing of the deploy host was tested")
    if not _has_python():
        pytest.skip("NEEDS /usr/bin/python3 or /usr/local/bin/python3, 3.11 or later, that every user can run")


@contextmanager
def machine(origin: Path, folder: Path) -> Iterator[Machine]:
    """A machine with copies of the folders in `origin`; `folder` is an empty one."""
    process = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", _BEGIN, "sh", folder, origin],
        cwd="/", env=_clean(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield Machine(process=process, folder=folder)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def bare(folder: Path) -> Path:
    """What a machine begins with: this one's /etc, the product's checkout, wheels, and a server's database, all in `folder`."""
    shutil.copytree("/etc", folder / "etc", symlinks=True, copy_function=shutil.copy2)
    for place in (*OWN[1:], "usr/local/bin", "usr/local/lib"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    source = folder / CHECKOUT.relative_to("/")
    for part in ("action", "docs", "scripts"):
        shutil.copytree(ROOT / part, source / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    lock = wheelhouse(folder / WHEELS.relative_to("/"))
    (source / "action" / "requirements.lock").write_text(lock, encoding="utf-8")
    database = folder / DATABASE.relative_to("/")
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        users_case(World.create(connection, Engine.SQLITE, 16))
    return folder


def with_server(host: Machine) -> None:
    """Makes the users of the runner and the server, and gives the server its files."""
    host.shell(f"useradd --user-group {RUNNER}; useradd --system --user-group {SERVER}; mkdir -p {APP_INI.parent}")
    host.write(APP_INI, _APP_INI, 0o640)
    host.shell(
        f"chgrp {SERVER} {APP_INI}; chown {SERVER}:{SERVER} {DATABASE.parent} {DATABASE}; "
        f"chmod 0750 {DATABASE.parent}; chmod 0640 {DATABASE}"
    )


@contextmanager
def listening(host: Machine) -> Iterator[None]:
    """The socket as the unit describes it, and behind it the installed service, started for each connection."""
    if shutil.which("systemd-socket-activate") is None:
        pytest.skip("NEEDS systemd-socket-activate: the way through the socket was not tested")
    host.shell(f"mkdir -p {SOCKET.parent}; chown {SERVER} {SOCKET.parent}")
    process = host.start(
        "setpriv", "--reuid", SERVER, "--regid", SERVER, "--init-groups",
        "systemd-socket-activate", "--accept", "--inetd", "-l", SOCKET, COMMAND, "serve",
    )  # fmt: skip
    try:
        for _ in range(100):
            if host.run("test", "-S", SOCKET).code == 0:
                break
            time.sleep(0.05)
        host.shell(f"chown root {SOCKET.parent}; chown root:{RUNNER} {SOCKET}; chmod 0660 {SOCKET}")
        yield
    finally:
        process.terminate()
        process.wait()


def _has_python() -> bool:
    """Whether there is a Python that scripts/install-host takes by itself."""
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    for name in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if os.path.exists(name) and subprocess.run([name, "-I", "-c", question], check=False).returncode == 0:
            return not name.startswith("/usr/local")
    return False


def _clean() -> dict[str, str]:
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
