"""`host admins`: the site admins who could approve in a reviewer's name, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.connection import FreshDatabase, Value, placeholder
from support.database_url import url_of
from support.definitions import quoted
from support.deploy_host import MAKER, REVIEWER, DeployHost, deploy_host, one_login
from support.empty_server import EmptyServer
from support.repair_page import Account, Part, RepairGrant, account_with, left_out, nothing_for_everyone, repair_grants
from support.world import World

ENVIRONMENT = f"""\
environments:
  deploy-runner-repair:
    repository: {{id: 12, name: ops/forgejo}}
    workflow: .forgejo/workflows/scope-repair.yml
    deployment_branches: [main]
    reviewers: [{MAKER}, {REVIEWER}]
    evidence: [signature]
"""
BOT, RESERVED, REMOTE, FEDERATED = 4, 2, 5, 6
"""`user.type` (`models/user/user.go`)."""
LEFT_OUT = [
    pytest.param(engine, rest, id=f"{engine.value}-{missing.label}")
    for engine in SERVERS
    for missing, rest in left_out(repair_grants(engine, 16, Part.ADMINS))
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server16:
    """A server and the host that looks at it."""

    world: World
    host: DeployHost


def admin(world: World, name: str, *, id: int | None = None, **columns: Value) -> int:
    """An active site admin, but for these columns."""
    number = world.user(name, id=id, is_admin=True, is_active=True, prohibit_login=False)
    for column, value in columns.items():
        sign = placeholder(world.engine)
        table, name_of = quoted(world.engine, "user"), quoted(world.engine, column)
        world.execute(f"UPDATE {table} SET {name_of} = {sign} WHERE id = {sign}", (value, number))
    return number


def host_of(folder: Path, address: DatabaseAddress) -> DeployHost:
    """A host with two reviewers."""
    return deploy_host(folder, one_login(address), more=ENVIRONMENT)


@pytest.fixture(params=[8, 11, 16])
def case(
    request: pytest.FixtureRequest, any_engine_world: EmptyServer, over_tcp: DatabaseAddress, private: Path
) -> Server16:
    """A server whose two reviewers, ids 7 and 9, are site admins, beside users who are none."""
    world = any_engine_world.create(request.param)
    admin(world, "ops-lead", id=7)
    admin(world, "second-operator", id=9)
    world.user("somebody", is_active=True)
    return Server16(world=world, host=host_of(private, over_tcp))


def test_admins_who_review_are_no_matter(case: Server16) -> None:
    """With reviewers alone as admins the command ends with 0 and says so."""
    ended = case.host.doctor("host", "admins")
    assert (ended.code, ended.err) == (0, "")
    assert ended.last_line == "NONE: all 2 site admins are reviewers."


def test_each_other_admin_is_named_and_counted(case: Server16) -> None:
    """A person and a bot who can act as anybody are named with their ids, and the command ends with 10."""
    admin(case.world, "root", id=1)
    admin(case.world, "robot", id=21, type=BOT)
    ended = case.host.doctor("host", "admins")
    assert ended.code == 10
    assert ended.out.splitlines()[:-1] == [
        "site admin root (id 1) is no reviewer",
        "site admin robot (id 21) is no reviewer",
    ]
    assert ended.last_line.startswith("SOME: 2 site admins of 4 are no reviewers")


def test_who_cannot_act_is_not_counted(case: Server16) -> None:
    """Admins who are not active, may not sign in, or are reserved names or of other servers, cannot approve for anybody."""
    admin(case.world, "sleeper", is_active=False)
    admin(case.world, "unset", is_active=None)
    admin(case.world, "locked", prohibit_login=True)
    for kind in (RESERVED, REMOTE, FEDERATED):
        admin(case.world, f"kind{kind}", type=kind)
    assert case.host.doctor("host", "admins").code == 0


def test_a_reviewers_login_with_another_id_is_another_person(case: Server16) -> None:
    """Ids decide: an admin whose login looks like a reviewer's is counted, and hostile names are printed harmlessly."""
    admin(case.world, "Second-Operator2\n::set-env name=A::b", id=22)
    ended = case.host.doctor("host", "admins")
    assert ended.code == 10
    assert "::set-env" not in ended.out
    assert len(ended.out.splitlines()) == 2


def test_without_a_reviewer_everyone_counts(sqlite_database: FreshDatabase, private: Path) -> None:
    """A host without environments has no reviewers; of many admins twenty are named and all are counted."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 16)
    for number in range(25):
        admin(world, f"admin{number}")
    ended = deploy_host(private, one_login(sqlite_database.address)).doctor("host", "admins")
    assert ended.code == 10
    assert len(ended.out.splitlines()) == 22
    assert "and 5 more" in ended.out
    assert ended.last_line.startswith("SOME: 25 site admins of 25")


def test_nothing_is_made(sqlite_database: FreshDatabase, private: Path) -> None:
    """The command looks: the state directory is not made."""
    World.create(sqlite_database.connection, Engine.SQLITE, 16)
    host = deploy_host(private, one_login(sqlite_database.address))
    assert host.doctor("host", "admins").code == 0
    assert not host.state.exists()


def test_what_could_not_be_read_is_not_none(private: Path) -> None:
    """A database that is not there ends with 4."""
    ended = deploy_host(private, one_login(SqliteAddress(path=private / "gone.db"))).doctor("host", "admins")
    assert ended.code == 4
    assert "With the login of the approval" in ended.last_line


def limited(database: FreshDatabase) -> World:
    """A server with one foreign admin, whose tables nobody may read without a grant."""
    world = World.create(database.connection, database.engine, 16)
    admin(world, "root", id=1)
    nothing_for_everyone(database)
    return world


@pytest.mark.parametrize("engine", SERVERS, ids=[engine.value for engine in SERVERS])
def test_the_pages_grants_are_enough(
    engine: Engine, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path
) -> None:
    """The approval login with the page's columns of `user`, beside what lets it in, sees the admin, and no password."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    limited(database)
    login = account_with(server, database, Account.APPROVAL, repair_grants(engine, 16, Part.APPROVAL, Part.ADMINS))
    host = host_of(private, database.address)
    (host.folder / "check.url").write_text(url_of(login))
    assert host.doctor("host", "admins").code == 10


@pytest.mark.parametrize(("engine", "rest"), LEFT_OUT)
def test_no_column_can_be_spared(
    engine: Engine,
    rest: tuple[RepairGrant, ...],
    request: pytest.FixtureRequest,
    fresh_database: Callable[[Engine], FreshDatabase],
    private: Path,
) -> None:
    """Without any one of them the command ends with 4 and names the page."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    limited(database)
    let_in = [grant for grant in repair_grants(engine, 16, Part.APPROVAL) if grant.on != "user"]
    login = account_with(server, database, Account.APPROVAL, [*let_in, *rest])
    host = host_of(private, database.address)
    (host.folder / "check.url").write_text(url_of(login))
    ended = host.doctor("host", "admins")
    assert ended.code == 4, ended.out
    assert "docs/access-repair.md" in ended.last_line
