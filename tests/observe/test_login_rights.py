"""What a login lacks and has too much is told right by right, on real servers with accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.host.login_terms import WaitingJobs, terms_of
from runner_scope_doctor.model.host import ConnectionPurpose, Connections, DatabaseUrlFile
from runner_scope_doctor.model.self_test import LoginTerms, Standing
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.observe.login_rights import judged_rights
from support.access_case import SERVERS, Address, Server
from support.access_page import Kind, login_with, page_grants, without
from support.connection import FreshDatabase, run
from support.host_texts import SMALLEST, parsed
from support.repair_page import Account, Part, RepairGrant, account_with, left_out, nothing_for_everyone, repair_grants
from support.world import World

MAJOR = 16
PARTS = {
    Account.APPROVAL: (Part.APPROVAL,),
    Account.BACKUP: (Part.BACKUP,),
    Account.REPAIR: (Part.REPAIR,),
}
"""What each of these logins is given."""
LEFT_OUT = [
    pytest.param(engine, account, missing, rest, id=f"{engine.value}-{missing.label}")
    for engine in SERVERS
    for account, parts in PARTS.items()
    for missing, rest in list(left_out(repair_grants(engine, MAJOR, *parts)))[
        :: 8 if account is Account.APPROVAL else 1
    ]
    if missing.right != "CONNECT"
]
CHECK_COLUMNS = [
    pytest.param(engine, grant.table, column, id=f"{engine.value}-{grant.table}.{column}")
    for engine in SERVERS
    for grant in page_grants(engine, MAJOR)
    if grant.kind is Kind.REQUIRED
    for column in grant.columns[::4]
]
ENGINES = pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])
SECRETS = [
    ("action_runner", "token_hash"),
    ("action_runner", "token_salt"),
    ("secret", "data"),
    ("user", "passwd"),
]
MORE_ON_BOTH = [
    ("GRANT INSERT ON action_runner TO {login}", "INSERT on the whole table action_runner"),
    ("GRANT DELETE ON action_runner TO {login}", "DELETE on the whole table action_runner"),
    ("GRANT UPDATE (repo_id, name) ON action_runner TO {login}", "UPDATE (name, repo_id) on action_runner"),
    (
        "GRANT UPDATE ON action_runner TO {login}",
        "UPDATE on the whole table action_runner",
    ),
    ("GRANT TRIGGER ON repository TO {login}", "TRIGGER on the whole table repository"),
    ("GRANT REFERENCES ON secret TO {login}", "REFERENCES on the whole table secret"),
    ("GRANT SELECT (login_name) ON {user} TO {login}", "SELECT (login_name) on user"),
    ("GRANT SELECT ON secret TO {login}", "SELECT on the whole table secret, data included"),
]
"""A statement, and the right that is told."""
MORE = {
    Engine.POSTGRES: [
        *MORE_ON_BOTH,
        ("GRANT TRUNCATE ON action_runner TO {login}", "TRUNCATE on the whole table action_runner"),
        ("GRANT USAGE ON SEQUENCE action_runner_id_seq TO {login}", "USAGE on the whole table action_runner_id_seq"),
        ("GRANT CREATE ON SCHEMA public TO {login}", "may CREATE in the schema public"),
        ("GRANT CREATE ON DATABASE {database} TO {login}", "may CREATE schemas in the database"),
        ("ALTER ROLE {login} SUPERUSER", "is a superuser"),
        ("ALTER ROLE {login} CREATEROLE", "may create roles (CREATEROLE)"),
        ("ALTER ROLE {login} CREATEDB", "may create databases (CREATEDB)"),
        ("ALTER ROLE {login} REPLICATION", "may copy the whole server (REPLICATION)"),
        ("ALTER ROLE {login} BYPASSRLS", "sees what row security hides (BYPASSRLS)"),
        ("GRANT pg_read_all_data TO {login}", "may act as pg_read_all_data, which is one of the server's own roles"),
        ("ALTER TABLE repository OWNER TO {login}", "owns tables: 1, repository among them"),
        ("ALTER SCHEMA public OWNER TO {login}", "owns the schema public"),
        ("ALTER DATABASE {database} OWNER TO {login}", "owns the database"),
        ("GRANT SELECT (id) ON secret TO {login} WITH GRANT OPTION", "GRANT OPTION (id) on secret"),
        ("GRANT SELECT (passwd) ON {user} TO PUBLIC", "SELECT (passwd) on user"),
        (
            "CREATE SCHEMA beside; CREATE TABLE beside.notes (id INT); GRANT INSERT ON beside.notes TO {login}",
            "INSERT on the whole table beside.notes",
        ),
        (
            "CREATE FUNCTION powerful() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "may call powerful, which runs with its owner's rights (SECURITY DEFINER)",
        ),
        ("GRANT SELECT ON pg_authid TO {login}", "SELECT on the whole table pg_catalog.pg_authid"),
        ("GRANT SELECT (rolpassword) ON pg_authid TO PUBLIC", "SELECT (rolpassword) on pg_catalog.pg_authid"),
        (
            "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO {login}",
            "may call pg_read_file, which PostgreSQL keeps from everybody",
        ),
    ],
    Engine.MYSQL: [
        *MORE_ON_BOTH,
        ("GRANT DROP ON action_runner TO {login}", "DROP on the whole table action_runner"),
        ("GRANT ALTER ON action_runner TO {login}", "ALTER on the whole table action_runner"),
        ("GRANT CREATE ON {database}.* TO {login}", "may CREATE on the whole database {database}"),
        ("GRANT SELECT ON mysql.* TO {login}", "may SELECT on the whole database mysql"),
        ("GRANT SELECT ON mysql.db TO {login}", "SELECT on the whole table mysql.db"),
        ("GRANT FILE ON *.* TO {login}", "may FILE on the whole database server"),
        ("GRANT SUPER ON *.* TO {login}", "may SUPER on the whole database server"),
        ("GRANT PROXY ON root TO {login}", "may act as another account (PROXY)"),
        ("GRANT SELECT (id) ON secret TO {login} WITH GRANT OPTION", "GRANT OPTION on the whole table secret"),
        (
            "GRANT DELETE ON action_runner TO PUBLIC",
            "may, as everybody may (PUBLIC): DELETE ON `{database}`.`action_runner`",
        ),
        ("GRANT DROP ON {database}.* TO PUBLIC", "may, as everybody may (PUBLIC): DROP ON `{database}`.*"),
    ],
}
TOO_MUCH = [
    pytest.param(engine, statement, said, id=f"{engine.value}-{statement[:60]}")
    for engine, rows in MORE.items()
    for statement, said in rows
]


@pytest.fixture
def database(engine: Engine, fresh_database: Callable[[Engine], FreshDatabase]) -> FreshDatabase:
    """A Forgejo 16 of the test's own."""
    found = fresh_database(engine)
    World.create(found.connection, engine, MAJOR)
    nothing_for_everyone(found)
    return found


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Callable[[Engine], FreshDatabase]]:
    """One such database per engine, for tests that only add logins to it."""
    made: dict[Engine, FreshDatabase] = {}
    with ExitStack() as stack:

        def database(engine: Engine) -> FreshDatabase:
            if engine not in made:
                server: Server = request.getfixturevalue(SERVERS[engine])
                made[engine] = stack.enter_context(server.fresh_database())
                World.create(made[engine].connection, engine, MAJOR)
                nothing_for_everyone(made[engine])
            return made[engine]

        yield database


