"""`check --socket`: what the host's service sees, judged with the contract that is here."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server, contract_in
from support.command import doctor
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, one_login
from support.empty_server import EmptyServer
from support.limited_host import limited_host
from support.repair_page import Part
from support.scripted_service import saying, scripted
from support.socket_service import NEEDS_ACTIVATE, NEEDS_ANOTHER_USER, Service, client, package_for_everyone, service
from support.world import World, users_case

REPAIRED = "UPDATE action_runner SET owner_id = 0 WHERE id = 5"


@pytest.fixture
def world(sqlite_database: FreshDatabase) -> World:
    """The user's case on Forgejo 15."""
    found = EmptyServer(
        engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database
    ).create(15)
    users_case(found)
    return found


@pytest.fixture
def host(world: World, sqlite_database: FreshDatabase, private: Path) -> DeployHost:
    """A deploy host of that server, whose socket the account `nobody` may use."""
    return deploy_host(private, one_login(sqlite_database.address), more="service: {callers: [nobody]}\n")


@pytest.fixture
def served(host: DeployHost) -> Iterator[Service]:
    """The host's own service."""
    with service("-m", "runner_scope_doctor", "serve", "--host", host.configuration) as made:
        yield made


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The job's contract, of which the host knows nothing."""
    return contract_in(tmp_path)


def findings(report: Path) -> Any:  # JSON of any form
    return json.loads(report.read_text())["findings"]


@NEEDS_ACTIVATE
def test_it_judges_as_a_check_with_the_login_does(
    served: Service, host: DeployHost, world: World, contract: Path, tmp_path: Path
) -> None:
    """Sick and repaired, with a job that waits too long: the same findings and exit code."""
    world.job(35, runs_on=("deploy",), updated=world.now - 7200)
    url = (host.folder / "check.url").read_text().strip()
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    for sick in (True, False):
        if not sick:
            world.execute(REPAIRED)
        given = ("--contract", contract, "--format")
        direct = doctor("check", "--database", url, "--instance", "https://git.example.org/", *given, f"json={here}")
        through = doctor("check", "--socket", served.path, *given, f"text,json={there}")
        assert (through.code, direct.code) == (10, 10), through.out + through.err
        codes = {one["code"] for one in findings(there)}
        assert ("RSD001" in codes, "RSD014" in codes) == (sick, not sick or "RSD014" in codes)
        assert [one["code"] for one in findings(here)] == [one["code"] for one in findings(there)]
    world.execute("DELETE FROM action_run_job")
    healthy = doctor("check", "--socket", served.path, "--contract", contract)
    assert healthy.code == 0, healthy.out


@NEEDS_ACTIVATE
def test_what_the_service_gives_is_masked_and_whole(served: Service, world: World, tmp_path: Path) -> None:
    """`request check` prints a snapshot that `check --snapshot` reads; no token, hash or whole uuid is in it."""
    asked = doctor("request", "check", "--socket", served.path)
    assert (asked.code, asked.err) == (0, "")
    ((uuid, token_hash),) = world.rows("SELECT uuid, token_hash FROM action_runner WHERE id = 5")
    assert uuid not in asked.out
    assert token_hash not in asked.out
    assert uuid[-4:] in asked.out
    file = tmp_path / "seen.json"
    file.write_text(asked.out)
    assert doctor("check", "--snapshot", file).code == 10


@NEEDS_ACTIVATE
def test_a_repaired_row_that_is_sick_again_is_told_by_the_hosts_journal(
    served: Service, host: DeployHost, world: World, tmp_path: Path
) -> None:
    """The job has no journal; the service's snapshot carries what it says."""
    digest = host.planned()
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    assert doctor("check", "--socket", served.path).code == 0
    world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    saved = tmp_path / "seen.json"
    ended = doctor("check", "--socket", served.path, "--save-snapshot", saved)
    assert ended.code == 10
    assert "RSD022 scope-recurred" in ended.out
    assert digest in ended.out
    assert json.loads(saved.read_text())["past_repairs"][0]["plan"] == digest


