"""The one transaction of a repair, the same on every engine: lock, look again, change, count, commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import assert_never

from runner_scope_doctor.database.cells import text
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.sql import approval as sql_approval
from runner_scope_doctor.database.sql import repair as sql_repair
from runner_scope_doctor.database.statement import Scalar, Statement
from runner_scope_doctor.database.writing.session import Counted, Session, SessionError, Trouble
from runner_scope_doctor.database.writing.values import (
    Changed,
    ChangeOrder,
    Confirmation,
    Difference,
    Moment,
    NotChanged,
    OrderedStatement,
    RowAsAfter,
    RowAsBefore,
    RowDiffers,
    RowNow,
)
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.receipt import ChangedRows
from runner_scope_doctor.model.runner import NotANumber, ObservedId

_PAUSES = (0.05, 0.2, 0.5)
"""Seconds before each further try after a conflict."""
_CROWDED_PAUSE = 0.02
_SHOWN = 200
_ROLLED_BACK = "Everything was rolled back, and nothing is changed."

Announce = Callable[[Moment], None]


class CommitUnanswered(Exception):
    """COMMIT was sent, and what became of it is not known. `transaction` is the engine's number of it."""

    def __init__(self, said: str, *, rows: tuple[ChangedRows, ...], transaction: str | None) -> None:
        super().__init__(said)
        self.said = said
        self.rows = rows
        self.transaction = transaction


def carried_out(session: Session, order: ChangeOrder, at: Announce, patience: Patience) -> Changed | NotChanged:
    """The whole change or nothing, tried again from the look at the row after conflicts.

    Raises RepairFailed or RepairRefused when nothing was changed, SessionError with LOST when the connection went
    before COMMIT was sent, CommitUnanswered when it went afterwards. What `at` raises passes through.
    """
    deadline, conflicts = time.monotonic() + patience.seconds, 0
    while True:
        try:
            return _once(session, order, at)
        except SessionError as error:
            match error.trouble:
                case Trouble.CONFLICT if conflicts < len(_PAUSES):
                    pause = _PAUSES[conflicts]
                    conflicts += 1
                case Trouble.CROWDED if time.monotonic() < deadline:
                    pause = _CROWDED_PAUSE
                case Trouble.LOST:
                    raise
                case _:
                    raise failure(error, order) from error
        time.sleep(pause)


def _once(session: Session, order: ChangeOrder, at: Announce) -> Changed | NotChanged:
    session.begin()
    try:
        row = row_now(session.locked_row(order.guard.id), order)
        at(Moment.LOCKED)
        if not isinstance(row, RowAsBefore):
            session.rollback()
            return NotChanged(row=row)
        counted_before = _counted_changes(session)
        rows = tuple(_executed(session, statement, order) for statement in order.statements)
        at(Moment.UPDATED)
        _refuse_other_changes(_counted_changes(session) - counted_before, order)
        transaction = session.transaction()
        at(Moment.COMMITTING)
    except BaseException:
        session.rollback()
        raise
    _commit(session, rows, transaction)
    at(Moment.COMMITTED)
    return Changed(statements=rows, confirmation=Confirmation.ANSWERED)


def _commit(session: Session, rows: tuple[ChangedRows, ...], transaction: str | None) -> None:
    try:
        session.commit()
    except SessionError as error:
        if error.trouble in (Trouble.CONFLICT, Trouble.CROWDED):
            session.rollback()
            raise
        raise CommitUnanswered(error.said, rows=rows, transaction=transaction) from error


def _counted_changes(session: Session) -> int:
    changes = session.changes()
    if changes is None:
        raise RepairRefused(
            "This server does not count changed rows (track_counts is off), so nothing could prove that only one is "
            f"changed. {_ROLLED_BACK}",
            next_step="Switch it on for this database: ALTER DATABASE … SET track_counts = on.",
        )
    return changes


def _refuse_other_changes(total: int, order: ChangeOrder) -> None:
    if total != len(order.statements):
        raise RepairFailed(
            f"The engine counts {total} changed rows where the plan changes {len(order.statements)}: something in the "
            f"database, such as a trigger, changed others too. {_ROLLED_BACK}",
            next_step="Look for triggers and rules on action_runner and action_tasks_version; Forgejo makes none.",
        )


