"""The repair's login needs what the documentation grants it, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress
from runner_scope_doctor.database.writing.change import opened_for_repair
from runner_scope_doctor.database.writing.values import Changed
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.logins import Grant
from support.row_change import BRIEFLY, FENCE, GUARD_COLUMNS, OWNER, REPAIR, REPOSITORY, RowChange, row_change

SERVERS = (Engine.POSTGRES, Engine.MYSQL)
Make = Callable[..., RowChange]


@pytest.fixture(params=SERVERS, ids=[engine.value for engine in SERVERS])
def make(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> Make:
    """The user's case, with a login that has the given grants."""
    return lambda *grants: row_change(request, fresh_database(request.param), *grants)


def test_the_guards_columns_and_the_one_to_write_are_enough(make: Make) -> None:
    """Locking, looking again, changing and undoing work with SELECT on five columns and UPDATE on one."""
    case = make(*REPAIR)
    assert isinstance(case.change(), Changed)
    assert isinstance(case.change(case.way_back()), Changed)


def test_the_fence_needs_its_own_grants(make: Make) -> None:
    """Without them it is refused with a sentence that names them, and nothing is changed; with them it works."""
    case = make(*REPAIR)
    with pytest.raises(RepairRefused) as caught:
        case.change(case.order(Purpose.COUNTER_FENCE))
    assert "SELECT (owner_id, repo_id, version) and UPDATE (version) on action_tasks_version" in caught.value.next_step
    assert case.scope() == (OWNER, REPOSITORY)
    assert isinstance(make(*REPAIR, *FENCE).change(), Changed)


@pytest.mark.parametrize("column", GUARD_COLUMNS)
def test_no_column_of_the_guard_can_be_spared(make: Make, column: str) -> None:
    """A login that may not read one of them is refused with a sentence that names the grant, and nothing is changed."""
    seen = replace(REPAIR[0], columns=tuple(name for name in GUARD_COLUMNS if name != column))
    case = make(seen, REPAIR[1])
    with pytest.raises(RepairRefused) as caught:
        case.change()
    assert "SELECT (id, uuid, owner_id, repo_id, deleted)" in caught.value.next_step
    assert "action_runner" in caught.value.problem
    assert case.scope() == (OWNER, REPOSITORY)


@pytest.mark.parametrize("column", ["owner_id", "repo_id", "version"])
def test_no_column_of_the_fence_can_be_spared(make: Make, column: str) -> None:
    """Each of them is read by the statement, so each grant in the sentence is needed."""
    kept = replace(FENCE[0], columns=tuple(name for name in FENCE[0].columns if name != column))
    case = make(*REPAIR, kept, FENCE[1])
    with pytest.raises(RepairRefused):
        case.change(case.order(Purpose.COUNTER_FENCE))


def test_a_login_that_only_reads_is_refused(make: Make) -> None:
    """The check's login in place of the repair's cannot write, and the sentence says what is missing."""
    case = make(Grant(privilege="SELECT", table="action_runner"))
    with pytest.raises(RepairRefused) as caught:
        case.change()
    assert "UPDATE (owner_id) on action_runner" in caught.value.next_step
    assert case.scope() == (OWNER, REPOSITORY)


def test_a_wrong_password_is_a_failure_that_shows_no_password(make: Make) -> None:
    """Nothing was changed, and neither password stands in the message."""
    case = make(*REPAIR)
    assert isinstance(case.address, PostgresAddress | MysqlAddress)
    wrong = replace(case.address, password=Password(secret="not-the-right-one"))
    with pytest.raises(RepairFailed) as caught, opened_for_repair(wrong, BRIEFLY):
        pass
    assert "not-the-right-one" not in str(caught.value)
    assert "Nothing is changed" in caught.value.problem


def test_a_server_that_does_not_count_is_refused(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """PostgreSQL with `track_counts` off could not prove that only one row was changed."""
    case = row_change(request, fresh_database(Engine.POSTGRES))
    case.world.execute(f"ALTER ROLE {getattr(case.address, 'user', '')} SET track_counts = off")
    with pytest.raises(RepairRefused, match="track_counts is off"):
        case.change()
    assert case.scope() == (OWNER, REPOSITORY)


def test_tables_in_another_schema_are_those_of_the_address(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """A look-alike that comes first in the search path, a temporary one included, is not what is written to."""
    case = row_change(request, fresh_database(Engine.POSTGRES))
    assert isinstance(case.address, PostgresAddress)
    order, user = case.order(), case.address.user
    case.world.execute("CREATE SCHEMA decoy")
    case.world.execute("CREATE TABLE decoy.action_runner AS SELECT * FROM public.action_runner")
    case.world.execute(f"GRANT USAGE ON SCHEMA decoy TO {user}")
    case.world.execute(f"GRANT ALL ON decoy.action_runner TO {user}")
    case.world.execute(f"ALTER ROLE {user} SET search_path = decoy, public")
    assert isinstance(case.change(order, address=replace(case.address, schema="public")), Changed)
    assert case.world.rows("SELECT owner_id FROM public.action_runner WHERE id = 5") == ((0,),)
    assert case.world.rows("SELECT owner_id FROM decoy.action_runner WHERE id = 5") == ((OWNER,),)
