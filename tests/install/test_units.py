"""What is written for systemd and for the product is what they accept."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from runner_scope_doctor.host.configuration import parse_host_configuration
from support.machine import APP_INI, HOST_YML, RUNNER, STATE, UNITS, WHEELS, Machine

SERVICES = (
    "runner-scope-doctor@.service",
    "runner-scope-doctor-approved.service",
    "runner-scope-doctor-check.service",
)
GOOD = {"OK", "SAFE", "PERFECT"}
"""The words of `systemd-analyze security` for an exposure below 5 of 10."""


@pytest.fixture(params=["sqlite", "server"])
def written(request: pytest.FixtureRequest) -> Machine:
    """A machine installed for a SQLite file, and one for a database server."""
    if request.param == "sqlite":
        host: Machine = request.getfixturevalue("installed")
        return host
    host = request.getfixturevalue("fresh")
    host.write(Path("/etc/doctor.url"), "mysql://doctor@db.example.org/forgejo\n", 0o640)
    given = ("--database-url-file", "/etc/doctor.url", "--instance", "https://git.example.org/", "--wheelhouse", WHEELS)
    assert host.install("--yes", "--runner-user", RUNNER, *given).code == 0
    return host


def require_systemd_analyze() -> None:
    """Skips, saying so, where there is no systemd to ask."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NEEDS systemd-analyze: nobody looked at the units")


def test_systemd_finds_nothing_wrong(written: Machine) -> None:
    """`systemd-analyze verify` has no word to say about any of the six units."""
    require_systemd_analyze()
    files = written.shell(f"ls {UNITS}/runner-scope-doctor*").split()
    assert len(files) == 6
    ended = written.run("systemd-analyze", "verify", "--man=no", *files)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("unit", SERVICES)
def test_systemd_calls_the_services_safe_enough(written: Machine, unit: str) -> None:
    """`systemd-analyze security` rates each service OK or better."""
    require_systemd_analyze()
    ended = written.run("systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / unit)
    rated = re.search(r"Overall exposure level for \S+: [\d.]+ (\w+)", ended.out)
    assert rated is not None, ended.out + ended.err
    assert rated[1] in GOOD


def test_the_socket_is_the_runners_groups(written: Machine) -> None:
    """Root's, with the runner's group and nobody else, and one service for each connection."""
    unit = written.read(UNITS / "runner-scope-doctor.socket").splitlines()
    assert {"SocketUser=root", f"SocketGroup={RUNNER}", "SocketMode=0660", "Accept=yes"} <= set(unit)


def test_the_check_is_started_every_hour_and_fails_as_it_ends(written: Machine) -> None:
    """The timer is hourly, within what the alert on a check that did not run allows; no code but 0 is success."""
    timer = written.read(UNITS / "runner-scope-doctor-check.timer").splitlines()
    assert {"OnCalendar=hourly", "RandomizedDelaySec=5min", "Unit=runner-scope-doctor-check.service"} <= set(timer)
    service = written.read(UNITS / "runner-scope-doctor-check.service")
    assert "Type=oneshot\n" in service
    assert "SuccessExitStatus" not in service


def test_the_skeleton_is_a_configuration(written: Machine) -> None:
    """It is read by the program as it stands: the runner may call, nobody can approve, nothing is broken glass."""
    configuration = parse_host_configuration(written.read(HOST_YML), file="host.yml")
    assert configuration.instance == "https://git.example.org/"
    assert configuration.state == STATE
    assert configuration.callers == (RUNNER,)
    assert (configuration.people, configuration.environments, configuration.break_glass) == ((), (), None)
    assert (configuration.reports, configuration.ping, configuration.issues) == ((), None, None)


def test_what_the_skeleton_proposes_is_a_configuration(written: Machine) -> None:
    """With the marks taken away the proposals are accepted as well."""
    text = re.sub(
        r"^#(?! \S)|^  # (?=\w+: \{)",
        lambda mark: "  " if mark[0].startswith(" ") else "",
        written.read(HOST_YML),
        flags=re.MULTILINE,
    )
    configuration = parse_host_configuration(text, file="host.yml")
    assert [person.forgejo_login for person in configuration.people] == ["ops-lead", "second-operator"]
    assert configuration.environments[0].required_approvals == 1
    assert configuration.connections.repair is not None
    assert configuration.api is not None
    assert configuration.contract is not None
    assert configuration.break_glass == "opslead"
    assert [report.format for report in configuration.reports] == ["prometheus"]
    assert configuration.ping is not None
    assert configuration.issues is not None


def test_odd_names_of_folders_are_written_as_units_want_them(fresh: Machine) -> None:
    """A database in a folder whose name has a space and a percent sign, below /home, is what may be written."""
    folder = "/home/git data/100%"
    fresh.shell(
        f"mount -t tmpfs -o mode=755 tmpfs /home; mkdir -p '{folder}'; cp -p /var/lib/forgejo/forgejo.db '{folder}/'; "
        f"echo 'PATH = {folder}/forgejo.db' >> {APP_INI}"
    )
    ended = fresh.installed()
    assert ended.code == 0, ended.out + ended.err
    unit = fresh.read(UNITS / SERVICES[0]).splitlines()
    assert 'ReadWritePaths="/home/git data/100%%"' in unit
    assert "ProtectHome=read-only" in unit
    require_systemd_analyze()
    ended = fresh.run("systemd-analyze", "verify", "--man=no", UNITS / SERVICES[1])
    assert (ended.code, ended.out, ended.err) == (0, "", "")
