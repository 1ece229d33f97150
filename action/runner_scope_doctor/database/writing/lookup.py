"""After a lost connection: what became of the change is looked up on a fresh one, under the row's lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.writing.session import Session, SessionError
from runner_scope_doctor.database.writing.steps import CommitUnanswered, row_now
from runner_scope_doctor.database.writing.values import (
    Changed,
    ChangeOrder,
    Confirmation,
    RowAsAfter,
    RowAsBefore,
    RowDiffers,
    RowNow,
    row_sentence,
)
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused, RepairUncertain, SourceUnavailable

OpenSession = Callable[[Patience], AbstractContextManager[Session]]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
_LOOK = "Look at the row with `runner-scope-doctor status` once the server answers, then decide."


class _NotLookedUp(Exception):
    """`said` has the reason."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def outcome(open_session: OpenSession, order: ChangeOrder, patience: Patience) -> RowNow:
    """The row under its lock, so that a transaction of ours that still runs is waited for. Raises RepairUncertain."""
    try:
        return _looked_up(open_session, order, patience, None)[0]
    except _NotLookedUp as error:
        raise RepairUncertain(
            f"Whether runner {order.guard.id} was changed could not be looked up: {error.said}.", next_step=_LOOK
        ) from error


def after_commit_sent(
    open_session: OpenSession, order: ChangeOrder, patience: Patience, lost: CommitUnanswered
) -> Changed:
    """The change, when it was committed. Raises RepairFailed when it was not, RepairUncertain when that is not certain."""
    opening = f"COMMIT was sent and not confirmed ({lost.said})"
    try:
        row, fate = _looked_up(open_session, order, patience, lost.transaction)
    except _NotLookedUp as error:
        raise RepairUncertain(
            f"{opening}, and what became of it could not be looked up: {error.said}.", next_step=_LOOK
        ) from error
    committed = Changed(statements=lost.rows, confirmation=Confirmation.LOOKED_UP)
    match fate, row:
        case (("committed" | None), RowAsAfter()):
            return committed
        # The server is certain, and somebody changed the row since: the verification afterwards says so.
        case "committed", _ if not isinstance(row, RowAsBefore):
            return committed
        case (("aborted" | None), RowAsBefore()):
            raise RepairFailed(
                f"{opening}. A fresh connection finds the row as it was before: nothing is changed.",
                next_step="Find out why the connection was lost, then apply the plan again.",
            )
        case "aborted", RowDiffers():
            raise RepairFailed(
                f"{opening}. The server undid it; meanwhile somebody else changed the row. {row_sentence(row, order)}",
                next_step="Make a new plan for the row as it is now.",
            )
        case _:
            server = "" if fate is None else f" The server calls the transaction {fate}."
            raise RepairUncertain(f"{opening}.{server} {row_sentence(row, order)}", next_step=_LOOK)


def before_commit_sent(
    open_session: OpenSession, order: ChangeOrder, patience: Patience, lost: SessionError
) -> RepairFailed | RepairUncertain:
    """The error to raise: a transaction whose COMMIT was never sent changes nothing, and the row is looked at all the same."""
    opening = f"The connection was lost before COMMIT was sent ({lost.said}), so nothing was changed"
    again = "Find out why the connection was lost, then apply the plan again."
    try:
        row, _ = _looked_up(open_session, order, patience, None)
    except _NotLookedUp as error:
        return RepairFailed(f"{opening}; the row could not be looked at again: {error.said}.", next_step=again)
    if isinstance(row, RowAsAfter):
        return RepairUncertain(
            f"{opening} by this attempt, and yet: {row_sentence(row, order)} Somebody else wrote it meanwhile.",
            next_step=_LOOK,
        )
    return RepairFailed(f"{opening}. {row_sentence(row, order)}", next_step=again)


def _looked_up(
    open_session: OpenSession, order: ChangeOrder, patience: Patience, transaction: str | None
) -> tuple[RowNow, str | None]:
    """The row, and the engine's word for what became of the transaction where it knows. Tries until a server that is
    starting again answers, for twice the patience: so long can the lost connection keep the lock."""
    seconds = 2 * patience.seconds + 3
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        try:
            with open_session(Patience(seconds)) as session:
                session.begin()
                try:
                    row = row_now(session.locked_row(order.guard.id), order)
                    return row, None if transaction is None else session.fate(transaction)
                finally:
                    session.rollback()
        except RepairRefused as error:
            raise _NotLookedUp(error.problem.rstrip(".")) from error
        except (SourceUnavailable, SessionError) as error:
            if time.monotonic() + pause > deadline:
                said = error.said if isinstance(error, SessionError) else error.problem.rstrip(".")
                raise _NotLookedUp(said) from error
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
