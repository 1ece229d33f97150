"""The grants of docs/access-repair.md are enough for plan and apply, none can be spared, and none gives more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner_scope_doctor.database.exact.backup_tables import tables_to_save
from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import AccessDenied
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.connection import FreshDatabase
from support.deploy_host import digest_in
from support.host_files import folder_of_the_operator
from support.limited_host import LimitedHost, limited_host
from support.repair_page import Account, Part, RepairGrant, account_with, left_out, repair_grants
from support.world import World

MAJORS = (11, 15, 16)
EVERYDAY = (Part.BACKUP, Part.REPAIR)
FENCED = (*EVERYDAY, Part.FENCE)
_TABLES = {
    Engine.POSTGRES: "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    Engine.MYSQL: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
}
"""Names of all tables there are."""
LEFT_OUT = [
    pytest.param(engine, missing, rest, id=f"{engine.value}-{missing.label}")
    for engine in SERVERS
    for missing, rest in left_out(repair_grants(engine, 16, *FENCED))
]


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that has accounts."""
    found: Engine = request.param
    return found


@pytest.fixture
def make(
    engine: Engine, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path
) -> Callable[..., LimitedHost]:
    """Makes the sick server of a version and its host, whose logins have the grants of these parts of the page."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    return lambda major, *parts: limited_host(server, fresh_database(engine), major, private, *parts)


def add_tables(world: World, grants: Iterable[RepairGrant]) -> None:
    """Makes the tables of these grants that the test's world does not have: an id is all that matters here."""
    there = {str(name) for (name,) in world.rows(_TABLES[world.engine])}
    for grant in grants:
        if grant.on not in there:
            world.execute(f"CREATE TABLE {grant.on} (id BIGINT PRIMARY KEY)")


@pytest.mark.parametrize("major", MAJORS)
def test_the_whole_story_needs_the_pages_grants_and_no_more(make: Callable[..., LimitedHost], major: int) -> None:
    """Sick, planned, refused without approval, signed, applied, healthy: each step by the login of its purpose."""
    case = make(major, *EVERYDAY)
    before = case.rows()
    assert case.checked() == 10
    planned = case.host.doctor("plan")
    assert (planned.code, planned.err) == (0, ""), planned.out + planned.err
    assert "not seen" not in planned.out
    digest = digest_in(planned.out)
    assert case.host.doctor("apply", digest).code == 5
    assert case.rows() == before
    ended = case.host.doctor("apply", digest, "--signature", case.host.signed(digest))
    assert ended.code == 0, ended.out + ended.err
    assert case.scopes() == [(4, 0, 35), (5, 0, 35), (6, 0, 0)]
    assert case.host.journal() == ["started", "backup-proven", "updating", "committed", "done"]
    assert case.checked() == 0


@pytest.mark.parametrize("major", MAJORS)
def test_the_fence_needs_its_own_grants_and_no_more(make: Callable[..., LimitedHost], major: int) -> None:
    """With the fence's grants one counter is raised above all others; the runner is repaired in the same transaction."""
    case = make(major, *FENCED)
    digest = case.host.planned("--with-counter-fence")
    ended = case.host.doctor("apply", digest, "--signature", case.host.signed(digest))
    assert ended.code == 0, ended.out + ended.err
    assert case.scopes() == [(4, 0, 35), (5, 0, 35), (6, 0, 0)]
    counters = case.world.rows("SELECT repo_id, version FROM action_tasks_version ORDER BY repo_id")
    assert counters == ((0, 40), (35, 41))


def test_the_way_back_needs_nothing_more(make: Callable[..., LimitedHost]) -> None:
    """An undo is carried out by the same logins."""
    case = make(15, *EVERYDAY)
    before = case.rows()
    digest = case.host.planned()
    assert case.host.doctor("apply", digest, "--signature", case.host.signed(digest)).code == 0
    undo = digest_in(case.host.doctor("undo", digest).out)
    ended = case.host.doctor("apply", undo, "--signature", case.host.signed(undo))
    assert ended.code == 0, ended.out + ended.err
    assert case.rows() == before


@pytest.mark.parametrize("major", MAJORS)
def test_all_actions_needs_its_own_grants(make: Callable[..., LimitedHost], major: int) -> None:
    """Without them `--backup all-actions` is refused before anything is noted; with them it goes through."""
    case = make(major, *EVERYDAY)
    add_tables(case.world, repair_grants(case.world.engine, major, Part.ALL_ACTIONS))
    digest = case.host.planned()
    arguments = ("apply", digest, "--signature", case.host.signed(digest), "--backup", "all-actions")
    refused = case.host.doctor(*arguments)
    assert refused.code == 5, refused.out + refused.err
    assert "SELECT on the whole table action_artifact" in refused.last_line
    assert case.host.journal() == []
    grants = repair_grants(case.world.engine, major, Part.BACKUP, Part.ALL_ACTIONS)
    case.log_in(Account.BACKUP, account_with(case.server, case.database, Account.BACKUP, grants))
    ended = case.host.doctor(*arguments)
    assert ended.code == 0, ended.out + ended.err