def terms(purpose: ConnectionPurpose, engine: Engine, waiting: WaitingJobs = WaitingJobs.UNLIMITED) -> LoginTerms:
    """Those of a host that has a login for each purpose and no environment."""
    url = DatabaseUrlFile(path=Path("/etc/one.url"))
    own = DatabaseUrlFile(path=Path("/etc/approval.url"))
    host = replace(parsed(SMALLEST), connections=Connections(check=url, approval=own, backup=url, repair=url))
    return terms_of(host, purpose, engine, MAJOR, waiting)


def told(address: Address, given: LoginTerms) -> list[tuple[Standing, str]]:
    """Everything but what is right."""
    with opened_for_reading(address, Patience(10)) as reader:
        lines = judged_rights(reader, given)
    assert all(line.subject == given.purpose.value for line in lines)
    return [(line.standing, line.sentence) for line in lines if line.standing is not Standing.RIGHT]


@ENGINES
def test_the_pages_grants_are_right(
    engine: Engine, request: pytest.FixtureRequest, shared: Callable[[Engine], FreshDatabase]
) -> None:
    """Each login with the grants of its page, and with what the page offers beside them, is all right."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    required = tuple(grant for grant in page_grants(engine, MAJOR) if grant.kind is Kind.REQUIRED)
    for grants in (required, page_grants(engine, MAJOR)):
        assert told(login_with(server, shared(engine), grants), terms(ConnectionPurpose.CHECK, engine)) == []
    for account, parts in {**PARTS, Account.APPROVAL: (Part.APPROVAL, Part.ADMINS)}.items():
        address = account_with(server, shared(engine), account, repair_grants(engine, MAJOR, *parts))
        assert told(address, terms(ConnectionPurpose(account.value), engine)) == []


@pytest.mark.parametrize(("engine", "account", "missing", "rest"), LEFT_OUT)
def test_what_is_left_out_is_missing(
    engine: Engine,
    account: Account,
    missing: RepairGrant,
    rest: tuple[RepairGrant, ...],
    request: pytest.FixtureRequest,
    shared: Callable[[Engine], FreshDatabase],
) -> None:
    """Each right of approval, backup and repair that is left out is named as it stands in the statement, and no other is."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    address = account_with(server, shared(engine), account, rest)
    (line,) = told(address, terms(ConnectionPurpose(account.value), engine))
    assert line[0] is Standing.MISSING
    if missing.right == "USAGE":
        assert line[1].startswith("USAGE on the schema")
    else:
        columns = f" ({', '.join(missing.columns)})" if missing.columns else ""
        assert line[1] == f"{missing.right}{columns} on {missing.on}"


