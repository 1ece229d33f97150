"""`install-host --check` proves the boundary on a healthy host, and finds each way in which it can be broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import Ended
from support.machine import (
    APP_INI,
    CHECKOUT,
    DATABASE,
    HOST_YML,
    LIBRARY,
    RUNNER,
    SERVER,
    SOCKET,
    STATE,
    UNITS,
    Machine,
    listening,
    machine,
)

SITE = f"{LIBRARY}/lib/python3*/site-packages"
TOGETHER = {
    "configuration readable": (f"chmod o+r {HOST_YML}", f"tries to read {HOST_YML}: it can"),
    "credentials readable": (f"chmod o+r {APP_INI}", f"tries to read {APP_INI}: it can"),
    "database readable": (f"chmod o+x {DATABASE.parent}; chmod o+r {DATABASE}", f"tries to read {DATABASE}: it can"),
    "database's log readable": (
        f"touch {DATABASE}-wal; chmod o+r {DATABASE}-wal",
        f"tries to read {DATABASE}-wal: it can",
    ),
    "database writable": (f"chmod o+w {DATABASE}", f"tries to write {DATABASE}: it can"),
    "plans listed": (f"chmod o+rx {STATE}/plans", f"tries to list {STATE}/plans: it can"),
    "plan added": (f"chmod o+w {STATE}/plans", f"tries to add a file to {STATE}/plans: it can"),
    "backups listed": (f"chmod o+r {STATE}/backups", f"tries to list {STATE}/backups: it can"),
    "backup readable": (
        f"touch {STATE}/backups/a; chmod o+x {STATE}/backups; chmod o+r {STATE}/backups/a",
        f"tries to read {STATE}/backups/a: it can",
    ),
    "receipts listed": (f"chmod o+rx {STATE}/receipts", f"tries to list {STATE}/receipts: it can"),
    "journal writable": (
        f"touch {STATE}/journal.jsonl; chmod o+w {STATE}/journal.jsonl",
        f"tries to write {STATE}/journal.jsonl: it can",
    ),
    "lock writable": (
        f"touch {STATE}/repair.lock; chmod 0602 {STATE}/repair.lock",
        f"tries to write {STATE}/repair.lock: it can",
    ),
    "lock readable": (
        f"touch {STATE}/journal.jsonl.lock; chmod o+r {STATE}/journal.jsonl.lock",
        f"tries to read {STATE}/journal.jsonl.lock: it can",
    ),
    "state writable": (f"chmod o+w {STATE}", f"tries to add a file to {STATE}: it can"),
    "settings' folder writable": (f"chmod o+w {HOST_YML.parent}", f"tries to add a file to {HOST_YML.parent}: it can"),
    "unit writable": (
        f"chmod o+w {UNITS}/runner-scope-doctor@.service",
        f"it can write {UNITS}/runner-scope-doctor@.service",
    ),
    "configuration writable": (f"chmod o+w {HOST_YML}", f"tries to write {HOST_YML}: it can"),
    "credentials' folder owned": (f"chown {RUNNER} {APP_INI.parent}", f"{APP_INI.parent} belongs to {RUNNER}"),
    "copy replaceable": (f"chmod o+w {LIBRARY.parent}", f"{LIBRARY.parent} can be written"),
    "way to the socket": (f"chmod o+w {SOCKET.parent}", f"{SOCKET.parent} can be written"),
    "module writable": (
        f"chmod o+w {SITE}/runner_scope_doctor/__init__.py",
        "site-packages/runner_scope_doctor/__init__.py",
    ),
    "module owned": (f"chown {RUNNER} {SITE}/yaml/__init__.py", "it does not belong to root alone"),
    "modules added": (f"chmod o+w {SITE}", "site-packages, "),
    "own settings of a unit": (
        f"mkdir {UNITS}/runner-scope-doctor@.service.d; chmod 0777 {UNITS}/runner-scope-doctor@.service.d",
        f"it can add a file to {UNITS}/runner-scope-doctor@.service.d",
    ),
    "doas": (
        f"printf '#!/bin/sh\\n' > /usr/local/bin/doas; chmod +x /usr/local/bin/doas; "
        f"echo 'permit nopass {RUNNER} as root' > /etc/doas.conf",
        f"{RUNNER} may run something with doas",
    ),
}
"""Done to one machine, none being in the way of another: what is done, and what a line says then."""
ALONE = {
    "service's group": (f"usermod -a -G {SERVER} {RUNNER}", f"is in the service's group {SERVER}"),
    "socket gone": (f"rm {SOCKET}", f"connects to {SOCKET}: it is not there"),
    "socket shut": (f"chmod 0600 {SOCKET}", f"connects to {SOCKET}: denied"),
    "socket open to all": (f"chmod 0666 {SOCKET}", f"{SOCKET}: everyone may connect"),
    "caller not named": (
        f'text=$(sed s/{RUNNER}/daemon/ {HOST_YML}); echo "$text" > {HOST_YML}',
        f"connects to {SOCKET}: the service refuses it",
    ),
    "network of the check missing": (
        f"echo 'ping: {{url_file: {APP_INI}}}' >> {HOST_YML}",
        f"runner-scope-doctor-check.service: it has no network, and {HOST_YML} needs it",
    ),
    "network missing": (
        f"echo 'api: {{token_file: {APP_INI}}}' >> {HOST_YML}",
        f"it has no network, and {HOST_YML} needs it",
    ),
    "unusable configuration": (f"echo 'peple: []' >> {HOST_YML}", f"{SERVER} reads the configuration: "),
    "credentials shut": (f"chmod 0600 {APP_INI}", f"{SERVER} reads the configuration: "),
}
"""The same, each done to a machine of its own."""
PROGRAMS = Path("/usr/local/bin")
GROUPS = ("docker", "lxd", "incus", "disk", "sudo", "wheel", "adm", "shadow", "root")
SUDO = {
    "may": (f"User {RUNNER} may run the following commands on host:\n    (ALL) ALL", 0, 10, "FAIL"),
    "may not": (f"User {RUNNER} is not allowed to run sudo on host.", 0, 0, "ok"),
    "neither": ("sudo: /etc/sudoers is owned by uid 7, should be 0", 1, 4, "NOT SEEN"),
}
"""What sudo 1.9 says and ends with, what the check then ends with, and the word of its line."""


def test_a_healthy_host_holds(healthy: Machine) -> None:
    """Every probe ends as it should, the runner is let in by the socket, and the last line says that the boundary holds."""
    ended = healthy.install("--check")
    assert ended.code == 0, ended.out + ended.err
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[-1] == f"HOLDS: all {len(lines) - 1} probes ended as they should."
    assert {line.split()[0] for line in lines[:-1]} == {"ok"}
    for path in (HOST_YML, APP_INI, DATABASE):
        assert f"ok       {RUNNER} tries to read {path}: denied" in lines
    assert any(f"connects to {SOCKET}: let in, by runner-scope-doctor " in line for line in lines)
    assert f"ok       {RUNNER} tries to run runner-scope-doctor apply: refused, it can read no configuration" in lines


def test_the_check_changes_nothing(healthy: Machine) -> None:
    """Not a file is there afterwards that was not there before, and none has changed."""
    places = f"{HOST_YML.parent} {LIBRARY} {STATE} {UNITS} {DATABASE.parent} {APP_INI.parent}"
    look = f"find {places} -printf '%p %m %u %g %s %C@\\n' | sort"
    before = healthy.shell(look)
    assert healthy.install("--check").code == 0
    assert healthy.shell(look) == before


@pytest.fixture(scope="module")
def broken_at_once(golden: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """The check of a machine to which all of TOGETHER was done."""
    with machine(golden, tmp_path_factory.mktemp("broken")) as host, listening(host):
        for breaking, _ in TOGETHER.values():
            host.shell(breaking)
        yield host.install("--check")


@pytest.mark.parametrize("said", [said for _, said in TOGETHER.values()], ids=TOGETHER)
def test_each_loose_part_has_its_line(broken_at_once: Ended, said: str) -> None:
    """Whatever else is broken, the part is told in a line of its own that says FAIL."""
    assert broken_at_once.code == 10
    assert [line for line in broken_at_once.out.splitlines() if line.startswith("FAIL ") and said in line]


def test_nothing_else_fails_then(broken_at_once: Ended) -> None:
    """Of that machine no more lines fail than parts were loosened, but for the paths that are in the user's hand now, the
    commands that can read the configuration now, and the service, which does not believe what others can write."""
    failed = [line for line in broken_at_once.out.splitlines() if line.startswith("FAIL ")]
    consequences = (
        "replace a part of any",
        "tries to run",
        "reads the configuration",
        "connects to",
        "tries to write",
        "list",
    )
    unexplained = [
        line for line in failed
        if not any(said in line for _, said in TOGETHER.values()) and not any(word in line for word in consequences)
    ]  # fmt: skip
    assert unexplained == []


@pytest.mark.parametrize(("breaking", "said"), ALONE.values(), ids=ALONE)
def test_each_broken_boundary_is_found(healthy: Machine, breaking: str, said: str) -> None:
    """The check ends with 10, a line of its own says FAIL and what can be done, and the last line tells the next step."""
    healthy.shell(breaking)
    ended = healthy.install("--check")
    assert ended.code == 10, ended.out + ended.err
    failed = [line for line in ended.out.splitlines() if line.startswith("FAIL ")]
    assert any(said in line for line in failed), failed
    assert ended.last_line.startswith(f"BROKEN: {len(failed)} of ")
    assert ". Next: " in ended.last_line


def test_every_powerful_group_is_found(healthy: Machine) -> None:
    """A runner's user that was put into them, whatever else holds, breaks the boundary: one line names them all."""
    for group in GROUPS:
        healthy.shell(f"groupadd -f {group}; usermod -a -G {group} {RUNNER}")
    ended = healthy.install("--check")
    assert ended.code == 10
    assert f"FAIL     {RUNNER} is in the group {', '.join(sorted(GROUPS))}\n" in ended.out


