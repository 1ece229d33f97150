"""`host self-test`: every credential of a host, on live servers, from a file's mode to the right to one column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server, owner
from support.command import ROOT, Ended
from support.connection import FreshDatabase, run
from support.database_url import url_of
from support.deploy_host import INSTANCE, DeployHost, Logins, deploy_host, one_login
from support.limited_host import LimitedHost, limited_host
from support.loopback import Reply, loopback
from support.repair_page import Account, Part, account_with, repair_grants
from support.sqlite_file import fresh_sqlite
from support.world import World

ENGINES = pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])
DISPATCH = """\
environments:
  deploy-runner-repair:
    repository: {id: 12, name: ops/forgejo}
    workflow: .forgejo/workflows/scope-repair.yml
    deployment_branches: [main]
    reviewers: [second-operator]
    evidence: [dispatch]
"""


@pytest.fixture
def case(
    engine: Engine, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path
) -> LimitedHost:
    """A sick Forgejo 15 whose host has the logins of the pages."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    return limited_host(server, fresh_database(engine), 15, private, Part.BACKUP, Part.REPAIR)


def self_test(host: DeployHost) -> Ended:
    """What the command says, in which no password may be."""
    ended = host.doctor("host", "self-test")
    assert ended.err == ""
    for file in host.folder.glob("*.url"):
        password = file.read_text().partition("://")[2].partition("@")[0].partition(":")[2]
        assert not password or password not in ended.out
    return ended


def not_right(ended: Ended) -> list[str]:
    """The lines that are not ok, less the last one."""
    return [line for line in ended.out.splitlines()[:-1] if not line.startswith("ok ")]


def as_on_the_page(text: str, folder: Path) -> str:
    """The output with the places and the server of an example."""
    text = text.replace(f"{folder}/state", "/var/lib/runner-scope-doctor").replace(
        str(folder), "/etc/runner-scope-doctor"
    )
    return re.sub(r"PostgreSQL \w+ at \S+:\d+", "PostgreSQL forgejo at db.example.org:5432", text)


@ENGINES
def test_a_host_as_the_pages_make_it_is_right(case: LimitedHost) -> None:
    """Each login gets in, can do what it must and nothing more; nothing is changed on the server or made on the host."""
    before, files = case.rows(), sorted(case.host.folder.iterdir())
    ended = self_test(case.host)
    assert (ended.code, not_right(ended)) == (0, [])
    assert ended.last_line.startswith("RIGHT: ")
    for purpose in ("check", "backup", "repair"):
        for said in ("logs in, ", "can do all it must", "can do nothing more"):
            assert f"ok      {purpose}: {said}" in ended.out
    assert (case.rows(), sorted(case.host.folder.iterdir())) == (before, files)


@ENGINES
def test_missing_and_more_are_lines_of_their_logins(case: LimitedHost, engine: Engine) -> None:
    """One right taken from the repair and one given to the backup are two lines, and the command ends with 10."""
    table, to = ("action_runner", "{}") if engine is Engine.POSTGRES else ("action_runner", "'{}'@'%'")
    run(case.database.connection, f"REVOKE UPDATE (owner_id) ON {table} FROM {to.format(case.repair.user)}")
    run(case.database.connection, f"GRANT DELETE ON {table} TO {to.format(case.backup.user)}")
    ended = self_test(case.host)
    assert ended.code == 10
    assert not_right(ended) == [
        "MORE    backup: DELETE on the whole table action_runner",
        "MISSING repair: UPDATE (owner_id) on action_runner",
    ]
    assert ended.last_line.startswith("WRONG: 1 missing, 1 too much. Next: ")
    if engine is Engine.POSTGRES:
        page = (ROOT / "docs" / "self-test.md").read_text(encoding="utf-8")
        assert as_on_the_page(ended.out, case.host.folder) == page.split("```text\n")[1].split("```")[0]


