"""`install-host` makes what it shows, once, in the right hands, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from support.machine import (
    APP_INI,
    CHECKOUT,
    COMMAND,
    DATABASE,
    HOST_YML,
    LIBRARY,
    RUNNER,
    SERVER,
    STATE,
    UNITS,
    WHEELS,
    Machine,
)

UNIT_NAMES = (
    "runner-scope-doctor.socket",
    "runner-scope-doctor@.service",
    "runner-scope-doctor-approved.service",
    "runner-scope-doctor-approved.timer",
    "runner-scope-doctor-check.service",
    "runner-scope-doctor-check.timer",
)
URL_FILE = Path("/etc/doctor.url")
DEDICATED = "runner-scope-doctor"
GIVEN = ("--runner-user", RUNNER, "--app-ini", APP_INI, "--wheelhouse", WHEELS)
SYSTEMCTL = """\
#!/bin/sh
echo "$*" >> /run/systemctl.log
case $1 in
is-active | is-enabled) test -e "/run/started.$2" ;;
restart) shift; for unit; do touch "/run/started.$unit"; done ;;
disable) rm -f /run/started.* ;;
esac
"""
"""Stands in for systemd's own, which cannot run here: keeps what it was told, and whether the units are started."""


def everything(host: Machine) -> str:
    """Every file, folder, user and group there is where anything may be made."""
    return host.shell(
        "find /etc /usr/local /var/lib /run -printf '%p %m %u %g %l\\n' | sort; cat /etc/passwd /etc/group"
    )


def on_server(host: Machine, *arguments: str | Path) -> tuple[int, str]:
    """Installs for a database server, whose URL is in a file."""
    host.write(URL_FILE, "postgres://doctor:hunter2@db.example.org/forgejo\n", 0o640)
    ended = host.install(
        "--yes", "--runner-user", RUNNER, "--database-url-file", URL_FILE, "--instance", "https://git.example.org/",
        "--wheelhouse", WHEELS, *arguments,
    )  # fmt: skip
    return ended.code, ended.out + ended.err


def test_what_is_shown_is_what_is_made(fresh: Machine) -> None:
    """Every file and folder has the owner and the mode that were shown, and none is there that was not."""
    before = set(fresh.everything().splitlines())
    shown = fresh.installed()
    assert shown.code == 0, shown.out + shown.err
    planned = [line.split() for line in shown.out.splitlines() if line.startswith(("  folder ", "  file "))]
    assert len(planned) == 13
    for _, path, mode, owner in (words[:4] for words in planned):
        assert fresh.shell(f"stat -c '%04a %U:%G' {path}").split() == [mode, owner.rstrip(";")]
    made = {line.split()[0] for line in set(fresh.everything().splitlines()) - before}
    inside = {path for path in made if not path.startswith(f"{LIBRARY}/")}
    changed = {str(path) for path in (LIBRARY.parent, STATE.parent, UNITS)}
    assert inside - changed == {str(LIBRARY), *(words[1] for words in planned)}


def test_the_copy_is_roots_alone_and_runs(installed: Machine) -> None:
    """All of the installed copy belongs to root, is writable by nobody else, and runs as any user, whatever PYTHONPATH says."""
    assert installed.shell(f"find {LIBRARY} ! -user root -o ! -type l -perm /022") == ""
    installed.shell("mkdir /run/evil; echo 'raise SystemExit(77)' > /run/evil/json.py; chmod -R a+rX /run/evil")
    said = installed.shell(
        f"cd /run/evil; PYTHONPATH=/run/evil setpriv --reuid {RUNNER} --regid {RUNNER} --clear-groups {COMMAND} --version"
    )
    assert said.startswith("runner-scope-doctor 0.")
    assert str(CHECKOUT) not in installed.shell(f"grep -rl {CHECKOUT} {LIBRARY} || true")


def test_the_second_run_has_nothing_to_do(installed: Machine) -> None:
    """It needs no options, says that nothing is to be done, and changes no file."""
    before = installed.everything()
    again = installed.install("--yes")
    assert again.code == 0
    assert again.last_line.startswith("NOTHING TO DO")
    assert installed.everything() == before


def test_an_edited_configuration_is_kept(installed: Machine) -> None:
    """Nothing that a person wrote into host.yml is lost by another run, also with another runner's user."""
    installed.shell(f"echo '# mine' >> {HOST_YML}; useradd another")
    before = installed.read(HOST_YML)
    assert installed.install("--yes", "--runner-user", "another").code == 0
    assert installed.read(HOST_YML) == before
    assert "SocketGroup=another\n" in installed.read(UNITS / "runner-scope-doctor.socket")
    assert installed.install("--yes").last_line.startswith("NOTHING TO DO")


def test_an_untouched_skeleton_follows(installed: Machine) -> None:
    """As long as nobody edited it, another run for another user writes it anew."""
    installed.shell("useradd another")
    assert installed.install("--yes", "--runner-user", "another").code == 0
    assert "service: {callers: [another]}" in installed.read(HOST_YML)


