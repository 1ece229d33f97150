"""Which tables are the ones Forgejo makes, and how each other one is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.tables.definition import observed_definition
from runner_scope_doctor.database.tables.known import is_known
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine
from runner_scope_doctor.model.table import (
    ForgejoTable,
    Known,
    Oddity,
    OddityKind,
    PartlySeen,
    TableDefinition,
    TableVerdict,
    Unknown,
)
from support.access_page import login_with, page_grants
from support.changed_tables import CHANGES, ChangedTable
from support.connection import FreshDatabase, run
from support.definitions import columns
from support.empty_server import EmptyServer
from support.logins import Grant, mariadb_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.recordings import FOLDER, Recording, create_recorded, or_skipped, recordings, whole_databases
from support.sqlite_file import fresh_sqlite
from support.world import World

MAJORS = range(OLDEST_KNOWN_MAJOR, NEWEST_KNOWN_MAJOR + 1)


def judged(address: DatabaseAddress, major: int, table: ForgejoTable = ForgejoTable.RUNNERS) -> TableVerdict:
    """The verdict on a table as this address's account sees it."""
    with opened_for_reading(address, Patience(10)) as reader:
        return is_known(observed_definition(reader, table), reader.engine, major)


@pytest.mark.parametrize("table", list(ForgejoTable), ids=[table.value for table in ForgejoTable])
@pytest.mark.parametrize("major", MAJORS)
def test_a_fresh_servers_table_is_known(major: int, table: ForgejoTable, any_engine_world: EmptyServer) -> None:
    """What a Forgejo of any version makes on any engine is known as that version's."""
    any_engine_world.create(major)
    assert judged(any_engine_world.address, major, table) == Known()