@pytest.mark.parametrize(("engine", "table", "column"), CHECK_COLUMNS)
def test_a_column_the_check_lacks_is_missing(
    engine: Engine,
    table: str,
    column: str,
    request: pytest.FixtureRequest,
    shared: Callable[[Engine], FreshDatabase],
) -> None:
    """A required column that is left out is named with its table."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    address = login_with(server, shared(engine), without(page_grants(engine, MAJOR), table, column))
    given = terms(ConnectionPurpose.CHECK, engine)
    assert told(address, given) == [(Standing.MISSING, f"SELECT ({column}) on {table}")]


@ENGINES
def test_a_contracts_limit_makes_the_tables_of_jobs_necessary(
    engine: Engine, request: pytest.FixtureRequest, shared: Callable[[Engine], FreshDatabase]
) -> None:
    """With a `max_wait` the check must read jobs and runs, which are optional without one."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    required = tuple(grant for grant in page_grants(engine, MAJOR) if grant.kind is Kind.REQUIRED)
    address = login_with(server, shared(engine), required)
    found = told(address, terms(ConnectionPurpose.CHECK, engine, WaitingJobs.LIMITED))
    assert {standing for standing, _ in found} == {Standing.MISSING}
    assert {sentence.rpartition(" on ")[2] for _, sentence in found} == {"action_run_job", "action_run"}


@ENGINES
@pytest.mark.parametrize(("table", "column"), SECRETS)
def test_a_secret_column_is_more(
    engine: Engine, table: str, column: str, server: Server, shared: Callable[[Engine], FreshDatabase]
) -> None:
    """SELECT on one column of hashes, salts, secrets or passwords is named, for the login that may read the rest of the row."""
    database = shared(engine)
    address = login_with(server, database, page_grants(engine, MAJOR))
    run(database.connection, f"GRANT SELECT ({column}) ON {quoted(engine, table)} TO {account_of(engine, address)}")
    assert told(address, terms(ConnectionPurpose.CHECK, engine)) == [(Standing.MORE, f"SELECT ({column}) on {table}")]


@pytest.mark.parametrize(("engine", "statement", "said"), TOO_MUCH)
def test_every_right_beyond_is_more(
    engine: Engine, statement: str, said: str, server: Server, database: FreshDatabase
) -> None:
    """Each right that no page gives, on rows, on tables, on the server or through a role, is named for the repair's login."""
    address = account_with(server, database, Account.REPAIR, repair_grants(engine, MAJOR, Part.REPAIR))
    names = {"login": account_of(engine, address), "user": quoted(engine, "user"), "database": address.name}
    for one in statement.format(**names).split("; "):
        run(database.connection, one)
    try:
        found = told(address, terms(ConnectionPurpose.REPAIR, engine))
    finally:
        if engine is Engine.POSTGRES:
            run(database.connection, f"ALTER DATABASE {address.name} OWNER TO CURRENT_USER")
        elif statement.endswith("TO PUBLIC"):  # which belongs to the whole server
            run(database.connection, statement.format(**names).replace("GRANT", "REVOKE").replace("TO PUB", "FROM PUB"))
    assert (Standing.MORE, said.format(**names)) in found
    assert {standing for standing, _ in found} == {Standing.MORE}