def test_what_was_loosened_is_tightened(installed: Machine) -> None:
    """Modes and owners that were changed since are set right by another run, and the code is made anew."""
    installed.shell(
        f"chmod 0666 {HOST_YML}; chown {RUNNER} {STATE}/plans; chmod -R o+w {LIBRARY}/bin; rm {UNITS}/*.timer"
    )
    again = installed.install("--yes", "--wheelhouse", WHEELS)
    assert again.code == 0, again.out + again.err
    assert installed.shell(f"stat -c '%a %U:%G' {HOST_YML} {STATE}/plans").split("\n")[:2] == [
        f"640 root:{SERVER}",
        f"700 {SERVER}:{SERVER}",
    ]
    assert installed.install("--yes").last_line.startswith("NOTHING TO DO")


def test_a_link_that_the_services_user_put_there_is_not_followed(installed: Machine) -> None:
    """The state belongs to the service's user, who could lead root's change of rights anywhere."""
    installed.shell(f"mkdir -m 0755 /etc/theirs; rmdir {STATE}/plans; ln -s /etc/theirs {STATE}/plans")
    again = installed.install("--yes")
    assert again.code == 6, again.out + again.err
    assert f"{STATE}/plans" in again.last_line
    assert installed.shell("stat -c '%a %U' /etc/theirs") == "755 root\n"


def test_without_agreement_nothing_is_made(fresh: Machine) -> None:
    """Whoever does not answer y, or cannot answer, changes nothing, and the command ends with 5."""
    before = fresh.everything()
    for answer in ("", "n\n", "\n", "yesterday\n"):
        ended = fresh.install(*GIVEN, answer=answer)
        assert ended.code == 5
        assert "Do this? [y/N]" in ended.out
        assert "It was not agreed to" in ended.err
    assert fresh.everything() == before
    assert fresh.install(*GIVEN, answer="y\n").code == 0


def test_a_server_gets_a_user_of_its_own(fresh: Machine) -> None:
    """For a database server a user without login is made, owns the state, and the service has a network and no database
    folder; `--undo` removes that user."""
    code, said = on_server(fresh)
    assert code == 0, said
    assert f"user    {DEDICATED}, a system user without login and home" in said
    assert fresh.shell(f"getent passwd {DEDICATED} | cut -d: -f6,7") == "/nonexistent:/usr/sbin/nologin\n"
    assert fresh.shell(f"stat -c '%a %U:%G' {STATE}") == f"711 {DEDICATED}:{DEDICATED}\n"
    service = fresh.read(UNITS / "runner-scope-doctor@.service")
    assert f"User={DEDICATED}\n" in service
    assert "PrivateNetwork" not in service
    assert service.count("ReadWritePaths=") == 1
    assert "hunter2" not in said + fresh.read(HOST_YML) + service
    assert fresh.install("--undo", "--yes").code == 0
    assert fresh.run("getent", "passwd", DEDICATED).code == 2


def test_sqlite_is_written_in_its_folder_alone(installed: Machine) -> None:
    """The service is the file's owner, may write the state and the database's folder, and has no network until the
    configuration names the API."""
    service = installed.read(UNITS / "runner-scope-doctor@.service").splitlines()
    assert f"User={SERVER}" in service
    assert [line for line in service if line.startswith("ReadWritePaths=")] == [
        f"ReadWritePaths={STATE}",
        f"ReadWritePaths={DATABASE.parent}",
    ]
    assert {"PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX", "ProtectHome=yes"} <= set(service)
    installed.shell(f"echo 'api: {{token_file: /etc/token}}' >> {HOST_YML}")
    assert installed.install("--yes").code == 0
    assert "PrivateNetwork=yes" not in installed.read(UNITS / "runner-scope-doctor@.service").splitlines()


def test_each_unit_has_network_for_its_own_keys_alone(installed: Machine) -> None:
    """On SQLite a ping or an issue opens the network of the check, and leaves what answers jobs and repairs without."""

    def shut() -> set[str]:
        units = [name for name in UNIT_NAMES if name.endswith(".service")]
        return {name for name in units if "PrivateNetwork=yes" in installed.read(UNITS / name).splitlines()}

    services = {name for name in UNIT_NAMES if name.endswith(".service")}
    assert shut() == services
    for line in ("ping: {url_file: /etc/ping.url}", "issues: {repository: a/b, token_file: /etc/issues.token}"):
        installed.shell(f"cp {HOST_YML} /run/kept; echo '{line}' >> {HOST_YML}")
        assert installed.install("--yes").code == 0
        assert shut() == services - {"runner-scope-doctor-check.service"}
        installed.shell(f"cp /run/kept {HOST_YML}")
        assert installed.install("--yes").code == 0
        assert shut() == services


def test_what_the_check_unit_starts_is_a_check(installed: Machine) -> None:
    """The command of the unit, as its user, finds the user's sick runner (10) and leaves the database as it was."""
    (command,) = [
        line.removeprefix("ExecStart=").split()
        for line in installed.read(UNITS / "runner-scope-doctor-check.service").splitlines()
        if line.startswith("ExecStart=")
    ]
    before = installed.shell(f"sha256sum {DATABASE}")
    ended = installed.run("setpriv", "--reuid", SERVER, "--regid", SERVER, "--init-groups", *command)
    assert (ended.code, ended.err) == (10, "")
    assert ended.last_line.startswith("UNHEALTHY: RSD001 ")
    assert installed.shell(f"sha256sum {DATABASE}") == before