@NEEDS_ACTIVATE
def test_what_the_host_cannot_see_is_inconclusive_here(served: Service, host: DeployHost, world: World) -> None:
    """A database that is gone, and a table the login cannot read: 4 with the host's reason, the latter for contracts alone
    that ask for it."""
    world.execute(REPAIRED)
    world.execute("DROP TABLE action_run_job")
    assert doctor("check", "--socket", served.path).code == 0
    contract = contract_in(host.folder)
    late = doctor("check", "--socket", served.path, "--contract", contract)
    assert late.code == 4
    assert "action_run_job" in late.out
    (host.folder / "check.url").write_text("sqlite:////nonexistent/forgejo.db\n")
    gone = doctor("check", "--socket", served.path)
    assert gone.code == 4
    assert "/nonexistent/forgejo.db" in gone.last_line


@NEEDS_ACTIVATE
def test_a_host_that_is_set_up_wrongly_is_inconclusive_here(served: Service, host: DeployHost) -> None:
    """What the service says of its configuration is the reason, and the check's code is never one of a repair."""
    host.configuration.write_text("version: 1\n")
    ended = doctor("check", "--socket", served.path)
    assert ended.code == 4
    assert "the service gave no snapshot: REFUSED: " in ended.last_line
    assert "host.yml:1" in ended.last_line
    host.configuration.chmod(0o666)
    assert "chmod" in doctor("check", "--socket", served.path).last_line


@NEEDS_ACTIVATE
@NEEDS_ANOTHER_USER
def test_another_account_may_ask_only_when_it_is_named(served: Service) -> None:
    """Its own process, its own user id: `nobody` is a caller, `daemon` is not, and reads nothing but that."""
    with package_for_everyone() as package:
        for login, code in (("nobody", 10), ("daemon", 4)):
            process = client(package, "check", "--socket", served.path, login=login)
            out, err = process.communicate(timeout=30)
            assert process.returncode == code, out + err
        assert "daemon (uid 1) may not use this socket" in out
        process = client(package, "request", "plan", "1", "--socket", served.path, login="daemon")
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (5, "")
        assert err.startswith("REFUSED: daemon (uid 1) may not use this socket.")


@NEEDS_ACTIVATE
def test_plan_and_repair_are_the_commands_themselves(served: Service, host: DeployHost, world: World) -> None:
    """A run that the server does not have: the commands' own refusal, nothing planned, nothing written."""
    before = world.rows("SELECT * FROM action_runner ORDER BY id")
    digest = host.planned()
    for request in (("plan", "415"), ("repair", digest, "415")):
        ended = doctor("request", *request, "--socket", served.path)
        assert ended.code in (2, 4, 5), ended.out + ended.err
        assert ended.err
    assert world.rows("SELECT * FROM action_runner ORDER BY id") == before
    assert host.journal() == []
    assert len(list((host.state / "plans").iterdir())) == 1


@NEEDS_ACTIVATE
def test_nothing_of_the_callers_environment_arrives(served: Service, tmp_path: Path) -> None:
    """A job may set what it likes: host, database, paths and libraries of the service stay its own."""
    (tmp_path / "json.py").write_text("raise SystemExit('planted')\n")
    hostile = {
        "RSD_HOST": "/nonexistent/host.yml", "RSD_TIMEOUT": "no number", "RSD_DEBUG": str(tmp_path / "debug"),
        "PATH": str(tmp_path),
        "LD_PRELOAD": str(tmp_path / "evil.so"), "GITHUB_ACTIONS": "true", "FORGEJO_ACTOR": "ops-lead", "SUDO_UID": "0",
        "RSD_BREAK_GLASS": "now", "PYTHONSTARTUP": str(tmp_path / "json.py"),
    }  # fmt: skip
    ended = doctor("request", "check", "--socket", served.path, environment=hostile)
    assert ended.code == 0, ended.err
    assert '"live_runners": 1' in ended.out
    assert not (tmp_path / "debug").exists()
    assert served.answer(b"check\n")[-1] == "exit 0"


