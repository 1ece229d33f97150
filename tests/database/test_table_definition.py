"""What is read of a table's definition, from real engines."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.tables.definition import fingerprint, observed_definition, seen_together
from runner_scope_doctor.model.errors import TableMissing
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine
from runner_scope_doctor.model.table import NEXT_NUMBER, ForgejoTable, IndexKind, TableDefinition, Unseen
from support.access_page import login_with, page_grants
from support.connection import FreshDatabase, run
from support.definitions import columns, described
from support.empty_server import EmptyServer
from support.logins import Grant, mariadb_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.world import World

MAJORS = range(OLDEST_KNOWN_MAJOR, NEWEST_KNOWN_MAJOR + 1)
ADD_EPHEMERAL = {
    Engine.SQLITE: "ALTER TABLE action_runner ADD ephemeral INTEGER DEFAULT 0 NOT NULL",
    Engine.POSTGRES: "ALTER TABLE action_runner ADD ephemeral BOOL DEFAULT false NOT NULL",
    Engine.MYSQL: "ALTER TABLE action_runner ADD ephemeral TINYINT(1) DEFAULT 0 NOT NULL",
}
"""Forgejo's migration `v15b_add-ephemeral_runner`, as its ORM writes it."""


def seen(address: DatabaseAddress, table: ForgejoTable = ForgejoTable.RUNNERS) -> TableDefinition:
    """The definition as this address's account reads it."""
    with opened_for_reading(address, Patience(10)) as reader:
        return observed_definition(reader, table)


@pytest.fixture
def mariadb_world(mariadb_database: FreshDatabase) -> FreshDatabase:
    """A Forgejo 15 on MariaDB."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15)
    return mariadb_database


@pytest.mark.parametrize("table", list(ForgejoTable), ids=[table.value for table in ForgejoTable])
@pytest.mark.parametrize("major", MAJORS)
def test_columns_and_keys_are_those_the_server_made(
    major: int, table: ForgejoTable, any_engine_world: EmptyServer
) -> None:
    """On every version and engine the columns come in their order, with what the table was created with."""
    any_engine_world.create(major)
    found = seen(any_engine_world.address, table)
    assert tuple(column.name for column in found.columns) == columns(table.value, major)
    made = described(table.value, major)
    assert [column.nullable for column in found.columns] == [not column.required for column in made]
    assert [column.name for column in found.columns if column.default == NEXT_NUMBER] == ["id"]
    assert {index.columns for index in found.indexes if index.kind is IndexKind.PRIMARY} == {("id",)}
    groups = {group for column in made for group in column.uniques}
    assert {index.columns for index in found.indexes if index.kind is IndexKind.UNIQUE} == {
        tuple(column.name for column in made if group in column.uniques) for group in groups
    }
    assert (found.table, found.oddities, found.unseen) == (table, (), ())


def test_a_fingerprint_stays_as_long_as_the_definition(any_engine_world: EmptyServer) -> None:
    """Rows and plain indexes do not move the fingerprint; one column more, or its removal again, does and does not."""
    world = any_engine_world.create(15)
    first = fingerprint(seen(any_engine_world.address))
    world.runner("builder")
    world.execute("CREATE INDEX ours ON action_runner (name)")
    assert fingerprint(seen(any_engine_world.address)) == first
    world.execute("ALTER TABLE action_runner ADD COLUMN note INTEGER NULL")
    assert fingerprint(seen(any_engine_world.address)) != first
    world.execute("ALTER TABLE action_runner DROP COLUMN note")
    assert fingerprint(seen(any_engine_world.address)) == first
    assert len(first) == 64
    assert set(first) <= set("0123456789abcdef")


def test_the_order_of_columns_is_part_of_the_fingerprint(
    fresh_database: Callable[[Engine], FreshDatabase], any_engine_world: EmptyServer
) -> None:
    """A fresh 15 and one that was upgraded from 14 have the same columns in another order, and two fingerprints."""
    any_engine_world.create(15)
    upgraded = fresh_database(any_engine_world.engine)
    World.create(upgraded.connection, upgraded.engine, 14)
    run(upgraded.connection, ADD_EPHEMERAL[upgraded.engine])
    old, new = seen(upgraded.address), seen(any_engine_world.address)
    assert set(old.columns) == set(new.columns)
    assert fingerprint(old) != fingerprint(new)


def test_a_database_without_the_table_says_so(any_engine_world: EmptyServer) -> None:
    """Where there is no such table, nothing is known of it, and the error names it."""
    any_engine_world.create(15).execute("DROP TABLE action_runner")
    with pytest.raises(TableMissing, match="no table action_runner"):
        seen(any_engine_world.address)


@pytest.mark.parametrize("text", ["action_runner", '"Action_Runner"', "[action_runner] -- CHECK (no) '\n"])
def test_sqlites_own_text_is_read_word_by_word(text: str, tmp_path: Path) -> None:
    """Quoting, letter case and comments of the stored CREATE TABLE are no difference; a clause outside of them is one."""
    for clause, names in (("", []), (" CHECK (id > 0)", ["CHECK"])):
        path = tmp_path / f"{len(clause)}.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(
                f'CREATE TABLE {text} (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "it\'s" text /* COLLATE */{clause})'
            )
        found = seen(SqliteAddress(path=path))
        assert [column.name for column in found.columns] == ["id", "it's"]
        assert [oddity.name for oddity in found.oddities] == names


@pytest.mark.parametrize("major", MAJORS)
def test_a_postgres_role_with_a_few_columns_sees_all(
    major: int, postgres_server: PostgresServer, postgres_database: FreshDatabase
) -> None:
    """With the grants of docs/access.md the definition is the owner's, hidden columns and triggers included."""
    World.create(postgres_database.connection, Engine.POSTGRES, major)
    function = "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    run(postgres_database.connection, function)
    trigger = "CREATE TRIGGER looking BEFORE UPDATE ON action_runner FOR EACH ROW EXECUTE FUNCTION look()"
    run(postgres_database.connection, trigger)
    account = login_with(postgres_server, postgres_database, page_grants(Engine.POSTGRES, major))
    whole = seen(postgres_database.address)
    assert [oddity.name for oddity in whole.oddities] == ["looking"]
    assert fingerprint(seen(account)) == fingerprint(whole)


