"""A database server that has no connection free is asked again until the time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Address, Server
from support.access_page import login_with, page_grants
from support.command import Ended, doctor
from support.connection import FreshDatabase, run
from support.database_url import url_of
from support.world import World, users_case


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def crowded(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> tuple[Address, Callable[[], None]]:
    """The user's case behind a login that gets no connection, and a way to let it in."""
    engine: Engine = request.param
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    users_case(World.create(database.connection, engine, 15))
    login = login_with(server, database, page_grants(engine, 15))
    if engine is Engine.POSTGRES:
        run(database.connection, f'ALTER ROLE "{login.user}" CONNECTION LIMIT 0')
        return login, lambda: _ignored(run(database.connection, f'ALTER ROLE "{login.user}" CONNECTION LIMIT 5'))
    accounts = run(database.connection, "SELECT host FROM mysql.user WHERE user = %s", (login.user,))
    account = f"'{login.user}'@'{accounts[0][0]}'"
    run(database.connection, f"ALTER USER {account} WITH MAX_CONNECTIONS_PER_HOUR 1")
    doctor("check", environment={"RSD_DATABASE_URL": url_of(login)})  # uses up the one that is allowed
    return login, lambda: _ignored(run(database.connection, f"ALTER USER {account} WITH MAX_CONNECTIONS_PER_HOUR 0"))


def _ignored(_: object) -> None:
    """For a statement whose rows nobody wants."""


def checked(address: Address, seconds: float) -> Ended:
    return doctor("check", "--timeout", str(seconds), environment={"RSD_DATABASE_URL": url_of(address)})


def test_a_server_without_room_is_inconclusive(crowded: tuple[Address, Callable[[], None]]) -> None:
    """When no connection comes free in time the check ends with 4 and the server's reason."""
    ended = checked(crowded[0], 0.5)
    assert ended.code == 4, ended
    assert "took no connection within the time limit" in ended.last_line


def test_a_connection_that_comes_free_in_time_is_taken(crowded: tuple[Address, Callable[[], None]]) -> None:
    """A check that finds the server full looks as soon as it is let in."""
    address, let_in = crowded
    opener = threading.Timer(1, let_in)
    opener.start()
    ended = checked(address, 20)
    opener.join()
    assert ended.code == 10, ended