@NEEDS_ACTIVATE
@pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])
def test_the_least_login_of_the_check_is_enough(
    engine: Engine,
    request: pytest.FixtureRequest,
    fresh_database: Callable[[Engine], FreshDatabase],
    private: Path,
    tmp_path: Path,
) -> None:
    """Without any contract the service looks at every runner and every waiting job with the grants of docs/access.md alone."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    limited = limited_host(server, fresh_database(engine), 15, private, Part.BACKUP, Part.REPAIR)
    limited.world.job(35, runs_on=("deploy",), updated=limited.world.now - 7200)
    report = tmp_path / "report.json"
    with service("-m", "runner_scope_doctor", "serve", "--host", limited.host.configuration) as made:
        ended = doctor(
            "check", "--socket", made.path, "--contract", contract_in(tmp_path), "--format", f"json={report}"
        )
    assert ended.code == 10, ended.err
    assert {"RSD001", "RSD014"} <= {one["code"] for one in findings(report)}
    assert json.loads(report.read_text())["unobserved"] == []


OTHERS: tuple[tuple[str, ...], ...] = (
    ("--database", "sqlite:////x"), ("--app-ini", "/etc/forgejo/app.ini"), ("--api-url", "https://git.example.org/"),
    ("--snapshot", "seen.json"), ("--journal", "journal.jsonl"), ("--sample", "5s"),
)  # fmt: skip


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other[0])
def test_it_stands_alone(other: tuple[str, ...]) -> None:
    """No other source beside it, and neither wins in silence."""
    ended = doctor("check", "--socket", "/nonexistent/doctor.sock", *other)
    assert ended.code == 2
    assert "contradict each other" in ended.err
    assert other[0].removeprefix("--") in ended.err


def test_a_variable_names_it_and_loses_to_an_argument() -> None:
    """RSD_SOCKET is read as every option's variable is; with another source in a variable it is a contradiction."""
    ended = doctor("check", environment={"RSD_SOCKET": "/nonexistent/doctor.sock"})
    assert (ended.code, "/nonexistent/doctor.sock: there is no socket" in ended.last_line) == (4, True)
    both = {"RSD_SOCKET": "/nonexistent/doctor.sock", "RSD_DATABASE_URL": "sqlite:////x"}
    assert doctor("check", environment=both).code == 2
    assert doctor("check", "--socket", "/nonexistent/doctor.sock", environment=both).code == 4


BAD = {
    "nothing": b"exit 0\n",
    "no snapshot": b"data {}\nexit 0\n",
    "half a snapshot": b'data {"schema_version": 2,\nexit 0\n',
    "no end": b"data {\n",
    "a failure": b"err FAILED: no\nexit 6\n",
    "healthy words": b"out HEALTHY: all is well\nexit 10\n",
    "hostile": b"err ::error::x\x1b[2J\nexit 5\n",
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_an_answer_that_is_no_snapshot_is_never_healthy(answer: bytes, tmp_path: Path) -> None:
    """4, a report that says why, and a next step."""
    report = tmp_path / "report.json"
    with scripted(saying(answer)) as path:
        ended = doctor("check", "--socket", path, "--format", f"text,json={report}")
    assert ended.code == 4
    assert ended.last_line.startswith("INCONCLUSIVE: could not see the runners through the host's socket. ")
    assert "::" not in ended.out
    assert "\x1b" not in ended.out
    assert json.loads(report.read_text())["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("numbers", "side"), [("protocol 2 snapshot 2", "this side"), ("protocol 1 snapshot 1", "the host's side")]
)
def test_another_release_says_which_side_to_upgrade(numbers: str, side: str) -> None:
    """Snapshots and words of another form are not guessed at."""
    with scripted(saying(b"exit 0\n", greeting=f"runner-scope-doctor 9.9.9 {numbers}\n".encode())) as path:
        ended = doctor("check", "--socket", path)
    assert ended.code == 4
    assert f"Upgrade {side}" in ended.last_line


def test_a_service_that_says_nothing_is_not_waited_for_for_ever() -> None:
    """Twelve times the patience of --timeout, and then 4."""
    done = threading.Event()

    def play(_connection: object) -> None:
        done.wait(20)

    with scripted(play) as path:
        ended = doctor("check", "--socket", path, "--timeout", "0.05")
        done.set()
    assert ended.code == 4
    assert "did not send a whole line in time" in ended.last_line