def test_a_mariadb_account_with_a_few_columns_knows_what_it_does_not_see(
    mariadb_server: MariadbServer, mariadb_world: FreshDatabase
) -> None:
    """With the grants of docs/access.md only granted columns are seen, and that is said of columns and of triggers."""
    account = login_with(mariadb_server, mariadb_world, page_grants(Engine.MYSQL, 15))
    found = seen(account)
    assert found.unseen == (Unseen.COLUMNS, Unseen.TRIGGERS)
    names = {column.name for column in found.columns}
    assert {"id", "owner_id", "repo_id"} <= names
    assert not {"token_hash", "token_salt"} & names


def test_rights_on_the_whole_database_or_server_count_too(
    mariadb_server: MariadbServer, mariadb_world: FreshDatabase
) -> None:
    """SELECT and TRIGGER count wherever they were granted, a database's pattern included; those of another do not."""
    name = mariadb_world.address.name if not isinstance(mariadb_world.address, SqliteAddress) else ""
    pattern = name.replace("_", "\\_")
    for place, unseen in ((f"`{pattern}`.*", ()), ("*.*", ()), ("`forgejo\\_x%`.*", (Unseen.COLUMNS, Unseen.TRIGGERS))):
        account = mariadb_login(
            mariadb_server, mariadb_world, (Grant(privilege="SELECT", table="action_runner", columns=("id",)),)
        )
        run(mariadb_world.connection, f"GRANT SELECT, TRIGGER ON {place} TO '{account.user}'@'%'")
        assert seen(account).unseen == unseen, place


def test_two_accounts_see_more_than_one(mariadb_server: MariadbServer, mariadb_world: FreshDatabase) -> None:
    """One account that reads all columns and one that sees triggers together see what the administrator sees."""
    run(
        mariadb_world.connection,
        "CREATE TRIGGER looking BEFORE UPDATE ON action_runner FOR EACH ROW SET NEW.updated = 1",
    )
    reads = mariadb_login(mariadb_server, mariadb_world, (Grant(privilege="SELECT", table="action_runner"),))
    looks = mariadb_login(
        mariadb_server,
        mariadb_world,
        (
            Grant(privilege="SELECT", table="action_runner", columns=("id", "owner_id")),
            Grant(privilege="TRIGGER", table="action_runner"),
        ),
    )
    assert seen(reads).unseen == (Unseen.TRIGGERS,)
    assert seen(looks).unseen == (Unseen.COLUMNS,)
    whole = seen(mariadb_world.address)
    assert seen_together(seen(reads), seen(looks)) == seen_together(seen(looks), seen(reads)) == whole
