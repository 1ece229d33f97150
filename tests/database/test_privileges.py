"""What credentials could write, asked of the engines themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.tables.privileges import write_power
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase, run
from support.logins import Grant, mariadb_login, postgres_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.world import World

READ = Grant(privilege="SELECT", table="action_runner")
ONE_TABLE = [
    ((), None),
    ((Grant(privilege="SELECT", table="action_runner", columns=("id", "owner_id")),), None),
    ((Grant(privilege="UPDATE", table="action_runner", columns=("owner_id",)),), "it may UPDATE action_runner"),
    ((Grant(privilege="INSERT", table="action_runner", columns=("name",)),), "it may INSERT action_runner"),
    ((Grant(privilege="DELETE", table="action_runner"),), "it may DELETE action_runner"),
    ((Grant(privilege="TRIGGER", table="action_runner"),), "it may TRIGGER action_runner"),
    ((Grant(privilege="UPDATE", table="user", columns=("name",)),), "it may UPDATE user"),
    (
        (Grant(privilege="UPDATE", table="user"), Grant(privilege="INSERT, UPDATE", table="action_runner")),
        "it may INSERT, UPDATE action_runner, and write to 1 other table",
    ),
]


def power(address: DatabaseAddress) -> str | None:
    """What `write_power` says over these credentials."""
    with opened_for_reading(address, Patience(10)) as reader:
        return write_power(reader, address)


@pytest.fixture
def postgres(postgres_database: FreshDatabase) -> FreshDatabase:
    """A PostgreSQL database with Forgejo's tables."""
    World.create(postgres_database.connection, Engine.POSTGRES, 15)
    return postgres_database


@pytest.fixture
def mariadb(mariadb_database: FreshDatabase) -> FreshDatabase:
    """A MariaDB database with Forgejo's tables."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15)
    return mariadb_database


@pytest.fixture
def role(postgres: FreshDatabase) -> Iterator[str]:
    """A PostgreSQL role without login, gone after the test although roles belong to the whole server."""
    run(postgres.connection, "CREATE ROLE deployer NOLOGIN")
    yield "deployer"
    run(postgres.connection, "REASSIGN OWNED BY deployer TO postgres")
    run(postgres.connection, "DROP OWNED BY deployer")
    run(postgres.connection, "DROP ROLE deployer")


@pytest.fixture
def mariadb_role(mariadb: FreshDatabase) -> Iterator[str]:
    """A MariaDB role, gone after the test although roles belong to the whole server."""
    run(mariadb.connection, "CREATE ROLE deployer")
    yield "deployer"
    run(mariadb.connection, "DROP ROLE deployer")


@pytest.mark.parametrize(("grants", "said"), ONE_TABLE)
def test_a_right_on_a_table_is_named_on_postgres(
    postgres_server: PostgresServer, postgres: FreshDatabase, grants: tuple[Grant, ...], said: str | None
) -> None:
    """Every right that changes rows, on any of Forgejo's tables or columns, is told; SELECT alone is not."""
    assert power(postgres_login(postgres_server, postgres, grants)) == said


@pytest.mark.parametrize(("grants", "said"), ONE_TABLE)
def test_a_right_on_a_table_is_named_on_mariadb(
    mariadb_server: MariadbServer, mariadb: FreshDatabase, grants: tuple[Grant, ...], said: str | None
) -> None:
    """Every right that changes rows, on any of Forgejo's tables or columns, is told; SELECT alone is not."""
    assert power(mariadb_login(mariadb_server, mariadb, (READ, *grants))) == said


def test_a_postgres_superuser_and_who_may_become_one(postgres_server: PostgresServer, postgres: FreshDatabase) -> None:
    """A superuser's rights stand in no grant, and membership in its role is as good."""
    assert power(postgres.address) == "it is a superuser"
    member = postgres_login(postgres_server, postgres, ())
    run(postgres.connection, f"GRANT postgres TO {member.user} WITH INHERIT FALSE")
    assert power(member) == "it may act as postgres, which is a superuser"


@pytest.mark.parametrize(
    ("ownership", "what"),
    [
        ("ALTER TABLE action_runner OWNER TO", "the table action_runner"),
        ("ALTER SCHEMA public OWNER TO", "the schema of action_runner"),
    ],
)
def test_who_owns_what_the_runners_are_in_on_postgres(
    postgres_server: PostgresServer, postgres: FreshDatabase, role: str, ownership: str, what: str
) -> None:
    """An owner may do all and drop it, also one whose role must be taken on by SET ROLE first."""
    login = postgres_login(postgres_server, postgres, ())
    run(postgres.connection, f"{ownership} {role}")
    assert power(login) is None
    run(postgres.connection, f"GRANT {role} TO {login.user} WITH INHERIT FALSE")
    assert power(login) == f"it may act as deployer, which owns {what}"
    run(postgres.connection, f"{ownership} {login.user}")
    assert power(login) == f"it owns {what}"