def test_one_powerful_group_is_enough(healthy: Machine) -> None:
    """Docker alone breaks the boundary, and the way out is told."""
    healthy.shell(f"groupadd -f docker; usermod -a -G docker {RUNNER}")
    ended = healthy.install("--check")
    assert ended.code == 10
    assert f"FAIL     {RUNNER} is in the group docker\n" in ended.out
    assert f"gpasswd -d {RUNNER} docker" in ended.last_line


def test_a_powerful_primary_group_is_found(healthy: Machine) -> None:
    """A group that /etc/group does not list the user in counts as well."""
    healthy.shell(f"groupadd -f docker; usermod -g docker {RUNNER}")
    ended = healthy.install("--check")
    assert ended.code == 10
    assert f"FAIL     {RUNNER} is in the group docker" in ended.out


@pytest.mark.parametrize(
    ("user", "said"), [("root", "root is root (uid 0)"), (SERVER, f"{SERVER} is the very user the service runs as")]
)
def test_a_user_nothing_can_be_kept_from_is_found(healthy: Machine, user: str, said: str) -> None:
    """Root, or the service's own user, as the runner's is no boundary at all."""
    ended = healthy.install("--check", "--runner-user", user)
    assert ended.code == 10
    assert f"FAIL     {said}" in ended.out


