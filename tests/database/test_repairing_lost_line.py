"""When the connection goes, the outcome is looked up under the row's lock, never assumed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.writing.change import outcome_of
from runner_scope_doctor.database.writing.values import Changed, Confirmation, Moment, RowAsBefore
from runner_scope_doctor.model.errors import DoctorError, RepairFailed, RepairUncertain
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.receipt import ChangedRows
from runner_scope_doctor.model.server import Engine
from support.broken_line import Break, BrokenLine, broken_line
from support.connection import FreshDatabase
from support.row_change import BRIEFLY, OWNER, REPOSITORY, SICK, RowChange, row_change

SHORT = Patience(1)
BEFORE_COMMIT = (Moment.LOCKED, Moment.UPDATED)


@pytest.fixture(params=[Engine.POSTGRES, Engine.MYSQL], ids=["postgres", "mysql"])
def case(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> RowChange:
    """The user's case on each engine that is reached over a line."""
    return row_change(request, fresh_database(request.param))


@contextmanager
def over_a_broken_line(case: RowChange) -> Iterator[tuple[BrokenLine, DatabaseAddress]]:
    """The line, and the repair's address over it."""
    assert isinstance(case.address, PostgresAddress | MysqlAddress)
    with broken_line(case.address.port) as line:
        yield line, replace(case.address, port=line.port)


def doing(wanted: Moment, act: Callable[[], None]) -> Callable[[Moment], None]:
    """Does it at that moment, the first time."""
    left = [act]

    def at(moment: Moment) -> None:
        if moment is wanted and left:
            left.pop()()

    return at


@pytest.mark.parametrize("moment", [*BEFORE_COMMIT, Moment.COMMITTING])
def test_a_connection_the_server_ends_before_it_commits_changes_nothing(case: RowChange, moment: Moment) -> None:
    """Killed with the row locked, after the update and right before COMMIT: nothing is changed, and the plan still fits."""
    before = case.all_rows()
    with pytest.raises(RepairFailed) as caught:
        case.change(case.order(Purpose.COUNTER_FENCE), doing(moment, case.terminate))
    assert case.all_rows() == before
    assert ("before COMMIT was sent" in caught.value.problem) is (moment in BEFORE_COMMIT)
    assert "as it was before" in caught.value.problem
    assert isinstance(case.change(case.order(Purpose.COUNTER_FENCE)), Changed)


@pytest.mark.parametrize(
    ("moment", "how"),
    [
        *product([*BEFORE_COMMIT, Moment.COMMITTING], [Break.QUESTION_LOST, Break.SILENCE]),
        (Moment.LOCKED, Break.ANSWER_LOST),
    ],
)
def test_what_never_reached_the_server_as_a_commit_changes_nothing(case: RowChange, moment: Moment, how: Break) -> None:
    """A line cut, or gone silent, anywhere before the server got COMMIT: its transaction is waited for and found undone."""
    before = case.all_rows()
    with over_a_broken_line(case) as (line, address), pytest.raises(RepairFailed, match="as it was before"):
        case.change(at=doing(moment, lambda: line.break_now(how)), address=address, patience=SHORT)
    assert case.all_rows() == before


def test_a_commit_whose_answer_was_lost_is_found(case: RowChange) -> None:
    """The server committed and the line broke: the change is looked up, and its counts are those from before."""
    moments: list[Moment] = []
    with over_a_broken_line(case) as (line, address):
        breaking = doing(Moment.COMMITTING, lambda: line.break_now(Break.ANSWER_LOST))

        def at(moment: Moment) -> None:
            moments.append(moment)
            breaking(moment)

        answer = case.change(at=at, address=address)
    counted = ChangedRows(purpose=Purpose.CLEAR_OWNER, matched=1, changed=1)
    assert answer == Changed(statements=(counted,), confirmation=Confirmation.LOOKED_UP)
    assert case.scope() == (0, REPOSITORY)
    assert moments == list(Moment)