@pytest.mark.parametrize(
    ("engine", "missing", "rest"),
    [
        pytest.param(engine, missing, rest, id=f"{engine.value}-{missing.on}")
        for engine in SERVERS
        for missing, rest in left_out(repair_grants(engine, 16, Part.ALL_ACTIONS))
    ],
)
def test_no_grant_of_all_actions_can_be_spared(
    engine: Engine,
    missing: RepairGrant,
    rest: tuple[RepairGrant, ...],
    signed_plans: Callable[[Engine], SignedPlan],
) -> None:
    """Without one of them the tables are not saved; what MariaDB keeps to itself is not noticed, as the page says."""
    case = signed_plans(engine).case
    add_tables(case.world, (missing, *rest))
    grants = (*repair_grants(engine, 16, Part.BACKUP), *rest)
    login = account_with(case.server, case.database, Account.BACKUP, grants)
    with opened_for_backup(login, Patience(10)) as reader:
        if (engine, missing.on) == (Engine.MYSQL, "action_user"):
            saved = {table.name for table in tables_to_save(reader, BackupScope.ALL_ACTIONS)}
            assert saved == {grant.on for grant in grants if grant.on.startswith("action_")}
            return
        with pytest.raises(AccessDenied, match=missing.on):
            tables_to_save(reader, BackupScope.ALL_ACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPlan:
    """A host with an approved plan that has the fence."""

    case: LimitedHost
    digest: str
    signature: Path


@pytest.fixture(scope="module")
def signed_plans(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Engine], SignedPlan]]:
    """One server of Forgejo 16 per engine with an approved plan, for tests that are all refused."""
    made: dict[Engine, SignedPlan] = {}
    with ExitStack() as stack:

        def signed(engine: Engine) -> SignedPlan:
            if engine not in made:
                server: Server = request.getfixturevalue(SERVERS[engine])
                folder = folder_of_the_operator(tmp_path_factory.mktemp(engine.value))
                case = limited_host(server, stack.enter_context(server.fresh_database()), 16, folder, *FENCED)
                digest = case.host.planned("--with-counter-fence")
                made[engine] = SignedPlan(case=case, digest=digest, signature=case.host.signed(digest))
            return made[engine]

        yield signed


@pytest.mark.parametrize(("engine", "missing", "rest"), LEFT_OUT)
def test_no_grant_can_be_spared(
    engine: Engine,
    missing: RepairGrant,
    rest: tuple[RepairGrant, ...],
    signed_plans: Callable[[Engine], SignedPlan],
) -> None:
    """Without any one of them the approved plan is refused, the sentence names what is missing, and nothing is changed."""
    plan = signed_plans(engine)
    case, host, account = plan.case, plan.case.host, missing.account
    before = case.rows()
    case.log_in(account, account_with(case.server, case.database, account, rest))
    try:
        looked = host.doctor("plan", "--with-counter-fence") if account is Account.BACKUP else None
        ended = host.doctor("apply", plan.digest, "--signature", plan.signature)
    finally:
        case.log_in(account, case.backup if account is Account.BACKUP else case.repair)
    assert ended.code == 5, ended.out + ended.err
    assert looked is None or looked.code in (0, 4)
    for said in [ended.last_line] + ([] if looked is None or looked.code == 0 else [looked.last_line]):
        assert missing.on in said or missing.right in said, said
        assert missing.right in said or "permission denied for database" in said, said
        assert all(column in said for column in missing.columns), said
        assert f"login of the {account.value}" in said or f"{account.value} login" in said, said
    assert case.rows() == before


def test_what_was_not_seen_keeps_no_plan_from_being_applied(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path
) -> None:
    """On MariaDB a plan made without the right to see triggers says so, is refused, and is applied once the right is there."""
    server: Server = request.getfixturevalue(SERVERS[Engine.MYSQL])
    case = limited_host(server, fresh_database(Engine.MYSQL), 15, private, *EVERYDAY)
    grants = repair_grants(Engine.MYSQL, 15, *EVERYDAY)
    blind = [grant for grant in grants if grant.right != "TRIGGER"]
    case.log_in(Account.BACKUP, account_with(server, case.database, Account.BACKUP, blind))
    planned = case.host.doctor("plan")
    assert "not seen: MySQL and MariaDB show triggers for the TRIGGER right" in planned.out
    digest = digest_in(planned.out)
    arguments = ("apply", digest, "--signature", case.host.signed(digest))
    refused = case.host.doctor(*arguments)
    assert refused.code == 5
    assert "TRIGGER" in refused.last_line
    case.log_in(Account.BACKUP, case.backup)
    assert case.host.doctor(*arguments).code == 0


def test_the_login_of_the_check_is_not_enough_for_a_plan(make: Callable[..., LimitedHost]) -> None:
    """On a host without a backup login a plan by the grants of docs/access.md ends with 4 and says which login to add."""
    case = make(15, *EVERYDAY)
    file = case.host.configuration
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if "backup.url" not in line))
    ended = case.host.doctor("plan")
    assert ended.code == 4
    assert "Name a login for the backup in host.yml, with the grants docs/access-repair.md lists." in ended.last_line


def test_the_page_gives_no_right_that_reaches_further(engine: Engine) -> None:
    """No statement of the page gives a right to everything, to pass rights on, or to make or drop tables."""
    for grant in repair_grants(engine, 16, *Part):
        assert grant.right in {"CONNECT", "USAGE", "SELECT", "UPDATE", "TRIGGER"}
        assert grant.right != "UPDATE" or grant.columns in (("owner_id",), ("version",))
        assert "*" not in grant.text
        assert "GRANT OPTION" not in grant.text