def test_a_grant_through_a_role_counts_on_postgres(
    postgres_server: PostgresServer, postgres: FreshDatabase, role: str
) -> None:
    """A right of a role counts for its members, whether they inherit it or must take the role on first."""
    login = postgres_login(postgres_server, postgres, ())
    run(postgres.connection, f"GRANT TRUNCATE ON action_runner TO {role}")
    assert power(login) is None
    for way in ("INHERIT TRUE", "INHERIT FALSE, SET TRUE"):
        run(postgres.connection, f"GRANT {role} TO {login.user} WITH {way}")
        assert power(login) == "it may TRUNCATE action_runner", way


def test_rights_on_everything_count_on_postgres(postgres_server: PostgresServer, postgres: FreshDatabase) -> None:
    """Roles that the server itself comes with reach every table, or the machine."""
    writer, runner = (postgres_login(postgres_server, postgres, ()) for _ in range(2))
    run(postgres.connection, f"GRANT pg_write_all_data TO {writer.user}")
    said = power(writer)
    assert said is not None
    assert said.startswith("it may INSERT, UPDATE, DELETE action_runner, and write to ")
    run(postgres.connection, f"GRANT pg_execute_server_program TO {runner.user}")
    said = power(runner)
    assert said is not None
    assert said.startswith("it may act as pg_execute_server_program, which may write files or run programs")


def test_an_administrator_of_mariadb(mariadb: FreshDatabase) -> None:
    """Rights on the whole server come first, the worst of them by name."""
    said = power(mariadb.address)
    assert said is not None
    assert said.startswith("it may SUPER, INSERT, UPDATE, DELETE, DROP and ")
    assert said.endswith(" more on the whole database server")


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ("UPDATE ON `{name}`.*", "it may UPDATE on the database {name}"),
        (r"UPDATE ON `forgejo\_%`.*", "it may UPDATE on the database {name}"),
        ("UPDATE ON `%`.*", "it may UPDATE on the database {name}"),
        (r"UPDATE ON `gitea\_%`.*", None),
        ("UPDATE ON `mysql`.*", "it may UPDATE on the database mysql"),
        ("CREATE TEMPORARY TABLES ON `{name}`.*", None),
        ("SUPER ON *.*", "it may SUPER on the whole database server"),
        ("CREATE USER ON *.*", "it may CREATE USER on the whole database server"),
        ("PROCESS ON *.*", None),
    ],
)
def test_a_right_on_more_than_a_table_on_mariadb(
    mariadb_server: MariadbServer, mariadb: FreshDatabase, right: str, said: str | None
) -> None:
    """A right on the database counts however its pattern is written, one on another database does not."""
    login = mariadb_login(mariadb_server, mariadb, (READ,))
    run(mariadb.connection, f"GRANT {right.format(name=login.name)} TO '{login.user}'@'%'")
    assert power(login) == (None if said is None else said.format(name=login.name))


def test_passing_rights_on_counts_on_mariadb(mariadb_server: MariadbServer, mariadb: FreshDatabase) -> None:
    """GRANT OPTION writes to the server's accounts, whatever the right it goes with."""
    login = mariadb_login(mariadb_server, mariadb, ())
    run(mariadb.connection, f"GRANT SELECT ON {login.name}.action_runner TO '{login.user}'@'%' WITH GRANT OPTION")
    assert power(login) == "it may GRANT OPTION action_runner"


def test_an_account_with_an_at_sign_is_found_on_mariadb(mariadb: FreshDatabase, mariadb_server: MariadbServer) -> None:
    """The account's own grants are found whatever stands in its name."""
    login = mariadb_login(mariadb_server, mariadb, ())
    run(mariadb.connection, f"RENAME USER '{login.user}'@'%' TO 'check@host'@'127.0.0.1'")
    run(mariadb.connection, f"GRANT DELETE ON {login.name}.action_runner TO 'check@host'@'127.0.0.1'")
    try:
        renamed = mariadb_server.tcp_address(login.name, user="check@host", password=login.password)
        assert power(renamed) == "it may DELETE action_runner"
    finally:
        run(mariadb.connection, "DROP USER 'check@host'@'127.0.0.1'")