@pytest.mark.parametrize("recording", or_skipped(recordings(), lambda recording: recording.folder.name))
def test_a_recorded_servers_tables_are_known(
    recording: Recording, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """The definitions real servers printed, upgraded ones included, are known in the real engine."""
    database = fresh_database(recording.engine)
    create_recorded(recording, database)
    assert judged(database.address, recording.major) == Known()
    assert judged(database.address, recording.major, ForgejoTable.TASK_COUNTERS) == Known()


@pytest.mark.parametrize("whole", or_skipped(whole_databases(), lambda path: "-".join(path.relative_to(FOLDER).parts)))
def test_every_recorded_sqlite_file_is_known(whole: Path, tmp_path: Path) -> None:
    """Every whole database of a real server has tables known for the version it names itself."""
    shutil.copyfile(whole, tmp_path / "forgejo.db")
    with fresh_sqlite(tmp_path / "forgejo.db") as database:
        major = int(str(run(database.connection, "SELECT version FROM forgejo_sem_ver")[0][0]).partition(".")[0])
        for table in ForgejoTable:
            assert judged(database.address, major, table) == Known()


@pytest.mark.parametrize(
    ("made", "said", "reason"),
    [
        (14, 15, "action_runner has no column ephemeral, and that of Forgejo 15 has one."),
        (15, 14, "action_runner has a column ephemeral that Forgejo 14 does not make."),
    ],
)
def test_another_versions_table_is_not_known(made: int, said: int, reason: str, any_engine_world: EmptyServer) -> None:
    """A table of one version is not taken for that of another: the upgrade is unfinished, or the version wrong."""
    any_engine_world.create(made)
    assert judged(any_engine_world.address, said) == Unknown(reasons=(reason,))


@pytest.mark.parametrize("major", [OLDEST_KNOWN_MAJOR - 1, NEWEST_KNOWN_MAJOR + 1])
def test_a_version_nobody_looked_at_is_not_known(major: int, any_engine_world: EmptyServer) -> None:
    """No table is known for a version outside of those that were looked at."""
    any_engine_world.create(16)
    verdict = judged(any_engine_world.address, major)
    assert verdict == Unknown(reasons=(f"How Forgejo {major} makes action_runner is not known here, only 7 to 16.",))


def test_the_order_of_columns_does_not_matter(any_engine_world: EmptyServer) -> None:
    """Columns in any order are known: an upgraded server has late ones at the end."""
    any_engine_world.create(15)
    with opened_for_reading(any_engine_world.address, Patience(10)) as reader:
        definition = observed_definition(reader)
    turned = replace(definition, columns=definition.columns[::-1])
    assert is_known(turned, any_engine_world.engine, 15) == Known()


@pytest.mark.parametrize("change", CHANGES, ids=[f"{change.engine.value}-{change.name}" for change in CHANGES])
def test_a_changed_table_is_refused_with_its_reason(
    change: ChangedTable, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """Each way in which a table can be another one than Forgejo's makes it unknown, and the sentence names it."""
    database = fresh_database(change.engine)
    World.create(database.connection, change.engine, 15)
    for statement in change.statements:
        run(database.connection, statement)
    assert judged(database.address, 15) == Unknown(reasons=change.reasons)


def test_every_oddity_has_a_sentence() -> None:
    """Whatever kind a catalog may answer, there is a sentence with the table's name for it."""
    with_all = [Oddity(kind=kind, name="x") for kind in OddityKind if kind is not OddityKind.KIND_OF_TABLE]
    definition = TableDefinition(
        table=ForgejoTable.RUNNERS, columns=(), indexes=(), oddities=tuple(with_all), unseen=()
    )
    verdict = is_known(definition, Engine.SQLITE, 15)
    assert isinstance(verdict, Unknown)
    sentences = verdict.reasons[: len(with_all)]
    assert len(set(sentences)) == len(with_all)
    assert all("action_runner" in sentence for sentence in sentences)


@pytest.mark.parametrize("major", MAJORS)
def test_a_postgres_role_of_the_docs_page_knows_the_table(
    major: int, postgres_server: PostgresServer, postgres_database: FreshDatabase
) -> None:
    """The grants of docs/access.md are enough on PostgreSQL to know the whole table."""
    World.create(postgres_database.connection, Engine.POSTGRES, major)
    account = login_with(postgres_server, postgres_database, page_grants(Engine.POSTGRES, major))
    assert judged(account, major) == Known()


NO_SELECT = (
    "MySQL and MariaDB show only columns one may read, and this account has no SELECT on the whole action_runner."
)
NO_TRIGGER = "MySQL and MariaDB show triggers for the TRIGGER right, and this account has none on action_runner."


@pytest.mark.parametrize(
    ("grants", "verdict"),
    [
        ((Grant(privilege="SELECT", table="action_runner"),), PartlySeen(reasons=(NO_TRIGGER,))),
        (
            (Grant(privilege="SELECT", table="action_runner"), Grant(privilege="TRIGGER", table="action_runner")),
            Known(),
        ),
        (
            (
                Grant(
                    privilege="SELECT", table="action_runner", columns=("id", "uuid", "owner_id", "repo_id", "deleted")
                ),
                Grant(privilege="UPDATE", table="action_runner", columns=("owner_id",)),
            ),
            PartlySeen(reasons=(NO_SELECT, NO_TRIGGER)),
        ),
    ],
    ids=["backup", "backup-and-trigger", "repair"],
)
@pytest.mark.parametrize("major", [7, 15, 16])
def test_a_mariadb_account_never_calls_known_what_it_cannot_see(
    grants: tuple[Grant, ...], verdict: TableVerdict, major: int, mariadb_server: MariadbServer,
    mariadb_database: FreshDatabase,
) -> None:  # fmt: skip
    """Only with SELECT and TRIGGER on the whole table is it known; with less the sentence says what is missing."""
    World.create(mariadb_database.connection, Engine.MYSQL, major)
    assert judged(mariadb_login(mariadb_server, mariadb_database, grants), major) == verdict


@pytest.mark.parametrize("major", MAJORS)
def test_a_mariadb_account_of_the_docs_page_sees_a_part(
    major: int, mariadb_server: MariadbServer, mariadb_database: FreshDatabase
) -> None:
    """The check's own grants show a part of the table, which is as Forgejo makes it."""
    World.create(mariadb_database.connection, Engine.MYSQL, major)
    account = login_with(mariadb_server, mariadb_database, page_grants(Engine.MYSQL, major))
    assert judged(account, major) == PartlySeen(reasons=(NO_SELECT, NO_TRIGGER))


def test_an_index_with_hidden_columns_is_no_difference(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase
) -> None:
    """Of an index over two columns an account with a right on one is shown half, which is not held against the table."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15)
    grant = Grant(privilege="SELECT", table="action_tasks_version", columns=("repo_id",))
    account = mariadb_login(mariadb_server, mariadb_database, (grant,))
    verdict = judged(account, 15, ForgejoTable.TASK_COUNTERS)
    assert verdict == PartlySeen(
        reasons=tuple(text.replace("action_runner", "action_tasks_version") for text in (NO_SELECT, NO_TRIGGER))
    )


def test_a_visible_difference_is_unknown_even_when_the_rest_is_hidden(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase
) -> None:
    """A seen column that differs makes the table unknown, whatever else the account does not see."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15)
    run(mariadb_database.connection, "ALTER TABLE action_runner MODIFY owner_id INT NULL")
    account = login_with(mariadb_server, mariadb_database, page_grants(Engine.MYSQL, 15))
    reason = "The column owner_id of action_runner has the type int, and Forgejo 15 makes it bigint."
    assert judged(account, 15) == Unknown(reasons=(reason,))


def test_the_known_columns_are_those_of_our_test_definitions(any_engine_world: EmptyServer) -> None:
    """An empty definition is told every column of the version is missing: the product's list and the tests' agree."""
    any_engine_world.create(16)
    with opened_for_reading(any_engine_world.address, Patience(10)) as reader:
        for table in ForgejoTable:
            bare = replace(observed_definition(reader, table), columns=())
            for major in MAJORS:
                verdict = is_known(bare, any_engine_world.engine, major)
                expected = [f"{table.value} has no column {name}, and that of Forgejo {major} has one."
                            for name in columns(table.value, major)]  # fmt: skip
                assert isinstance(verdict, Unknown)
                assert list(verdict.reasons) == expected
