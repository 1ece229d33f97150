"""The approval's grants of docs/access-repair.md are enough for a dispatch, and none can be spared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.connection import FreshDatabase
from support.dispatches import DispatchServer, dispatch_server
from support.empty_server import EmptyServer
from support.repair_page import (
    Account,
    Part,
    RepairGrant,
    account_with,
    left_out,
    nothing_for_everyone,
    repair_grants,
)

LEFT_OUT = [
    pytest.param(engine, missing, rest, id=f"{engine.value}-{missing.label}")
    for engine in SERVERS
    for missing, rest in left_out(repair_grants(engine, 16, Part.APPROVAL))
]


def case(database: FreshDatabase, major: int) -> DispatchServer:
    """A server whose tables nobody may read without a grant."""
    empty = EmptyServer(engine=database.engine, address=database.address, database=database)
    nothing_for_everyone(database)
    return dispatch_server(empty, major)


@pytest.mark.parametrize("engine", SERVERS, ids=[engine.value for engine in SERVERS])
@pytest.mark.parametrize("major", [8, 11, 14, 15, 16])
def test_the_pages_grants_are_enough(
    engine: Engine, major: int, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """With them and nothing else a dispatch is judged, and the timer finds it."""
    database = fresh_database(engine)
    server: Server = request.getfixturevalue(SERVERS[engine])
    everything = case(database, major)
    run_id = everything.dispatch()
    login = account_with(server, database, Account.APPROVAL, repair_grants(engine, major, Part.APPROVAL))
    limited = replace(everything, address=login)
    assert isinstance(limited.judged(run_id), Approval)
    assert limited.waiting() == (run_id,)


@pytest.fixture(scope="module")
def dispatched(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[Engine], tuple[FreshDatabase, DispatchServer, int]]]:
    """One server of Forgejo 16 per engine with an honest dispatch, for logins that are all refused."""
    made: dict[Engine, tuple[FreshDatabase, DispatchServer, int]] = {}
    with ExitStack() as stack:

        def get(engine: Engine) -> tuple[FreshDatabase, DispatchServer, int]:
            if engine not in made:
                server: Server = request.getfixturevalue(SERVERS[engine])
                database = stack.enter_context(server.fresh_database())
                everything = case(database, 16)
                made[engine] = (database, everything, everything.dispatch())
            return made[engine]

        yield get


@pytest.mark.parametrize(("engine", "missing", "rest"), LEFT_OUT)
def test_no_grant_can_be_spared(
    engine: Engine,
    missing: RepairGrant,
    rest: tuple[RepairGrant, ...],
    request: pytest.FixtureRequest,
    dispatched: Callable[[Engine], tuple[FreshDatabase, DispatchServer, int]],
) -> None:
    """Without any one of them, down to a column, no dispatch approves: it is declined, or the server lets nobody in."""
    database, everything, run_id = dispatched(engine)
    login = account_with(request.getfixturevalue(SERVERS[engine]), database, Account.APPROVAL, rest)
    try:
        evidence = replace(everything, address=login).judged(run_id)
    except SourceUnavailable:
        assert missing.right in ("CONNECT", "USAGE")
        return
    assert isinstance(evidence, Declined)
    assert "cannot be judged:" in evidence.reason
    assert missing.right == "USAGE" or missing.on in evidence.reason