def test_systemd_is_told(fresh: Machine) -> None:
    """Where systemd runs, socket and timers are enabled and started once, again only after a change, and stopped by --undo."""
    fresh.shell("mkdir -p /run/systemd/system")
    fresh.write(Path("/usr/local/bin/systemctl"), SYSTEMCTL)
    assert fresh.installed().code == 0
    units = "runner-scope-doctor.socket runner-scope-doctor-approved.timer runner-scope-doctor-check.timer"
    told = [line for line in fresh.read(Path("/run/systemctl.log")).splitlines() if not line.startswith("is-")]
    assert told == ["daemon-reload", f"enable {units}", f"restart {units}"]
    assert fresh.install("--yes").last_line.startswith("NOTHING TO DO")
    fresh.shell("rm /run/started.*-check.timer; : > /run/systemctl.log")
    assert "  start   " in fresh.install("--yes").out
    assert fresh.install("--undo", "--yes").code == 0
    assert f"disable --now {units}" in fresh.read(Path("/run/systemctl.log"))


def test_cron_instead_of_systemd(fresh: Machine) -> None:
    """With --no-systemd no unit is made, the lines for cron are printed, and --check asks for no socket."""
    ended = fresh.installed("--no-systemd")
    assert ended.code == 0
    for line in (f"  * * * * * {SERVER} {COMMAND} apply-approved", f"  17 * * * * {SERVER} {COMMAND} host check"):
        assert line in ended.out.splitlines()
    assert fresh.run("ls", *(UNITS / name for name in UNIT_NAMES)).out == ""
    checked = fresh.install("--check")
    assert checked.code == 0, checked.out
    assert "doctor.sock" not in checked.out


def test_the_record_holds_no_secret_and_is_readable(fresh: Machine) -> None:
    """What a second run goes by names users and paths, and not what stands in the files."""
    code, said = on_server(fresh)
    assert code == 0, said
    record = json.loads(fresh.read(HOST_YML.with_name("installation.json")))
    assert record["runner_user"] == RUNNER
    assert record["made_account"] == DEDICATED
    assert "hunter2" not in json.dumps(record)


def test_a_repair_in_progress_is_waited_for(installed: Machine) -> None:
    """While a repair holds its lock neither another version is put in its place nor anything taken down: 5."""
    installed.shell(f"touch {STATE}/repair.lock; chown {SERVER} {STATE}/repair.lock; rm {LIBRARY}/digest")
    holder = installed.start("flock", STATE / "repair.lock", "sleep", "30")
    installed.shell(f"until ! flock -n {STATE}/repair.lock true; do sleep 0.05; done")
    for arguments in (("--yes", "--wheelhouse", WHEELS), ("--undo", "--yes")):
        ended = installed.install(*arguments)
        assert ended.code == 5
        assert "A repair is in progress" in ended.err
    holder.terminate()
    holder.wait()


def test_what_does_not_fit_is_refused(fresh: Machine) -> None:
    """Each with 5 and its sentence, before anything is made."""
    before = fresh.everything()
    given = ("--yes", "--wheelhouse", WHEELS)
    for arguments, reason in (
        (("--app-ini", APP_INI), "--runner-user"),
        (("--runner-user", RUNNER), "--app-ini or --database-url-file"),
        (("--runner-user", "nobody-there", "--app-ini", APP_INI), "There is no user nobody-there"),
        (("--runner-user", "root", "--app-ini", APP_INI), "The runner's user is root"),
        (("--runner-user", SERVER, "--app-ini", APP_INI), "owns the database"),
        (("--runner-user", RUNNER, "--app-ini", "/etc/nothing.ini"), "/etc/nothing.ini"),
    ):
        ended = fresh.install(*given, *arguments)
        assert ended.code == 5, (arguments, ended.out, ended.err)
        assert reason in ended.err
        assert ended.err.startswith("REFUSED: ")
    assert fresh.everything() == before


def test_a_place_others_can_change_is_refused(fresh: Machine) -> None:
    """Nothing is installed below a folder that somebody else can write."""
    fresh.shell(f"chmod 0777 {LIBRARY.parent}")
    ended = fresh.installed()
    assert ended.code == 5
    assert f"{LIBRARY.parent}: it may be written by its group and everyone" in ended.err


def test_a_wheel_that_is_not_the_locked_one_is_not_installed(fresh: Machine) -> None:
    """A package with another hash ends the installation with 6; no code is there then, and the next run finishes."""
    fresh.shell(f"mkdir /run/kept; cp {WHEELS}/* /run/kept; for wheel in {WHEELS}/*; do echo x >> $wheel; done")
    ended = fresh.installed()
    assert ended.code == 6, ended.out + ended.err
    assert fresh.run("ls", "-A", LIBRARY.parent).out == ""
    assert fresh.install("--yes", "--wheelhouse", "/run/kept").code == 0
    assert fresh.run(COMMAND, "--version").code == 0
