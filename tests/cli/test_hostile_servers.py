"""A database server, or the environment, that would show the check something else than Forgejo's own rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress, TlsMode
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.sql.check import COUNT_RUNNERS
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Address
from support.access_page import login_with, page_grants
from support.command import Ended, doctor
from support.connection import FreshDatabase, run
from support.database_url import url_of
from support.mariadb_server import MariadbServer
from support.mysql_impostor import Impostor, impostor_asking_by
from support.postgres_impostor import impostor_asking_in_clear
from support.postgres_server import PostgresServer
from support.slow_line import dripping_line
from support.world import World, users_case

TIMEOUT = 2
"""Seconds given to each run as --timeout."""
SLACK = 5
"""Seconds a run may take beyond it: the start of a process on a busy machine, and the second after which we cut."""


def checked(address: Address, *, query: str = "", **variables: str) -> Ended:
    """One check of that address, with little patience and more variables in its environment."""
    url = url_of(address, query=query)
    return doctor("check", "--timeout", str(TIMEOUT), environment={"RSD_DATABASE_URL": url, **variables})


@pytest.fixture
def reader(postgres_server: PostgresServer, postgres_database: FreshDatabase) -> PostgresAddress:
    """The user's case on PostgreSQL behind the least credentials that see it."""
    users_case(World.create(postgres_database.connection, Engine.POSTGRES, 16))
    login = login_with(postgres_server, postgres_database, page_grants(Engine.POSTGRES, 16))
    assert isinstance(login, PostgresAddress)
    assert checked(login).code == 10  # so that any other end below is the work of what the test adds
    return login


@pytest.fixture
def fake(reader: PostgresAddress, postgres_database: FreshDatabase) -> str:
    """A second set of tables beside the server's, in a schema of its own, with a healthy row instead of the sick one."""
    run(postgres_database.connection, "CREATE SCHEMA fake")
    run(postgres_database.connection, "SET search_path = fake")
    users_case(World.create(postgres_database.connection, Engine.POSTGRES, 16))
    run(postgres_database.connection, "UPDATE action_runner SET owner_id = 0")
    run(postgres_database.connection, "RESET search_path")
    run(postgres_database.connection, f"GRANT USAGE ON SCHEMA fake TO {reader.user}")
    run(postgres_database.connection, f"GRANT SELECT ON ALL TABLES IN SCHEMA fake TO {reader.user}")
    return "fake"


@pytest.mark.parametrize("policy", ["owner_id = 0", "true"])
def test_row_level_security(reader: PostgresAddress, postgres_database: FreshDatabase, policy: str) -> None:
    """A role to which PostgreSQL shows only the rows a policy allows sees nothing for sure, until it has BYPASSRLS."""
    run(postgres_database.connection, "ALTER TABLE action_runner ENABLE ROW LEVEL SECURITY")
    run(postgres_database.connection, f"CREATE POLICY narrow ON action_runner FOR SELECT USING ({policy})")
    ended = checked(reader)
    assert ended.code == 4, ended.out
    assert "row-level security" in ended.last_line
    assert "BYPASSRLS" in ended.last_line.split("Next: ")[1]
    run(postgres_database.connection, f"ALTER ROLE {reader.user} BYPASSRLS")
    assert checked(reader).code == 10