@pytest.mark.parametrize(("words", "ends", "code", "result"), SUDO.values(), ids=SUDO)
def test_what_sudo_says_counts(healthy: Machine, words: str, ends: int, code: int, result: str) -> None:
    """It is asked about the user, without a password; an answer that is neither yes nor no is not taken for a no."""
    script = f'#!/bin/sh\n[ "$*" = "-n -l -U {RUNNER}" ] || exit 99\necho "{words}"\nexit {ends}\n'
    healthy.write(PROGRAMS / "sudo", script)
    ended = healthy.install("--check")
    assert ended.code == code, ended.out
    assert any(line.startswith(result) and "sudo" in line for line in ended.out.splitlines())


def test_starting_services_as_root_is_found(healthy: Machine) -> None:
    """Where systemd runs, a user whom polkit lets start services is found."""
    healthy.shell("mkdir -p /run/systemd/system")
    healthy.write(PROGRAMS / "systemd-run", "#!/bin/sh\nexit 0\n")
    ended = healthy.install("--check")
    assert ended.code == 10
    assert f"FAIL     {RUNNER} can start services as root with systemd-run" in ended.out


@pytest.mark.parametrize(("mode", "code", "said"), [("0666", 10, "FAIL"), ("0660", 0, "ok")])
def test_a_container_engines_socket_is_tried(healthy: Machine, mode: str, code: int, said: str) -> None:
    """One that the user can open breaks the boundary; one that it cannot does not."""
    listen = (
        "import socket, time; s = socket.socket(socket.AF_UNIX); s.bind('/run/docker.sock'); s.listen(); time.sleep(60)"
    )
    engine = healthy.start("/usr/bin/python3", "-I", "-c", listen)
    healthy.shell(f"until test -S /run/docker.sock; do sleep 0.05; done; chmod {mode} /run/docker.sock")
    ended = healthy.install("--check")
    engine.kill()
    engine.wait()
    assert ended.code == code, ended.out
    assert any(line.startswith(said) and "/run/docker.sock" in line for line in ended.out.splitlines())


