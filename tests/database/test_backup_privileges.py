"""A backup needs SELECT on exactly the tables it saves, and never passes over what it may not read."""

from __future__ import annotations

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.exact.backup_tables import RUNNER_TABLES, tables_to_save
from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import AccessDenied
from runner_scope_doctor.model.server import Engine
from support.backups import PATIENCE, exact_rows
from support.connection import FreshDatabase, run
from support.definitions import columns
from support.logins import Grant, mariadb_login, postgres_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.world import World

WHOLE = tuple(Grant(privilege="SELECT", table=table) for table in RUNNER_TABLES)
OTHERS = ("action_run", "action_run_job", "action_task", "action_variable")
PARTLY = (
    *WHOLE[1:],
    Grant(privilege="SELECT", table="action_runner", columns=tuple(set(columns("action_runner", 15)) - {"token_hash"})),
)
NEXT_STEP = "Grant the backup login SELECT on the whole table {}, secrets included, as docs/backup.md says."


def filled(database: FreshDatabase, engine: Engine) -> FreshDatabase:
    """The database with a row in each runner table."""
    world = World.create(database.connection, engine, 15)
    world.runner("builder", token_hash="hash", token_salt="salt")
    world.insert("action_runner_token", id=1, token="registers")
    world.counter(0, 1, 5)
    return database


def denied(address: DatabaseAddress, scope: BackupScope = BackupScope.RUNNER_TABLES) -> AccessDenied:
    """The refusal of these credentials, whichever table it is for."""
    with pytest.raises(AccessDenied) as caught:
        [exact_rows(address, table, scope) for table in RUNNER_TABLES]
    return caught.value


def secrets_of(address: DatabaseAddress) -> tuple[object, ...]:
    """What only a whole backup has."""
    (runner,), (token,), (counter,) = (exact_rows(address, table) for table in RUNNER_TABLES)
    return runner["token_hash"], runner["token_salt"], token["token"], counter["version"]


def test_select_on_the_tables_suffices_on_postgres(
    postgres_server: PostgresServer, postgres_database: FreshDatabase
) -> None:
    """A role with SELECT on the three tables, and on nothing else, reads them whole."""
    login = postgres_login(postgres_server, filled(postgres_database, Engine.POSTGRES), WHOLE)
    assert secrets_of(login) == ("hash", "salt", "registers", 5)


def test_select_on_the_tables_suffices_on_mariadb(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase
) -> None:
    """An account with SELECT on the three tables, and on nothing else, reads them and their definitions whole."""
    login = mariadb_login(mariadb_server, filled(mariadb_database, Engine.MYSQL), WHOLE)
    assert secrets_of(login) == ("hash", "salt", "registers", 5)
    with opened_for_backup(login, PATIENCE) as reader:
        definition = tables_to_save(reader, BackupScope.RUNNER_TABLES)[0].definition
    assert definition.startswith("CREATE TABLE `action_runner`")
    assert "UQE_action_runner_uuid" in definition


@pytest.mark.parametrize(
    ("grants", "table"), [(WHOLE[1:], "action_runner"), (PARTLY, "action_runner"), (WHOLE[:2], "action_tasks_version")]
)
def test_a_missing_right_is_named_on_postgres(
    postgres_server: PostgresServer, postgres_database: FreshDatabase, grants: tuple[Grant, ...], table: str
) -> None:
    """A table or a single column that may not be read ends the backup with the grant it needs."""
    error = denied(postgres_login(postgres_server, filled(postgres_database, Engine.POSTGRES), grants))
    assert error.next_step == NEXT_STEP.format(table)


@pytest.mark.parametrize(
    ("grants", "table"), [(WHOLE[1:], "action_runner"), (PARTLY, "action_runner"), (WHOLE[:2], "action_tasks_version")]
)
def test_a_missing_right_is_named_on_mariadb(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase, grants: tuple[Grant, ...], table: str
) -> None:
    """MariaDB hides tables and columns from who may not read them; none is left out of a backup for that."""
    error = denied(mariadb_login(mariadb_server, filled(mariadb_database, Engine.MYSQL), grants))
    assert error.next_step == NEXT_STEP.format(table)


def test_a_hidden_table_is_missed_on_mariadb(mariadb_server: MariadbServer, mariadb_database: FreshDatabase) -> None:
    """`all-actions` needs a right on each of Forgejo's Actions tables, as it could not know that one is hidden."""
    grants = (*WHOLE, *(Grant(privilege="SELECT", table=table) for table in OTHERS))
    login = mariadb_login(mariadb_server, filled(mariadb_database, Engine.MYSQL), grants)
    assert denied(login, BackupScope.ALL_ACTIONS).next_step == NEXT_STEP.format("action_artifact")
    run(mariadb_database.connection, f"GRANT SELECT ON `{login.name}`.* TO '{login.user}'@'%'")
    assert exact_rows(login, "action_runner", BackupScope.ALL_ACTIONS)


def test_row_security_hides_no_row(postgres_server: PostgresServer, postgres_database: FreshDatabase) -> None:
    """A policy that would leave rows out ends the backup instead."""
    login = postgres_login(postgres_server, filled(postgres_database, Engine.POSTGRES), WHOLE)
    run(postgres_database.connection, "ALTER TABLE action_runner ENABLE ROW LEVEL SECURITY")
    run(postgres_database.connection, "CREATE POLICY mine ON action_runner USING (owner_id = 0)")
    error = denied(login)
    assert "row-level security" in error.problem
    assert "BYPASSRLS" in error.next_step