@ENGINES
def test_the_servers_own_login_is_far_too_much(case: LimitedHost) -> None:
    """Whoever may do everything lacks nothing, and that is told as what it is, without a line for each table."""
    case.log_in(Account.REPAIR, owner(case.server, case.database))
    ended = self_test(case.host)
    assert ended.code == 10
    lines = not_right(ended)
    assert 0 < len(lines) < 4
    assert all(line.startswith("MORE    repair: ") for line in lines)
    assert "superuser" in lines[0] or "SUPER" in lines[0]


@ENGINES
def test_a_login_that_may_not_enter_is_missing(case: LimitedHost) -> None:
    """The server is there and refuses: a wrong password is a fault of the credential, and the others are tested all the same."""
    assert isinstance(case.repair, PostgresAddress | MysqlAddress)
    case.log_in(Account.REPAIR, replace(case.repair, password=Password(secret="another one")))
    ended = self_test(case.host)
    assert ended.code == 10
    (line,) = not_right(ended)
    assert line.startswith("MISSING repair: cannot log in: ")


def test_a_role_without_connect_is_missing(
    postgres_database: FreshDatabase, request: pytest.FixtureRequest, private: Path
) -> None:
    """Without CONNECT PostgreSQL lets nobody in and says so."""
    server: Server = request.getfixturevalue("postgres_server")
    case = limited_host(server, postgres_database, 15, private, Part.BACKUP, Part.REPAIR)
    run(postgres_database.connection, f"REVOKE CONNECT ON DATABASE {case.repair.name} FROM {case.repair.user}")
    (line,) = not_right(self_test(case.host))
    assert line.startswith("MISSING repair: cannot log in: ")
    assert "permission denied for database" in line


@ENGINES
def test_a_server_that_is_not_there_is_unseen(case: LimitedHost) -> None:
    """What could not be looked at is neither right nor wrong: exit code 4."""
    assert isinstance(case.repair, PostgresAddress | MysqlAddress)
    case.log_in(Account.REPAIR, replace(case.repair, port=1))
    ended = self_test(case.host)
    assert ended.code == 4
    (line,) = not_right(ended)
    assert line.startswith("UNSEEN  repair: ")
    assert ended.last_line.startswith("INCONCLUSIVE: 1 thing could not be looked at.")


@ENGINES
def test_evidence_by_dispatch_changes_what_is_needed(case: LimitedHost, engine: Engine) -> None:
    """With such an environment the check's login, which approves too, must read runs, and the repair must too."""
    configuration = case.host.configuration
    configuration.write_text(configuration.read_text() + DISPATCH)
    missing = not_right(self_test(case.host))
    assert missing
    assert all(line.startswith("MISSING ") for line in missing)
    assert "MISSING repair: SELECT (id, created, status) on action_run" in missing
    approval = account_with(
        case.server, case.database, Account.APPROVAL, repair_grants(engine, 15, Part.APPROVAL, Part.ADMINS)
    )
    repair = account_with(
        case.server, case.database, Account.REPAIR, repair_grants(engine, 15, Part.REPAIR, Part.LIVE_RUN)
    )
    case.log_in(Account.REPAIR, repair)
    (case.host.folder / "approval.url").write_text(url_of(approval))
    (case.host.folder / "approval.url").chmod(0o600)
    named = f"connections:\n  approval: {{database_url_file: {case.host.folder}/approval.url}}\n"
    configuration.write_text(configuration.read_text().replace("connections:\n", named))
    ended = self_test(case.host)
    assert (ended.code, not_right(ended)) == (0, [])
    assert "ok      approval: can do nothing more" in ended.out


def sqlite_host(database: FreshDatabase, folder: Path) -> DeployHost:
    """A host on a SQLite file of Forgejo 16."""
    World.create(database.connection, Engine.SQLITE, 16)
    return deploy_host(folder, one_login(database.address))


def test_on_sqlite_the_file_is_the_credential(sqlite_database: FreshDatabase, private: Path) -> None:
    """The file's owner and folder are looked at, the columns are read, and nothing is left beside the file."""
    host = sqlite_host(sqlite_database, private)
    assert isinstance(sqlite_database.address, SqliteAddress)
    before = sorted(sqlite_database.address.path.parent.iterdir())
    ended = self_test(host)
    assert (ended.code, not_right(ended)) == (0, [])
    assert "ok      repair: can do all it must, with 6 columns of 1 table" in ended.out
    assert sorted(sqlite_database.address.path.parent.iterdir()) == before