def test_code_that_others_can_change_is_not_run(healthy: Machine) -> None:
    """An installed module that the runner's user owns is reported, and what it says is not executed, by nobody."""
    mark = "/run/shared/mark"
    healthy.shell(
        f"mkdir -m 1777 /run/shared; chown {RUNNER} {SITE}/yaml/__init__.py; "
        f'echo \'open("{mark}", "w")\' | tee -a {SITE}/yaml/__init__.py'
    )
    ended = healthy.install("--check")
    assert ended.code == 10
    assert f"NOT SEEN {SERVER} reads the configuration: the installed code is not trusted" in ended.out
    assert healthy.run("test", "-e", mark).code == 1


def test_site_admins_who_do_not_review_are_told(healthy: Machine) -> None:
    """They are named and counted in notes, which break no boundary; the last line points to them."""
    healthy.shell(
        f"/usr/bin/python3 -I -c \"import sqlite3; c = sqlite3.connect('{DATABASE}'); "
        "c.execute('UPDATE user SET is_admin = 1, is_active = 1, type = 0 WHERE id = 1'); c.commit()\""
    )
    ended = healthy.install("--check")
    assert ended.code == 0, ended.out
    assert "note     site admins: site admin platform-team (id 1) is no reviewer" in ended.out
    assert "note     site admins: SOME: 1 site admin of 1" in ended.out
    assert ended.last_line.endswith("Read the notes on site admins above.")


def test_what_could_not_be_seen_is_not_healthy(healthy: Machine) -> None:
    """With the database gone nobody can tell who is a site admin: the check ends with 4, and does not say that it holds."""
    healthy.shell(f"rm {DATABASE}")
    ended = healthy.install("--check")
    assert ended.code == 4, ended.out
    assert "NOT SEEN site admins: " in ended.out
    assert ended.last_line.startswith("INCONCLUSIVE: 1 of ")


def test_without_an_installation_nothing_is_said_to_hold(fresh: Machine) -> None:
    """The check ends with 4 and names the installer."""
    ended = fresh.install("--check")
    assert ended.code == 4
    assert ended.last_line == "INCONCLUSIVE: Nothing is installed here. Next: scripts/install-host"


def test_only_root_can_check(healthy: Machine) -> None:
    """Another user gets 4 and a sentence."""
    ended = healthy.run(
        "setpriv", "--reuid", RUNNER, "--regid", RUNNER, "--clear-groups", CHECKOUT / "scripts/install-host", "--check"
    )
    assert ended.code == 4
    assert "Only root can become the runner's user" in ended.last_line


def test_a_user_who_is_gone_is_not_healthy(healthy: Machine) -> None:
    """A runner's user that was removed since cannot be tried as: 4."""
    healthy.shell(f"userdel {RUNNER}")
    ended = healthy.install("--check")
    assert ended.code == 4
    assert f"There is no user {RUNNER}" in ended.last_line
