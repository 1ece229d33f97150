"""The grants of docs/access.md are enough for the whole check, and none of them can be spared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pymysql
import pytest

from runner_scope_doctor.database.address import PostgresAddress, SqliteAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.database.tables.privileges import write_power
from runner_scope_doctor.model.errors import AccessDenied
from runner_scope_doctor.model.server import Engine
from support.access_case import CONTRACT, SERVERS, Server, checked, contract_in, executed, healthy, owner, seen, sick
from support.access_page import Kind, login_with, page_grants
from support.command import doctor
from support.connection import FreshDatabase, run
from support.definitions import quoted
from support.postgres_server import PostgresServer

MAJORS = (7, 11, 15, 16)
"""The oldest, an LTS before 14, the first with `ephemeral`, and the newest."""


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that has accounts."""
    found: Engine = request.param
    return found


@pytest.fixture
def server(engine: Engine, request: pytest.FixtureRequest) -> Server:
    """The running server of that engine."""
    found: Server = request.getfixturevalue(SERVERS[engine])
    return found


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A contract that makes every part of the look necessary."""
    return contract_in(tmp_path)


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize(("stage", "code"), [(sick, 10), (healthy, 0)], ids=["sick", "healthy"])
def test_the_pages_grants_see_all_that_the_owner_sees(
    engine: Engine,
    server: Server,
    fresh_database: Callable[[Engine], FreshDatabase],
    stage: Callable[[FreshDatabase, Engine, int], None],
    code: int,
    major: int,
    contract: Path,
    tmp_path: Path,
) -> None:
    """With the grants of docs/access.md and no other the report is the owner's, without a gap."""
    database = fresh_database(engine)
    stage(database, engine, major)
    reader = login_with(server, database, page_grants(engine, major))
    by_reader = checked(reader, contract, tmp_path / "reader.json")
    by_owner = checked(owner(server, database), contract, tmp_path / "owner.json")
    assert (by_reader.code, by_owner.code) == (code, code), by_reader.out
    assert seen(tmp_path / "reader.json") == seen(tmp_path / "owner.json")
    assert seen(tmp_path / "reader.json")["unobserved"] == []


def test_the_sick_case_needs_every_grant_there_is(
    engine: Engine, server: Server, fresh_database: Callable[[Engine], FreshDatabase], contract: Path, tmp_path: Path
) -> None:
    """The comparison above means something: the owner's report has a finding from each optional table."""
    database = fresh_database(engine)
    sick(database, engine, 16)
    checked(owner(server, database), contract, tmp_path / "owner.json")
    codes = {finding["code"] for finding in seen(tmp_path / "owner.json")["findings"]}
    assert codes >= {"RSD001", "RSD014", "RSD016"}


@pytest.mark.parametrize("major", MAJORS)
def test_the_pages_role_reads_no_secret_and_writes_nothing(
    engine: Engine, server: Server, fresh_database: Callable[[Engine], FreshDatabase], major: int
) -> None:
    """What the page promises of the grants is what the engine enforces, and what the check says of them."""
    database = fresh_database(engine)
    sick(database, engine, major)
    reader = login_with(server, database, page_grants(engine, major))
    with opened_for_reading(reader, Patience(10)) as look:
        for table, column in (
            ("action_runner", "token_hash"), ("action_runner", "token_salt"), ("secret", "data"), ("user", "passwd"),
            ("action_variable", "data"),
        ):  # fmt: skip
            with pytest.raises(AccessDenied):
                look.read(Statement(f"SELECT {column} FROM {quoted(engine, table)}"))
        assert write_power(look, reader) is None
    with opened_for_reading(owner(server, database), Patience(10)) as look:
        assert write_power(look, owner(server, database)) is not None
    for statement in (
        "UPDATE action_runner SET owner_id = 0",
        "DELETE FROM action_runner",
        "INSERT INTO action_runner (name) VALUES ('x')",
        "CREATE TABLE mine (id INTEGER)",
    ):
        with pytest.raises((psycopg.errors.InsufficientPrivilege, pymysql.err.OperationalError), match="denied"):
            executed(reader, statement)