@pytest.mark.parametrize("engine", [Engine.POSTGRES])
@pytest.mark.parametrize("grantee", ["PUBLIC", "{login}"])
def test_what_postgres_gives_everybody_may_be_given_once_more(
    engine: Engine, grantee: str, server: Server, database: FreshDatabase
) -> None:
    """A GRANT on a function that everybody may call writes that out in the catalog, and gives nothing."""
    address = account_with(server, database, Account.REPAIR, repair_grants(engine, MAJOR, Part.REPAIR))
    whom = grantee.format(login=account_of(engine, address))
    run(database.connection, f"GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO {whom}")
    assert told(address, terms(ConnectionPurpose.REPAIR, engine)) == []


@ENGINES
def test_the_fence_is_more_until_it_is_taken_away(engine: Engine, server: Server, database: FreshDatabase) -> None:
    """The counter fence's rights are named for the repair's login: they are for one plan."""
    grants = repair_grants(engine, MAJOR, Part.REPAIR, Part.FENCE)
    address = account_with(server, database, Account.REPAIR, grants)
    assert told(address, terms(ConnectionPurpose.REPAIR, engine)) == [
        (Standing.MORE, "UPDATE (version) on action_tasks_version"),
        (Standing.MORE, "SELECT (owner_id, repo_id, version) on action_tasks_version"),
    ]


@ENGINES
def test_a_right_through_a_role_is_seen_or_said_to_be_unseen(
    engine: Engine, server: Server, database: FreshDatabase
) -> None:
    """PostgreSQL tells what a role may do; MySQL and MariaDB do not, so the role itself is named."""
    address = account_with(server, database, Account.REPAIR, repair_grants(engine, MAJOR, Part.REPAIR))
    role = f"deployer_{address.user[-8:]}"
    run(database.connection, f"CREATE ROLE {role}")
    try:
        run(database.connection, f"GRANT DELETE ON action_runner TO {role}")
        run(database.connection, f"GRANT {role} TO {account_of(engine, address)}")
        ((standing, said),) = told(address, terms(ConnectionPurpose.REPAIR, engine))
    finally:
        if engine is Engine.POSTGRES:
            run(database.connection, f"DROP OWNED BY {role}")
        run(database.connection, f"DROP ROLE {role}")
    assert standing is Standing.MORE
    assert (
        said
        == {
            Engine.POSTGRES: "DELETE on the whole table action_runner",
            Engine.MYSQL: f"has the role {role}, whose rights the server does not show",
        }[engine]
    )


@ENGINES
def test_of_many_rights_ten_are_named(engine: Engine, server: Server, database: FreshDatabase) -> None:
    """A login that may read every table gets no page of lines: secrets come first, and the rest is counted."""
    address = account_with(server, database, Account.REPAIR, repair_grants(engine, MAJOR, Part.REPAIR))
    tables = run(database.connection, TABLES[engine])
    for (table,) in tables:
        run(database.connection, f"GRANT SELECT ON {quoted(engine, table)} TO {account_of(engine, address)}")
    found = told(address, terms(ConnectionPurpose.REPAIR, engine))
    assert len(found) == 11
    assert found[-1] == (Standing.MORE, f"and {len(tables) - 10} rights on tables beside these")
    assert "token_hash" in found[0][1]


TABLES = {
    Engine.POSTGRES: "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    Engine.MYSQL: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
}


def account_of(engine: Engine, address: Address) -> str:
    """As a GRANT names it."""
    return address.user if engine is Engine.POSTGRES else f"'{address.user}'@'%'"


def quoted(engine: Engine, table: str) -> str:
    return f'"{table}"' if engine is Engine.POSTGRES else f"`{table}`"


@pytest.fixture
def server(engine: Engine, request: pytest.FixtureRequest) -> Server:
    """The engine's server."""
    found: Server = request.getfixturevalue(SERVERS[engine])
    return found