def _executed(session: Session, statement: OrderedStatement, order: ChangeOrder) -> ChangedRows:
    parameters: dict[str, Scalar] = dict(statement.parameters)
    text = _text(statement.purpose)
    # The row's own change carries it; what follows in the same transaction stands and falls with that.
    live = order.while_live if statement == order.statements[0] else None
    if live is not None:
        text = f"{text}\n   AND {sql_approval.RUN_STILL_LIVE}"
        parameters |= {"run_id": live.run_id, "run_created": live.created}
    counted = session.execute(Statement(text), parameters)
    if counted == Counted(1, 1):
        return ChangedRows(purpose=statement.purpose, matched=counted.matched, changed=counted.changed)
    if live is not None and counted.matched == 0:
        raise RepairRefused(
            f"The run {live.run_id}, which approved the plan, was cancelled or has ended meanwhile. {_ROLLED_BACK}",
            next_step="Start the workflow once more with the operation apply and the plan's digest.",
        )
    if statement.purpose is Purpose.COUNTER_FENCE and counted.matched == 0:
        raise RepairFailed(
            f"action_tasks_version has no row for this repository, so its counter cannot be raised. {_ROLLED_BACK}",
            next_step="Make a new plan without --with-counter-fence; Forgejo adds the row with the next job.",
        )
    raise RepairFailed(
        f"The statement {statement.purpose.value} matched {counted.matched} and changed {counted.changed} rows instead "
        f"of one. {_ROLLED_BACK}",
        next_step="Compare the table's definition with Forgejo's, then make a new plan.",
    )


def _text(purpose: Purpose) -> str:
    match purpose:
        case Purpose.CLEAR_OWNER:
            return sql_repair.CLEAR_OWNER
        case Purpose.RESTORE_OWNER:
            return sql_repair.RESTORE_OWNER
        case Purpose.COUNTER_FENCE:
            return sql_repair.FENCE_COUNTER
        case _:
            assert_never(purpose)


def row_now(row: Row | None, order: ChangeOrder) -> RowNow:
    """What `Session.locked_row` returned, held against the guard and against what the row is to become."""
    if row is None:
        return RowDiffers(differences=(Difference.GONE,), owner_id=None, repo_id=None)
    guard, (uuid, owner_id, repo_id, live) = order.guard, row
    owner, repository = _id(owner_id), _id(repo_id)
    if live != 1:
        return RowDiffers(differences=(Difference.SOFT_DELETED,), owner_id=owner, repo_id=repository)
    same = {
        Difference.OTHER_UUID: uuid is not None and text(uuid) == guard.uuid,
        Difference.OTHER_REPOSITORY: repository == guard.repo_id,
    }
    if all(same.values()) and owner == order.owner_after:
        return RowAsAfter()
    same[Difference.OTHER_OWNER] = owner == guard.owner_id
    if all(same.values()):
        return RowAsBefore()
    differences = tuple(difference for difference in Difference if not same.get(difference, True))
    return RowDiffers(differences=differences, owner_id=owner, repo_id=repository)


def _id(value: object) -> ObservedId:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return NotANumber(text=text(value)[:_SHOWN])


def failure(error: SessionError, order: ChangeOrder) -> RepairFailed | RepairRefused:
    """The error for people, of a transaction that was rolled back."""
    match error.trouble:
        case Trouble.DENIED:
            return RepairRefused(f"{error.said}. {_ROLLED_BACK}", next_step=_grants(order))
        case Trouble.LOCKED | Trouble.CROWDED:
            step = "Find out who holds it (a backup, a migration, a forgotten session), then apply the plan again."
            return RepairFailed(f"{error.said}: locked for longer than the limit. {_ROLLED_BACK}", next_step=step)
        case Trouble.CONFLICT:
            step = "Apply the plan again when the server is less busy."
            return RepairFailed(f"{error.said}, {len(_PAUSES) + 1} times. {_ROLLED_BACK}", next_step=step)
        case Trouble.LOST | Trouble.OTHER:
            step = "Remove the cause, then apply the plan again."
            return RepairFailed(f"{error.said}. {_ROLLED_BACK}", next_step=step)
        case _:
            assert_never(error.trouble)


def _grants(order: ChangeOrder) -> str:
    grants = (
        "Grant the repair login SELECT (id, uuid, owner_id, repo_id, deleted) and UPDATE (owner_id) on action_runner"
    )
    if any(statement.purpose is Purpose.COUNTER_FENCE for statement in order.statements):
        grants += ", and SELECT (owner_id, repo_id, version) and UPDATE (version) on action_tasks_version"
    if order.while_live is not None:
        grants += ", and SELECT (id, created, status) on action_run"
    return f"{grants}, and nothing else."
