"""What an earlier process left of an attempt, taken up by the one that has the lock now: the row is asked, never guessed."""

from __future__ import annotations

from typing import assert_never

from runner_scope_doctor.database.writing.change import outcome_of
from runner_scope_doctor.database.writing.values import (
    ChangeOrder,
    RowAsAfter,
    RowAsBefore,
    RowDiffers,
    row_sentence,
)
from runner_scope_doctor.journal.file import append
from runner_scope_doctor.model.errors import RepairRefused, RepairUncertain
from runner_scope_doctor.model.journal import Failed, OutcomeUnknown
from runner_scope_doctor.model.receipt import ChangedRows, Receipt
from runner_scope_doctor.model.standing import Attempt
from runner_scope_doctor.repair.change import ChangeMade
from runner_scope_doctor.repair.checkpoints import Announce
from runner_scope_doctor.repair.conditions import require_same_server
from runner_scope_doctor.repair.finish import finished
from runner_scope_doctor.repair.ports import ApplyRequest, Ports

NEW_PLAN = "Look at the row with the check; if it is still sick, make a new plan: runner-scope-doctor plan"


def note_death(request: ApplyRequest, ports: Ports, attempt: Attempt) -> None:
    """The lock is ours, so the process of that attempt is dead; it never came to its update."""
    reason = "the process that began it ended before the update; nothing was changed"
    event = Failed(plan=request.digest, attempt=attempt.started.attempt, reason=reason)
    append(request.places.journal, event, at=ports.now())


def looked_up(request: ApplyRequest, ports: Ports, order: ChangeOrder, attempt: Attempt, at: Announce) -> Receipt:
    """An earlier process died somewhere between its update and the note that it was committed: the row is asked, and where it is
    the new one the receipt is written. Raises RepairRefused for the old one, which proves nothing, RepairUncertain for another,
    and as `finished` does."""
    look = ports.look()
    require_same_server(request.plan, look)
    row = outcome_of(ports.repair_address, order, ports.patience)
    match row:
        case RowAsAfter():
            return finished(request, ports, attempt, made_earlier(attempt, order), at)
        case RowAsBefore():
            reason = (
                "the process that began it ended during the update. The row is as it was before, which proves nothing: "
                "registering the runner again would have made it so after a commit."
            )
            _note_unknown(request, ports, attempt, reason)
            raise RepairRefused(f"Whether this plan was carried out cannot be told: {reason}", next_step=NEW_PLAN)
        case RowDiffers():
            reason = f"the process that began it ended during the update. {row_sentence(row, order)}"
            _note_unknown(request, ports, attempt, reason)
            raise RepairUncertain(
                f"Whether this plan was carried out cannot be told: {reason}",
                next_step="Find out who changed the row; what was saved before is listed by: runner-scope-doctor backups",
            )
        case _:
            assert_never(row)


def _note_unknown(request: ApplyRequest, ports: Ports, attempt: Attempt, reason: str) -> None:
    event = OutcomeUnknown(plan=request.digest, attempt=attempt.started.attempt, reason=reason)
    append(request.places.journal, event, at=ports.now())


def made_earlier(attempt: Attempt, order: ChangeOrder) -> ChangeMade:
    """A change whose process died: what it counted and saw is lost, and which statements it ran the plan says."""
    return ChangeMade(
        statements=tuple(ChangedRows(purpose=one.purpose, matched=None, changed=None) for one in order.statements),
        others_before=None,
        findings_before=None,
        committed=attempt.committed_at,
        notes=(),
    )