def test_a_role_on_mariadb_is_never_called_harmless(
    mariadb_server: MariadbServer, mariadb: FreshDatabase, mariadb_role: str
) -> None:
    """The server hides a role's rights from its members, and that is said; an active role's UPDATE is seen."""
    login = mariadb_login(mariadb_server, mariadb, (READ,))
    run(mariadb.connection, f"GRANT UPDATE ON {login.name}.action_runner TO {mariadb_role}")
    run(mariadb.connection, f"GRANT {mariadb_role} TO '{login.user}'@'%'")
    assert power(login) == "what its roles may do cannot be seen from here (deployer)"
    run(mariadb.connection, f"SET DEFAULT ROLE {mariadb_role} FOR '{login.user}'@'%'")
    assert power(login) == "it may UPDATE action_runner"


@pytest.fixture
def to_everybody(mariadb: FreshDatabase) -> Iterator[Callable[[str], None]]:
    """Grants to PUBLIC, taken back after the test: they belong to the whole server."""
    given: list[str] = []

    def give(what: str) -> None:
        run(mariadb.connection, f"GRANT {what} TO PUBLIC")
        given.append(what)

    yield give
    for what in given:
        run(mariadb.connection, f"REVOKE {what} FROM PUBLIC")


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ("DELETE ON `{name}`.`action_runner`", "DELETE ON `{name}`.`action_runner`"),
        ("INSERT (`name`) ON `{name}`.`user`", "INSERT (`name`) ON `{name}`.`user`"),
        ("SELECT, TRIGGER ON `{name}`.`user`", "SELECT, TRIGGER ON `{name}`.`user`"),
        ("DROP ON `{name}`.*", "DROP ON `{name}`.*"),
        (r"DELETE ON `forgejo\_%`.*", r"DELETE ON `forgejo\_%`.*"),
        (r"DELETE ON `test\_%`.*", None),
        ("UPDATE ON `mysql`.*", "UPDATE ON `mysql`.*"),
        ("INSERT ON *.*", "INSERT ON *.*"),
        ("SELECT ON *.*", None),
        ("SELECT (`id`, `name`) ON `{name}`.`action_runner`", None),
        ("EXECUTE ON `{name}`.*", None),
        ("INSERT (`odd, ON t) x`) ON `{name}`.`odd ON t`", "INSERT (`odd, ON t) x`) ON `{name}`.`odd ON t`"),
    ],
)
def test_what_everybody_may_counts_on_mariadb(
    mariadb_server: MariadbServer,
    mariadb: FreshDatabase,
    to_everybody: Callable[[str], None],
    right: str,
    said: str | None,
) -> None:
    """A right of PUBLIC that changes Forgejo's or the server's own tables is told with whose it is; reading is not."""
    login = mariadb_login(mariadb_server, mariadb, (READ,))
    run(mariadb.connection, "CREATE TABLE `odd ON t` (`odd, ON t) x` INT)")
    to_everybody(right.format(name=login.name))
    assert power(login) == (
        None if said is None else f"it may, as everybody may (PUBLIC): {said.format(name=login.name)}"
    )


def test_a_role_of_everybody_on_mariadb_is_never_called_harmless(
    mariadb_server: MariadbServer, mariadb: FreshDatabase, mariadb_role: str, to_everybody: Callable[[str], None]
) -> None:
    """A role that everybody has is one of the account's own."""
    login = mariadb_login(mariadb_server, mariadb, (READ,))
    to_everybody(mariadb_role)
    assert power(login) == "what its roles may do cannot be seen from here (deployer)"


def test_only_catalogs_are_asked(postgres_server: PostgresServer, postgres: FreshDatabase) -> None:
    """A credential without any right is asked about as well, so that the question needs no grant."""
    login = postgres_login(postgres_server, postgres, ())
    run(postgres.connection, f"REVOKE USAGE ON SCHEMA public FROM {login.user}")
    assert power(login) is None


def test_a_gone_server_is_a_sentence(postgres_server: PostgresServer, postgres: FreshDatabase) -> None:
    """A connection that ends while the question is asked raises SourceUnavailable, not a driver's error."""
    login = postgres_login(postgres_server, postgres, ())
    with opened_for_reading(login, Patience(10)) as reader:
        run(
            postgres.connection,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login.user}'",
        )
        with pytest.raises(SourceUnavailable, match=r"terminat|closed"):
            write_power(reader, login)