def test_two_files_are_not_one_server(sqlite_database: FreshDatabase, private: Path, tmp_path: Path) -> None:
    """A repair that leads to another file than the check is told, though each by itself is right."""
    World.create(sqlite_database.connection, Engine.SQLITE, 16)
    with fresh_sqlite(tmp_path / "other.db") as other:
        World.create(other.connection, Engine.SQLITE, 16)
        one = sqlite_database.address
        host = deploy_host(private, Logins(check=one, backup=one, repair=other.address))
        ended = self_test(host)
    assert ended.code == 10
    assert not_right(ended) == ["MISSING repair: leads to another database than check"]


def test_a_column_that_is_gone_is_missing(sqlite_database: FreshDatabase, private: Path) -> None:
    """The columns are those of the server's own version: 16 has `ephemeral`, and a table without it is named."""
    host = sqlite_host(sqlite_database, private)
    run(sqlite_database.connection, "ALTER TABLE action_runner DROP COLUMN ephemeral")
    ended = self_test(host)
    assert not_right(ended) == ["MISSING check: SELECT (ephemeral) on action_runner"]


def test_a_url_that_everyone_may_read_is_more(sqlite_database: FreshDatabase, private: Path) -> None:
    """The file with a URL may hold a password."""
    host = sqlite_host(sqlite_database, private)
    (private / "repair.url").chmod(0o644)
    ended = self_test(host)
    assert ended.code == 10
    assert [line[:28] for line in not_right(ended)] == ["MORE    repair: everyone may"]


def test_the_hosts_token_is_asked(sqlite_database: FreshDatabase, private: Path) -> None:
    """Where host.yml names a token it is tried with GET alone, and a refusal is the token's line."""
    host = sqlite_host(sqlite_database, private)
    (private / "api.token").write_text("0123456789abcdef0123456789abcdef01234567")
    (private / "api.token").chmod(0o600)
    refusal = Reply(status=401, body=b'{"message": "invalid"}', headers={"Content-Type": "application/json"})
    with loopback(lambda request: refusal) as running:
        text = host.configuration.read_text().replace(INSTANCE, f"{running.url}/")
        host.configuration.write_text(f"{text}api: {{token_file: {private}/api.token}}\n")
        ended = self_test(host)
    assert ended.code == 10
    (line,) = not_right(ended)
    assert line.startswith("MISSING api: ")
    assert "(401)" in line
    assert "0123456789abcdef" not in ended.out


def test_whom_the_check_tells_is_tested_too(sqlite_database: FreshDatabase, private: Path) -> None:
    """The files of the ping and of the issues' token are looked at, the token is asked, and nobody is pinged."""
    host = sqlite_host(sqlite_database, private)
    for name, mode in (("ping.url", 0o644), ("ill.url", 0o600), ("issues.token", 0o600)):
        (private / name).write_text("0123456789abcdef0123456789abcdef01234567")
        (private / name).chmod(mode)
    refusal = Reply(status=401, body=b'{"message": "invalid"}', headers={"Content-Type": "application/json"})
    with loopback(lambda request: refusal) as running:
        text = host.configuration.read_text().replace(INSTANCE, f"{running.url}/")
        host.configuration.write_text(
            f"{text}ping: {{url_file: {private}/ping.url, failure_url_file: {private}/ill.url}}\n"
            f"issues: {{repository: ops/forgejo, token_file: {private}/issues.token}}\n"
        )
        ended = self_test(host)
    assert ended.code == 10
    loose, refused = not_right(ended)
    assert loose.startswith("MORE    ping: everyone may read ")
    assert refused.startswith("MISSING issues: ")
    assert f"ok      ping: {private}/ill.url is kept from everyone else" in ended.out
    assert f"ok      issues: {private}/issues.token is kept from everyone else" in ended.out