def refused(case: RowChange, at: Callable[[Moment], None], address: DatabaseAddress) -> DoctorError:
    """The error of a change that ended with one."""
    with pytest.raises(DoctorError) as caught:
        case.change(at=at, address=address, patience=SHORT)
    return caught.value


def test_a_commit_that_cannot_be_looked_up_is_called_uncertain(case: RowChange) -> None:
    """The answer was lost and no way leads to the server any more: neither done nor undone is claimed."""
    with over_a_broken_line(case) as (line, address):

        def lose_everything() -> None:
            line.break_now(Break.ANSWER_LOST)
            line.refuse()

        error = refused(case, doing(Moment.COMMITTING, lose_everything), address)
    assert isinstance(error, RepairUncertain)
    assert "could not be looked up" in error.problem
    assert case.scope() == (0, REPOSITORY)  # it was committed, which nobody could see


def test_a_connection_lost_before_commit_is_a_failure_even_when_nobody_can_look(case: RowChange) -> None:
    """Without COMMIT nothing can have been changed, whether the server is reached again or not."""
    with over_a_broken_line(case) as (line, address):

        def lose_everything() -> None:
            line.break_now(Break.QUESTION_LOST)
            line.refuse()

        error = refused(case, doing(Moment.LOCKED, lose_everything), address)
    assert isinstance(error, RepairFailed)
    assert "could not be looked at again" in error.problem
    assert case.scope() == (OWNER, REPOSITORY)


def test_a_row_somebody_else_repaired_meanwhile_is_not_called_ours(case: RowChange) -> None:
    """The connection is lost with the row locked, and somebody repairs it by hand: a person must look."""

    def lose_and_repair() -> None:
        case.terminate()
        case.world.execute(f"UPDATE action_runner SET owner_id = 0 WHERE id = {SICK}")

    with pytest.raises(RepairUncertain, match="Somebody else wrote it"):
        case.change(at=doing(Moment.LOCKED, lose_and_repair))


def test_a_row_made_sick_again_after_a_lost_answer_is_not_called_undone_by_postgres(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """PostgreSQL knows that the transaction was committed, so a row as before is a contradiction that a person must see."""
    case = row_change(request, fresh_database(Engine.POSTGRES))
    with over_a_broken_line(case) as (line, address):
        sick_again = f"UPDATE action_runner SET owner_id = {OWNER} WHERE id = {SICK}"

        def lose() -> None:
            line.break_now(Break.ANSWER_LOST)
            line.before_the_next(lambda: case.world.execute(sick_again))

        error = refused(case, doing(Moment.COMMITTING, lose), address)
    assert isinstance(error, RepairUncertain)
    assert "calls the transaction committed" in error.problem


def test_the_outcome_waits_for_a_transaction_that_still_runs(case: RowChange) -> None:
    """A second look from elsewhere, while the change holds the row, sees what it became and not what it was."""
    order = case.order()
    seen: list[object] = []
    look = threading.Thread(target=lambda: seen.append(outcome_of(case.address, order, BRIEFLY)))

    def look_meanwhile() -> None:
        look.start()
        look.join(0.5)
        assert seen == []

    case.change(order, doing(Moment.UPDATED, look_meanwhile))
    look.join(10)
    assert seen
    assert not isinstance(seen[0], RowAsBefore)


def test_a_row_somebody_else_changed_after_a_commit_that_never_arrived_is_not_called_ours(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """PostgreSQL knows that the transaction was undone, so nothing is uncertain about a row that is another one by now."""
    case = row_change(request, fresh_database(Engine.POSTGRES))
    with over_a_broken_line(case) as (line, address):
        moved = f"UPDATE action_runner SET owner_id = 9 WHERE id = {SICK}"

        def lose() -> None:
            line.break_now(Break.QUESTION_LOST)
            line.before_the_next(lambda: case.world.execute(moved))

        error = refused(case, doing(Moment.COMMITTING, lose), address)
    assert isinstance(error, RepairFailed)
    assert "Runner 5 has owner_id 9 now" in error.problem
