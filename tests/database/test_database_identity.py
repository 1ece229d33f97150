"""Which database a plan is for, as real engines tell it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine, Product
from runner_scope_doctor.model.table import (
    DatabaseIdentity,
    MysqlServer,
    NetworkPlace,
    PostgresCluster,
    SqliteFile,
    place_text,
)
from support.access_page import login_with, page_grants
from support.connection import FreshDatabase, run
from support.empty_server import EmptyServer
from support.logins import Grant, mariadb_login, postgres_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.world import World

MAJORS = range(OLDEST_KNOWN_MAJOR, NEWEST_KNOWN_MAJOR + 1)
FORGEJO_TABLES = ("forgejo_sem_ver", "forgejo_version", "forgejo_migration")


def identity(address: DatabaseAddress) -> DatabaseIdentity:
    """The identity as this address's account reads it."""
    with opened_for_reading(address, Patience(10)) as reader:
        return database_identity(reader, address)


@pytest.mark.parametrize("major", MAJORS)
def test_a_forgejo_is_told_from_its_own_tables(major: int, any_engine_world: EmptyServer) -> None:
    """Every version on every engine is Forgejo, and the engine is the one asked."""
    any_engine_world.create(major)
    found = identity(any_engine_world.address)
    assert (found.product, found.engine) == (Product.FORGEJO, any_engine_world.engine)


def test_without_forgejos_tables_it_is_gitea_or_neither(any_engine_world: EmptyServer) -> None:
    """A database with Gitea's counter alone is Gitea's; without that too it is nobody's."""
    world = any_engine_world.create(15)
    for table in FORGEJO_TABLES:
        world.execute(f"DROP TABLE {table}")
    assert identity(any_engine_world.address).product is Product.GITEA
    world.execute("DROP TABLE version")
    assert identity(any_engine_world.address).product is None


def test_tables_that_may_not_be_read_are_no_proof_of_gitea(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase
) -> None:
    """An account that may read only Gitea's counter of a Forgejo is not told that it is Gitea."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15)
    account = mariadb_login(mariadb_server, mariadb_database, (Grant(privilege="SELECT", table="version"),))
    assert identity(account).product is None


def test_a_sqlite_file_is_its_inode_whatever_it_is_called(tmp_path: Path, sqlite_database: FreshDatabase) -> None:
    """A symbolic link leads to the same identity; a copy, and a file put in its place, do not."""
    World.create(sqlite_database.connection, Engine.SQLITE, 15)
    assert isinstance(sqlite_database.address, SqliteAddress)
    path = sqlite_database.address.path
    first = identity(sqlite_database.address)
    assert isinstance(first.place, SqliteFile)
    assert (first.name, first.schema) == (str(path.resolve()), None)
    assert (first.place.device, first.place.inode) == (path.stat().st_dev, path.stat().st_ino)
    (tmp_path / "link.db").symlink_to(path)
    assert identity(SqliteAddress(path=tmp_path / "link.db")) == first
    shutil.copyfile(path, tmp_path / "copy.db")
    assert identity(SqliteAddress(path=tmp_path / "copy.db")).place != first.place
    (tmp_path / "copy.db").replace(path)
    replaced = identity(sqlite_database.address)
    assert replaced.name == first.name
    assert place_text(replaced.place) != place_text(first.place)


def test_a_sqlite_file_that_went_away_is_an_error(sqlite_database: FreshDatabase) -> None:
    """A file removed while it is open has no identity any more."""
    World.create(sqlite_database.connection, Engine.SQLITE, 15)
    assert isinstance(sqlite_database.address, SqliteAddress)
    with opened_for_reading(sqlite_database.address, Patience(10)) as reader:
        sqlite_database.address.path.unlink()
        with pytest.raises(SourceUnavailable, match="could not be looked at: No such file"):
            database_identity(reader, sqlite_database.address)


def test_a_postgres_cluster_names_itself_to_any_role(
    postgres_server: PostgresServer, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """The role of docs/access.md, over TCP, and the superuser, over the socket, are told one identity."""
    first, second = fresh_database(Engine.POSTGRES), fresh_database(Engine.POSTGRES)
    for database in (first, second):
        World.create(database.connection, Engine.POSTGRES, 15)
    account = login_with(postgres_server, first, page_grants(Engine.POSTGRES, 15))
    number = int(run(first.connection, "SELECT system_identifier FROM pg_control_system()")[0][0])
    found = identity(account)
    assert found == identity(first.address)
    assert found.place == PostgresCluster(system_identifier=number)
    assert (found.name, found.schema) == (account.name, "public")
    other = identity(second.address)
    assert (other.place, other.name) != (found.place, found.name)


def test_the_schema_is_the_one_the_table_is_found_in(postgres_database: FreshDatabase) -> None:
    """With two Forgejos in one database the schema tells them apart."""
    World.create(postgres_database.connection, Engine.POSTGRES, 15)
    run(postgres_database.connection, "CREATE SCHEMA second")
    run(postgres_database.connection, "CREATE TABLE second.action_runner (LIKE public.action_runner)")
    assert isinstance(postgres_database.address, PostgresAddress)
    assert identity(postgres_database.address).schema == "public"
    assert identity(replace(postgres_database.address, schema="second")).schema == "second"
    assert identity(replace(postgres_database.address, schema="nowhere")).schema is None


def test_where_the_cluster_may_not_be_asked_the_address_stands_in(
    postgres_server: PostgresServer, postgres_database: FreshDatabase
) -> None:
    """With pg_control_system() revoked, as on some hosted servers, the identity is host and port, and says why."""
    World.create(postgres_database.connection, Engine.POSTGRES, 15)
    run(postgres_database.connection, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    account = postgres_login(postgres_server, postgres_database, ())
    place = identity(account).place
    assert isinstance(place, NetworkPlace)
    assert (place.host, place.port) == (account.host, account.port)
    assert "may not call pg_control_system()" in place.reason
    assert place_text(place) == f"host 127.0.0.1 port {postgres_server.port}"


def test_a_mariadb_server_names_itself_to_any_account(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase
) -> None:
    """The account of docs/access.md, over TCP, and the administrator, over the socket, are told one identity."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15)
    account = login_with(mariadb_server, mariadb_database, page_grants(Engine.MYSQL, 15))
    found = identity(account)
    assert found == identity(mariadb_database.address)
    hostname, port, number = run(mariadb_database.connection, "SELECT @@hostname, @@port, @@server_id")[0]
    assert isinstance(found.place, MysqlServer)
    assert (found.place.hostname, found.place.port, found.place.server_id) == (hostname, port, number)
    assert (found.name, found.schema) == (account.name, None)
    named = run(
        mariadb_database.connection,
        "SELECT global_value FROM information_schema.system_variables WHERE variable_name = 'SERVER_UID'",
    )
    assert found.place.uuid == (named[0][0] if named else None)