def test_without_the_optional_grants_the_verdict_stands(
    engine: Engine, server: Server, fresh_database: Callable[[Engine], FreshDatabase], tmp_path: Path
) -> None:
    """With the required grants alone and no `max_wait` the same verdict comes out, and what was not seen is told."""
    database = fresh_database(engine)
    healthy(database, engine, 16)
    contract = contract_in(tmp_path, CONTRACT.replace("    max_wait: 15m\n", ""))
    required = tuple(grant for grant in page_grants(engine, 16) if grant.kind is Kind.REQUIRED)
    reader = login_with(server, database, required)
    ended = checked(reader, contract, tmp_path / "report.json")
    assert ended.code == 0, ended.out
    gaps = seen(tmp_path / "report.json")["unobserved"]
    assert {gap["need"] for gap in gaps} == {"optional"}
    assert [gap["what"] for gap in gaps] == ["rows of secret with both ids", "rows of action_variable with both ids"]
    assert all("docs/access.md" in gap["next_step"] for gap in gaps)


def test_without_the_optional_grants_what_was_asked_for_is_a_gap(
    engine: Engine, server: Server, fresh_database: Callable[[Engine], FreshDatabase], contract: Path, tmp_path: Path
) -> None:
    """A contract's `max_wait` and `--sample` ask for jobs and counters; not seeing them is required, as the page says."""
    database = fresh_database(engine)
    sick(database, engine, 16)
    required = tuple(grant for grant in page_grants(engine, 16) if grant.kind is Kind.REQUIRED)
    reader = login_with(server, database, required)
    assert checked(reader, contract, tmp_path / "report.json").code == 10
    needs = {gap["what"]: gap["need"] for gap in seen(tmp_path / "report.json")["unobserved"]}
    assert needs == {
        "the jobs that wait for a combined runner": "optional",
        "jobs that wait longer than the contract allows": "required",
        "the counters asked for with --sample": "required",
        "rows of secret with both ids": "optional",
        "rows of action_variable with both ids": "optional",
    }


@pytest.mark.parametrize("missing", ["USAGE", "CONNECT"])
def test_a_role_that_may_not_enter_is_told_so_on_postgres(
    missing: str,
    postgres_server: PostgresServer,
    postgres_database: FreshDatabase,
    contract: Path,
    tmp_path: Path,
) -> None:
    """Without USAGE on the schema PostgreSQL says that there are no tables, so the sentence names that too."""
    healthy(postgres_database, Engine.POSTGRES, 16)
    assert isinstance(postgres_database.address, PostgresAddress)
    name = postgres_database.address.name
    run(postgres_database.connection, "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    run(postgres_database.connection, f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    grants = page_grants(Engine.POSTGRES, 16)
    reader = login_with(
        postgres_server, postgres_database, tuple(one for one in grants if f"GRANT {missing} " not in one.text)
    )
    ended = checked(reader, contract, tmp_path / "report.json")
    assert ended.code == 4
    said = {"USAGE": "that this role has USAGE on it", "CONNECT": "permission denied for database"}[missing]
    assert said in ended.last_line


def test_inside_a_job_a_credential_that_could_write_is_a_warning(
    engine: Engine, server: Server, fresh_database: Callable[[Engine], FreshDatabase], contract: Path, tmp_path: Path
) -> None:
    """A job that holds the owner's credential is warned (RSD019); one with the page's grants, or no job, is not."""
    database = fresh_database(engine)
    healthy(database, engine, 16)
    reader = login_with(server, database, page_grants(engine, 16))
    for address, place, codes in (
        (owner(server, database), "true", ["RSD019"]),
        (owner(server, database), "", []),
        (reader, "true", []),
    ):
        ended = checked(address, contract, tmp_path / "report.json", place=place)
        assert ended.code == 0
        assert [finding["code"] for finding in seen(tmp_path / "report.json")["findings"]] == codes
    assert checked(owner(server, database), contract, tmp_path / "r", "--fail-on", "warning", place="true").code == 10


def test_inside_a_job_a_sqlite_file_that_can_be_written_is_a_warning(
    sqlite_database: FreshDatabase, contract: Path, tmp_path: Path
) -> None:
    """On SQLite the file's own permissions are the credential."""
    healthy(sqlite_database, Engine.SQLITE, 16)
    assert isinstance(sqlite_database.address, SqliteAddress)
    path = sqlite_database.address.path
    for place, warned in (("true", True), ("", False)):
        ended = doctor(
            "check", "--contract", contract, "--database", f"sqlite:///{path}", environment={"FORGEJO_ACTIONS": place}
        )
        assert ended.code == 0
        said = f"this job's database credential could write: the file {path} is writable" in ended.out
        assert said is warned
