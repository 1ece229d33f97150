"""A change that rests on a run is made only while the run waits or runs, by the statement itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner_scope_doctor.database.writing.values import Changed, LiveRun, Moment
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.logins import Grant
from support.row_change import FENCE, OWNER, REPAIR, REPOSITORY, RowChange, row_change
from support.world import Status

CREATED = 1_790_000_000
LIVE_RUN = Grant(privilege="SELECT", table="action_run", columns=("id", "created", "status"))


@pytest.fixture(params=list(Engine), ids=[engine.value for engine in Engine])
def case(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> RowChange:
    """The user's case on each engine, with the grants of a repair that a run approves."""
    return row_change(request, fresh_database(request.param), *REPAIR, *FENCE, LIVE_RUN)


def run_of(case: RowChange, status: Status) -> LiveRun:
    """A run in that status."""
    return LiveRun(run_id=case.world.workflow_run(REPOSITORY, status=status, created=CREATED), created=CREATED)


@pytest.mark.parametrize("status", [Status.WAITING, Status.RUNNING], ids=lambda status: status.name)
def test_a_live_run_lets_the_change_through(case: RowChange, status: Status) -> None:
    """Waiting and running are alive; the fence goes with it."""
    answer = case.change(case.order(Purpose.COUNTER_FENCE, while_live=run_of(case, status)))
    assert isinstance(answer, Changed)
    assert [one.purpose for one in answer.statements] == [Purpose.CLEAR_OWNER, Purpose.COUNTER_FENCE]
    assert case.scope() == (0, REPOSITORY)


@pytest.mark.parametrize(
    "status",
    [status for status in Status if status not in (Status.WAITING, Status.RUNNING)],
    ids=lambda status: status.name,
)
def test_any_other_run_does_not(case: RowChange, status: Status) -> None:
    """Cancelled, ended, skipped, blocked: refused with the run's number, everything as before."""
    before, run = case.all_rows(), run_of(case, status)
    with pytest.raises(
        RepairRefused, match=f"The run {run.run_id}, which approved the plan, was cancelled or has ended"
    ):
        case.change(case.order(Purpose.COUNTER_FENCE, while_live=run))
    assert case.all_rows() == before


def test_a_run_that_is_cancelled_in_the_last_moment_does_not(case: RowChange) -> None:
    """Cancelled after the row was locked and looked at, right before the update: refused, nothing changed."""
    run = run_of(case, Status.RUNNING)

    def cancel(moment: Moment) -> None:
        if moment is Moment.LOCKED and case.engine is not Engine.SQLITE:  # whose lock keeps the server from cancelling
            with case.another() as server:
                server.execute(f"UPDATE action_run SET status = 3 WHERE id = {run.run_id}")

    if case.engine is Engine.SQLITE:
        case.world.execute(f"UPDATE action_run SET status = 3 WHERE id = {run.run_id}")
    with pytest.raises(RepairRefused, match="was cancelled or has ended"):
        case.change(case.order(while_live=run), at=cancel)
    assert case.scope() == (OWNER, REPOSITORY)


@pytest.mark.parametrize(
    "change", [{"run_id": 10_000}, {"created": CREATED + 1}], ids=["of another number", "of another time"]
)
def test_another_run_does_not(case: RowChange, change: dict[str, int]) -> None:
    """A run that is gone, or one that was made anew under the number, is not the one that approved."""
    run = run_of(case, Status.RUNNING)
    values = {"run_id": run.run_id, "created": run.created} | change
    with pytest.raises(RepairRefused, match="was cancelled or has ended"):
        case.change(case.order(while_live=LiveRun(**values)))
    assert case.scope() == (OWNER, REPOSITORY)
