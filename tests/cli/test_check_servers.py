"""A database server that fails in each way: always exit 4, one sentence with the next step, in time, without a secret."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Address, Server
from support.access_page import login_with, page_grants
from support.command import Ended, doctor
from support.connection import FreshDatabase, run
from support.database_url import url_of
from support.postgres_server import PostgresServer
from support.tcp import After, closed_port, cut_line, silent_server
from support.world import World, users_case

TIMEOUT = 2
"""Seconds given to each run as --timeout."""
SLACK = 5
"""Seconds a run may take beyond it: the start of a process on a busy machine, and the second after which we cut."""
LOCK = {
    Engine.POSTGRES: ("BEGIN", "LOCK TABLE action_runner IN ACCESS EXCLUSIVE MODE"),
    Engine.MYSQL: ("LOCK TABLES action_runner WRITE",),
}
SESSIONS = {
    Engine.POSTGRES: "SELECT pid FROM pg_stat_activity WHERE usename = %s",
    Engine.MYSQL: "SELECT id FROM information_schema.processlist WHERE user = %s",
}
SECRET = Password(secret="swordfish-7%/?#@:%")
"""A password that nobody has, with everything in it that a URL must encode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sick:
    """The user's case on a real server, and the least credentials that see it."""

    engine: Engine
    server: Server
    database: FreshDatabase
    reader: Address


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def sick(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> Sick:
    """The user's case on each engine that is a server."""
    engine: Engine = request.param
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    users_case(World.create(database.connection, engine, 16))
    reader = login_with(server, database, page_grants(engine, 16))
    return Sick(engine=engine, server=server, database=database, reader=reader)


def checked(address: Address, *, query: str = "", paths: tuple[Path, ...] = ()) -> Ended:
    """One check of that address, with little patience."""
    return doctor(
        "check", "--timeout", str(TIMEOUT), environment={"RSD_DATABASE_URL": url_of(address, query=query)}, paths=paths
    )


def inconclusive(address: Address, *, query: str = "", paths: tuple[Path, ...] = ()) -> str:
    """The last line of a check that could not see: in time, with a next step, without password or traceback."""
    begun = time.monotonic()
    ended = checked(address, query=query, paths=paths)
    assert time.monotonic() - begun < TIMEOUT + SLACK
    assert ended.code == 4, ended.out
    assert address.password is not None
    for text in (address.password.secret, url_of(address).split("@")[0].rsplit(":", 1)[1]):
        assert text not in ended.out + ended.err
    assert re.fullmatch(r"INCONCLUSIVE: could not see the runners\. .+\. Next: .+[.']", ended.last_line)
    assert ".." not in ended.last_line.replace("...", "")
    return ended.last_line


def at(address: Address, *, port: int) -> Address:
    """The same database by another port."""
    return replace(address, port=port)


def test_the_sick_row_is_found_over_tcp(sick: Sick) -> None:
    """With everything in order the same credentials end with 10, so that the failures below are the ones made there."""
    ended = checked(sick.reader)
    assert ended.code == 10
    assert "id=5 rs2000-deploy-host owner_id=1 repo_id=35 deleted=NULL" in ended.out


def test_a_wrong_password(sick: Sick) -> None:
    """The user is named, the password is not, and user and password are what to check."""
    said = inconclusive(replace(sick.reader, password=SECRET))
    assert sick.reader.user in said
    assert "user" in said.split("Next: ")[1]
    assert "password" in said.split("Next: ")[1]


def test_an_unknown_user(sick: Sick) -> None:
    """A user the server does not know is named."""
    said = inconclusive(replace(sick.reader, user="nobody_here"))
    assert "nobody_here" in said
    assert "user" in said.split("Next: ")[1]


@pytest.mark.parametrize("may_do_all", [False, True], ids=["reader", "administrator"])
def test_an_unknown_database(sick: Sick, may_do_all: bool) -> None:
    """A database the server does not have is named, also where the server tells it only to some."""
    if may_do_all and isinstance(sick.reader, MysqlAddress):
        run(sick.database.connection, f"GRANT ALL ON *.* TO '{sick.reader.user}'@'%'")
    elif may_do_all:
        run(sick.database.connection, f"ALTER ROLE {sick.reader.user} SUPERUSER")
    said = inconclusive(replace(sick.reader, name="gitea"))
    assert "gitea" in said.split("Next: ")[0]
    assert "database name" in said.split("Next: ")[1]


def test_a_closed_port(sick: Sick) -> None:
    """Nobody listening is told with host and port."""
    with closed_port() as port:
        said = inconclusive(at(sick.reader, port=port))
    assert f"127.0.0.1:{port}" in said
    assert "refused" in said
    assert "Check host, port" in said


def test_a_host_that_does_not_resolve(sick: Sick) -> None:
    """A host without an address is named; `.invalid` never has one (RFC 2606)."""
    said = inconclusive(replace(sick.reader, host="database.invalid"))
    assert "database.invalid" in said
    assert "Check host, port" in said


def test_a_server_that_never_answers(sick: Sick) -> None:
    """A port that takes connections and stays silent ends with the time limit."""
    with silent_server() as port:
        said = inconclusive(at(sick.reader, port=port))
    assert "did not answer within the time limit" in said
    assert "--timeout" in said


@pytest.mark.parametrize("after_bytes", [0, 100, 500, 2000])
def test_a_connection_cut_in_the_middle(sick: Sick, after_bytes: int) -> None:
    """A connection that ends during the greeting, the login or a read is told as such."""
    with cut_line(sick.reader.port, after_bytes=after_bytes, then=After.CLOSED) as port:
        said = inconclusive(at(sick.reader, port=port))
    assert re.search(r"closed the connection|Lost connection", said)
    assert "Check host, port" in said


@pytest.mark.parametrize("after_bytes", [0, 2000])
def test_a_server_that_falls_silent_in_the_middle(sick: Sick, after_bytes: int) -> None:
    """A connection that stalls during the greeting or a read ends with the time limit."""
    with cut_line(sick.reader.port, after_bytes=after_bytes, then=After.SILENT) as port:
        said = inconclusive(at(sick.reader, port=port))
    assert "did not answer within the time limit" in said


def test_a_locked_table(sick: Sick) -> None:
    """A table locked for longer than the time limit is inconclusive, and no session of ours stays waiting for it."""
    holder = sick.database.connect()
    try:
        for statement in LOCK[sick.engine]:
            run(holder, statement)
        said = inconclusive(sick.reader)
        assert "did not answer within the time limit" in said
        gone_by = time.monotonic() + 5
        while run(sick.database.connection, SESSIONS[sick.engine], (sick.reader.user,)):
            assert time.monotonic() < gone_by
            time.sleep(0.1)
    finally:
        holder.close()


def test_a_missing_driver(sick: Sick, tmp_path: Path) -> None:
    """A driver that is not there, or does not load, is named with the command that installs it."""
    module, package, extra = {
        Engine.POSTGRES: ("psycopg", "psycopg[binary]", "postgres"),
        Engine.MYSQL: ("pymysql", "PyMySQL", "mysql"),
    }[sick.engine]
    (tmp_path / f"{module}.py").write_text("raise ImportError('no such library')\n")
    said = inconclusive(sick.reader, paths=(tmp_path,))
    assert f"The driver {package} for this database could not be loaded: no such library." in said
    assert said.endswith(f"pip install '{package}', or from a checkout pip install '.[{extra}]'")


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_tls_that_the_server_does_not_offer(sick: Sick, mode: str) -> None:
    """A connection that must be encrypted is not made in the clear; the mode is what to check."""
    option = {Engine.POSTGRES: "sslmode", Engine.MYSQL: "tls"}[sick.engine]
    said = inconclusive(sick.reader, query=f"?{option}={mode}")
    assert "SSL" in said
    assert "TLS mode" in said.split("Next: ")[1]


def test_a_root_certificate_that_is_not_there(sick: Sick, tmp_path: Path) -> None:
    """A certificate file that cannot be read is named."""
    query = {Engine.POSTGRES: "?sslmode=verify-full&sslrootcert=", Engine.MYSQL: "?tls=verify-full&ca="}[sick.engine]
    said = inconclusive(sick.reader, query=f"{query}{tmp_path / 'missing.pem'}")
    # libpq asks the server first, which offers no TLS here, and never looks at the file.
    assert "missing.pem" in said or sick.engine is Engine.POSTGRES
    assert "certificate" in said


def test_tables_in_another_schema(postgres_server: PostgresServer, postgres_database: FreshDatabase) -> None:
    """`schema=` finds tables outside `public`; without it they are not there, and the sentence names the schema."""
    run(postgres_database.connection, "CREATE SCHEMA forge")
    run(postgres_database.connection, "SET search_path = forge")
    users_case(World.create(postgres_database.connection, Engine.POSTGRES, 16))
    assert isinstance(postgres_database.address, PostgresAddress)
    address = postgres_server.tcp_address(postgres_database.address.name)
    assert checked(address, query="?schema=forge").code == 10
    for query in ("", "?schema=elsewhere"):
        said = inconclusive(address, query=query)
        assert 'relation "action_runner" does not exist' in said
        assert "schema=" in said.split("Next: ")[1]


def test_app_ini(sick: Sick, tmp_path: Path) -> None:
    """Forgejo's own file names the same server, also where only --database-host leads to it from this machine."""
    assert sick.reader.password is not None
    place = f"127.0.0.1:{sick.reader.port}"
    for host, arguments in ((place, ()), ("db:5432", ("--database-host", place))):
        file = tmp_path / "app.ini"
        file.write_text(
            f"[database]\nDB_TYPE = {'postgres' if sick.engine is Engine.POSTGRES else 'mysql'}\nHOST = {host}\n"
            f"NAME = {sick.reader.name}\nUSER = {sick.reader.user}\nPASSWD = `{sick.reader.password.secret}`\n"
            f"SSL_MODE = {'disable' if sick.engine is Engine.POSTGRES else 'false'}\n"
        )
        ended = doctor("check", "--timeout", str(TIMEOUT), "--app-ini", file, *arguments)
        assert ended.code == 10, ended.out
        assert sick.reader.password.secret not in ended.out + ended.err


def test_app_ini_of_a_container(sick: Sick, tmp_path: Path) -> None:
    """A host that means something to the container only is inconclusive, and --database-host is named."""
    assert sick.reader.password is not None
    file = tmp_path / "app.ini"
    file.write_text(
        f"[database]\nDB_TYPE = {'postgres' if sick.engine is Engine.POSTGRES else 'mysql'}\nHOST = db.invalid\n"
        f"NAME = {sick.reader.name}\nUSER = {sick.reader.user}\nPASSWD = {sick.reader.password.secret}\n"
    )
    ended = doctor("check", "--timeout", str(TIMEOUT), "--app-ini", file)
    assert ended.code == 4
    assert "db.invalid" in ended.last_line
    assert "--database-host" in ended.last_line
    assert sick.reader.password.secret not in ended.out + ended.err
