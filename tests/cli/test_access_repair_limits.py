"""No login of docs/access.md and docs/access-repair.md can do more than its page says, whatever client is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress
from runner_scope_doctor.database.exact.backup_tables import RUNNER_TABLES
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Address, Server
from support.connection import FreshDatabase
from support.definitions import columns, quoted, tables
from support.limited_host import LimitedHost, limited_host
from support.logins import Grant, mariadb_login, postgres_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.repair_page import Part

MAJOR = 16
DENIED = {1044, 1142, 1143, 1227}
"""MySQL's and MariaDB's numbers for a right that an account does not have."""
Deed = tuple[str, str, str]
"""What was done to which table and which column, the column empty where it was the whole table."""


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def case(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path
) -> LimitedHost:
    """A sick server of each engine that has accounts; the logins have all that is needed for a plan with the fence."""
    engine: Engine = request.param
    server: Server = request.getfixturevalue(SERVERS[engine])
    return limited_host(server, fresh_database(engine), MAJOR, private, Part.BACKUP, Part.REPAIR, Part.FENCE)


def deeds(engine: Engine) -> Iterator[tuple[Deed, str]]:
    """Everything that could be tried on each table of the server, with the statement that tries it."""
    nothing = "DEFAULT VALUES" if engine is Engine.POSTGRES else "() VALUES ()"
    for table in tables(MAJOR):
        name = quoted(engine, table)
        yield ("INSERT", table, ""), f"INSERT INTO {name} {nothing}"
        yield ("DELETE", table, ""), f"DELETE FROM {name}"
        yield ("TRUNCATE", table, ""), f"TRUNCATE TABLE {name}"
        yield ("DROP", table, ""), f"DROP TABLE {name}"
        yield ("ALTER", table, ""), f"ALTER TABLE {name} ADD COLUMN mine INTEGER"
        for column in columns(table, MAJOR):
            yield ("SELECT", table, column), f"SELECT {quoted(engine, column)} FROM {name}"
            yield ("UPDATE", table, column), f"UPDATE {name} SET {quoted(engine, column)} = NULL"
    yield ("CREATE", "mine", ""), "CREATE TABLE mine (id INTEGER)"


@contextmanager
def logged_in(address: Address) -> Iterator[Any]:
    """A cursor of that login in autocommit mode, with another client than the product."""
    assert address.password is not None
    with ExitStack() as stack:
        match address:
            case PostgresAddress():
                postgres = psycopg.connect(
                    host=address.host, port=address.port, dbname=address.name, user=address.user,
                    password=address.password.secret, autocommit=True,
                )  # fmt: skip
                yield stack.enter_context(postgres).cursor()
            case MysqlAddress():
                mariadb = pymysql.connect(
                    host=address.host, port=address.port, database=address.name, user=address.user,
                    password=address.password.secret, autocommit=True,
                )  # fmt: skip
                yield stack.enter_context(mariadb).cursor()


def is_denied(cursor: Any, statement: str) -> bool:
    """Whether the engine refuses it for want of a right; any other error is one of the test."""
    try:
        cursor.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    except pymysql.err.OperationalError as error:
        if error.args[0] not in DENIED:
            raise
        return True
    return False


def possible(engine: Engine, address: Address) -> set[Deed]:
    """What of it that login may do. Each try is rolled back."""
    found = set()
    with logged_in(address) as cursor:
        for deed, statement in deeds(engine):
            cursor.execute("BEGIN")
            if not is_denied(cursor, statement):
                found.add(deed)
            cursor.execute("ROLLBACK")
    return found


def test_the_check_and_the_backup_can_write_nothing(case: LimitedHost) -> None:
    """Neither can insert, delete or change a row of any table, or make or drop one; the backup reads its three tables."""
    before = case.rows()
    by_check, by_backup = (possible(case.world.engine, login) for login in (case.check, case.backup))
    assert {what for what, _, _ in by_check} == {"SELECT"}
    assert by_backup == {("SELECT", table, column) for table in RUNNER_TABLES for column in columns(table, MAJOR)}
    assert not {("SELECT", "action_runner", "token_hash"), ("SELECT", "user", "passwd")} & by_check
    assert case.rows() == before


def test_the_repair_can_write_two_columns_and_read_those_of_the_guard(case: LimitedHost) -> None:
    """It cannot insert or delete, cannot change any other column of any table, and reads no name, label or secret."""
    before = case.rows()
    assert possible(case.world.engine, case.repair) == {
        *(("SELECT", "action_runner", column) for column in ("id", "uuid", "owner_id", "repo_id", "deleted")),
        ("UPDATE", "action_runner", "owner_id"),
        *(("SELECT", "action_tasks_version", column) for column in ("owner_id", "repo_id", "version")),
        ("UPDATE", "action_tasks_version", "version"),
    }
    assert case.rows() == before


def test_no_login_is_kept_to_one_row(case: LimitedHost) -> None:
    """As the page says: with another client the repair login changes the owner of every runner."""
    with logged_in(case.repair) as cursor:
        cursor.execute("UPDATE action_runner SET owner_id = 9")
    assert [owner for _, owner, _ in case.scopes()] == [9, 9, 9]


def test_the_right_to_update_alone_works_backwards(case: LimitedHost) -> None:
    """As the pages say: the guarded statement is refused, and the one over all rows succeeds."""
    right = (Grant(privilege="UPDATE", table="action_runner", columns=("owner_id",)),)
    login: Address
    if isinstance(case.server, PostgresServer):
        login = postgres_login(case.server, case.database, right)
        case.world.execute(f"GRANT CONNECT ON DATABASE {login.name} TO {login.user}")
    else:
        login = mariadb_login(case.server, case.database, right)
    with logged_in(login) as cursor:
        assert is_denied(cursor, "UPDATE action_runner SET owner_id = 0 WHERE id = 5 AND owner_id = 1")
        assert case.scopes()[1] == (5, 1, 35)
        assert not is_denied(cursor, "UPDATE action_runner SET owner_id = 0")
    assert case.scopes()[1] == (5, 0, 35)


@pytest.mark.parametrize(
    "body", ["SET NEW.name = 'mine'", "INSERT INTO action_tasks_version (owner_id) VALUES (9)", "DELETE FROM secret"]
)
def test_a_trigger_of_the_backup_login_writes_nothing(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase, private: Path, body: str
) -> None:
    """As the page says of MySQL and MariaDB: such a trigger can hinder the server's write, and can write no row itself."""
    case = limited_host(mariadb_server, mariadb_database, MAJOR, private, Part.BACKUP, Part.REPAIR)
    before = case.rows()
    with logged_in(case.backup) as cursor:
        cursor.execute(f"CREATE TRIGGER mine BEFORE UPDATE ON action_runner FOR EACH ROW {body}")
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            case.world.execute("UPDATE action_runner SET description = 'x' WHERE id = 5")
        assert case.rows() == before
        cursor.execute("DROP TRIGGER mine")
    case.world.execute("UPDATE action_runner SET description = 'x' WHERE id = 5")
