"""A dispatch approves, and the repair rests on its run, under the grants of docs/access-repair.md and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.access_page import login_with, page_grants
from support.connection import FreshDatabase
from support.database_url import url_of
from support.deploy_host import Logins
from support.dispatches import dispatch_server
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate_of
from support.repair_page import Account, Part, RepairGrant, account_with, left_out, nothing_for_everyone, repair_grants

PARTS = (Part.APPROVAL, Part.BACKUP, Part.REPAIR, Part.LIVE_RUN)
LEFT_OUT = [
    pytest.param(engine, missing, rest, id=f"{engine.value}-{missing.label}")
    for engine in SERVERS
    for missing, rest in left_out(repair_grants(engine, 15, Part.LIVE_RUN))
]
Make = Callable[[Engine, int], tuple[Gate, Callable[..., None]]]


@pytest.fixture
def make(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path) -> Make:
    """Makes the gate with the page's logins, and a way to give one account other grants."""

    def made(engine: Engine, major: int) -> tuple[Gate, Callable[..., None]]:
        server: Server = request.getfixturevalue(SERVERS[engine])
        database = fresh_database(engine)
        empty = EmptyServer(engine=engine, address=database.address, database=database)
        found = dispatch_server(empty, major)
        nothing_for_everyone(database)
        grants = repair_grants(engine, major, *PARTS)
        logins = Logins(
            check=login_with(server, database, page_grants(engine, major)),
            **{one.value: account_with(server, database, one, grants) for one in Account},
        )
        there = gate_of(found, logins, private, Terms())

        def log_in(account: Account, *wanted: RepairGrant) -> None:
            address = account_with(server, database, account, wanted)
            (there.host.folder / f"{account.value}.url").write_text(f"{url_of(address)}\n")

        return there, log_in

    return made


@pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])
@pytest.mark.parametrize("major", [11, 15, 16])
def test_a_run_approves_under_the_pages_grants(make: Make, engine: Engine, major: int) -> None:
    """Planned, approved by a run, repaired: each step by the login of its purpose."""
    there, _ = make(engine, major)
    digest = there.host.planned()
    ended = there.applied_by(there.dispatch(digest), digest)
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)


@pytest.mark.parametrize(("engine", "missing", "rest"), LEFT_OUT)
def test_no_grant_of_a_runs_approval_can_be_spared(
    make: Make, engine: Engine, missing: RepairGrant, rest: tuple[RepairGrant, ...]
) -> None:
    """Without one of its columns the repair is refused, the sentence names them all, and nothing is changed."""
    there, log_in = make(engine, 15)
    digest = there.host.planned()
    log_in(Account.REPAIR, *repair_grants(engine, 15, Part.REPAIR), *rest)
    ended = there.applied_by(there.dispatch(digest), digest)
    assert ended.code == 5, ended.out + ended.err
    assert "SELECT (id, created, status) on action_run" in ended.last_line
    assert there.scope() == (1, 35)