@pytest.mark.parametrize(
    "variables",
    [
        {"PGOPTIONS": "-c search_path=fake"},
        {"PGSERVICE": "elsewhere"},
        {"PGSERVICE": "not-in-the-file"},
        {"PGHOSTADDR": "127.0.0.99"},
        {"PGTARGETSESSIONATTRS": "read-only"},
        {"PGSSLNEGOTIATION": "direct"},
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("fake")
def test_variables_of_libpq(reader: PostgresAddress, variables: dict[str, str], tmp_path: Path) -> None:
    """No variable that libpq obeys, and no service file, leads the check elsewhere than its own address says."""
    services = tmp_path / "services"
    services.write_text("[elsewhere]\noptions=-c search_path=fake\nhostaddr=127.0.0.99\n")
    ended = checked(reader, PGSERVICEFILE=str(services), **variables)
    assert ended.code == 10, ended.out


def test_the_password_may_stand_in_its_variable(reader: PostgresAddress) -> None:
    """PGPASSWORD is a credential and chooses nothing, so it is still taken."""
    assert reader.password is not None
    assert checked(replace(reader, password=None), PGPASSWORD=reader.password.secret).code == 10


def test_a_search_path_of_the_role(reader: PostgresAddress, fake: str, postgres_database: FreshDatabase) -> None:
    """A role led to another schema than `public` is told so in the report's address line; `schema=` decides over it."""
    assert "schema" not in checked(reader).out.splitlines()[0]
    run(postgres_database.connection, f"ALTER ROLE {reader.user} SET search_path = {fake}")
    ended = checked(reader)
    assert (ended.code, "HEALTHY" in ended.last_line) == (0, True)
    assert ended.out.splitlines()[0].endswith(f"{reader.port}, schema fake")
    assert checked(reader, query="?schema=public").code == 10


def test_tables_of_two_schemas_are_never_mixed(reader: PostgresAddress, postgres_database: FreshDatabase) -> None:
    """One table that is found before the server's own is not judged by what the others say."""
    run(postgres_database.connection, "CREATE SCHEMA fake")
    run(postgres_database.connection, "CREATE TABLE fake.action_runner AS SELECT * FROM public.action_runner")
    run(postgres_database.connection, "UPDATE fake.action_runner SET owner_id = 0")
    run(postgres_database.connection, f"GRANT USAGE ON SCHEMA fake TO {reader.user}")
    run(postgres_database.connection, f"GRANT SELECT ON fake.action_runner TO {reader.user}")
    run(postgres_database.connection, f"ALTER ROLE {reader.user} SET search_path = fake, public")
    assert checked(reader).code == 4


def test_a_temporary_table_left_in_a_pooled_session(reader: PostgresAddress) -> None:
    """PostgreSQL looks for temporary tables first by itself; for the check they never stand before the server's."""
    with opened_for_reading(reader, Patience(10)) as look:
        before = look.read(COUNT_RUNNERS)
        # As another user of the pool would have left it; the check itself can make none.
        look._connection.execute(  # type: ignore[attr-defined]  # no part of what a reader is
            "CREATE TEMPORARY TABLE action_runner (owner_id bigint, repo_id bigint, deleted bigint, agent_labels text)"
        )
        assert look.read(COUNT_RUNNERS) == before


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog"], ids=bytes.decode)
@pytest.mark.parametrize("mode", [TlsMode.DISABLE, TlsMode.PREFER], ids=lambda mode: mode.value)
def test_a_password_is_not_sent_in_clear(plugin: bytes, mode: TlsMode) -> None:
    """Whoever answers in place of a MySQL server and asks for the password itself does not get it."""
    password = Password(secret="swordfish-and-chips")
    with impostor_asking_by(plugin) as impostor:
        ended = checked(
            MysqlAddress(
                host="127.0.0.1", port=impostor.port, socket=None, name="forgejo", user="reader", password=password,
                tls=mode, tls_root_certificate=None,
            ),
            query=f"?tls={mode.value}",
        )  # fmt: skip
    assert ended.code == 4, ended
    assert b"reader" in impostor.heard
    assert password.secret.encode() not in impostor.heard
    assert "password in clear text" in ended.last_line
    assert "tls=verify-full" in ended.last_line.split("Next: ")[1]


@pytest.mark.parametrize("mode", [TlsMode.DISABLE, TlsMode.PREFER], ids=lambda mode: mode.value)
def test_a_password_is_not_sent_in_clear_to_postgres(mode: TlsMode) -> None:
    """Whoever answers in place of a PostgreSQL server and asks for the password itself does not get it either."""
    password = Password(secret="swordfish-and-chips")
    with impostor_asking_in_clear() as impostor:
        ended = checked(_of_impostor(impostor, password), query=f"?sslmode={mode.value}")
    assert ended.code == 4, ended
    assert b"reader" in impostor.heard
    assert password.secret.encode() not in impostor.heard
    assert "cleartext password" in ended.last_line
    assert "sslmode=verify-full" in ended.last_line.split("Next: ")[1]


def test_who_wants_the_password_sent_in_clear_can_say_so() -> None:
    """libpq's own PGREQUIREAUTH goes before ours, for a server whose passwords are held elsewhere, such as in LDAP."""
    password = Password(secret="swordfish-and-chips")
    with impostor_asking_in_clear() as impostor:
        ended = checked(_of_impostor(impostor, password), PGREQUIREAUTH="password")
    assert ended.code == 4, ended
    assert password.secret.encode() in impostor.heard


def _of_impostor(impostor: Impostor, password: Password) -> PostgresAddress:
    return PostgresAddress(
        host="127.0.0.1", port=impostor.port, name="forgejo", user="reader", password=password, schema=None,
        tls=TlsMode.PREFER, tls_root_certificate=None,
    )  # fmt: skip


@pytest.mark.parametrize("limit", [0, 1])
def test_a_server_that_shortens_answers(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase, limit: int
) -> None:
    """Answers that a server-wide sql_select_limit cuts short are no answers; the variable is named."""
    users_case(World.create(mariadb_database.connection, Engine.MYSQL, 16))
    login = login_with(mariadb_server, mariadb_database, page_grants(Engine.MYSQL, 16))
    run(mariadb_database.connection, f"SET GLOBAL sql_select_limit = {limit}")
    try:
        ended = checked(login)
    finally:
        run(mariadb_database.connection, "SET GLOBAL sql_select_limit = DEFAULT")
    assert ended.code == 4, ended.out
    assert "sql_select_limit" in ended.last_line
    assert checked(login).code == 10


@pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])
@pytest.mark.parametrize("after_bytes", [0, 2000])
def test_a_server_that_drips(
    engine: Engine,
    request: pytest.FixtureRequest,
    fresh_database: Callable[[Engine], FreshDatabase],
    after_bytes: int,
) -> None:
    """An answer that comes a byte at a time, in the login or in a read, ends with the time limit."""
    database = fresh_database(engine)
    users_case(World.create(database.connection, engine, 16))
    login = login_with(request.getfixturevalue(SERVERS[engine]), database, page_grants(engine, 16))
    with dripping_line(login.port, after_bytes=after_bytes) as port:
        begun = time.monotonic()
        ended = checked(replace(login, port=port))
        took = time.monotonic() - begun
    assert took < TIMEOUT + SLACK
    assert ended.code == 4, ended.out
    assert "did not answer within the time limit" in ended.last_line
