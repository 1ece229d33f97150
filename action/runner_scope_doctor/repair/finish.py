"""After the commit: look again, write the receipt, close the journal's entry. Whatever fails here, the row is changed."""

from __future__ import annotations

from runner_scope_doctor.journal.file import append
from runner_scope_doctor.model.errors import DoctorError, RepairUncertain
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.journal import Committed, Done
from runner_scope_doctor.model.plan import Direction
from runner_scope_doctor.model.receipt import Receipt, Verification
from runner_scope_doctor.model.standing import Attempt
from runner_scope_doctor.repair.change import ChangeMade
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint
from runner_scope_doctor.repair.conditions import same_image
from runner_scope_doctor.repair.identities import compared, identities
from runner_scope_doctor.repair.ports import ApplyRequest, Ports, RowLook
from runner_scope_doctor.repair.receipts import write_receipt

_MOVING = frozenset(
    kind.value for kind in (FindingKind.RUNNER_OFFLINE, FindingKind.JOB_OVERDUE, FindingKind.COUNTER_CLIMBS)
)
"""What comes and goes with time: told, and no fault of the change."""
_SICK = FindingKind.COMBINED_SCOPE.value


def finished(request: ApplyRequest, ports: Ports, attempt: Attempt, made: ChangeMade, at: Announce) -> Receipt:
    """Verification, receipt, end. Raises RepairUncertain for whatever goes wrong, which the row has survived changed."""
    try:
        return _finished(request, ports, attempt, made, at)
    except RepairUncertain:
        raise
    except (Exception, KeyboardInterrupt) as error:
        raise RepairUncertain(
            f"Runner {request.plan.before.id} was changed and committed, and then this went wrong: {_said(error)}",
            next_step=f"runner-scope-doctor apply {request.digest}, which verifies and writes the receipt.",
        ) from error


def _finished(request: ApplyRequest, ports: Ports, attempt: Attempt, made: ChangeMade, at: Announce) -> Receipt:
    if attempt.committed_at is None:
        event = Committed(plan=request.digest, attempt=attempt.started.attempt)
        append(request.places.journal, event, at=ports.now())
    at(Checkpoint.COMMIT_NOTED)
    look = ports.look()
    concerns, notes = _seen(request, ports, look, made)
    receipt = _receipt(request, ports, attempt, made, _verification(look, made, request, concerns + notes, ports.now()))
    at(Checkpoint.VERIFIED)
    sha256 = write_receipt(request.places.receipts, receipt)
    at(Checkpoint.RECEIPT_WRITTEN)
    done = Done(plan=request.digest, attempt=attempt.started.attempt, receipt=sha256)
    append(request.places.journal, done, at=ports.now())
    at(Checkpoint.DONE)
    if concerns:
        raise RepairUncertain(
            f"Runner {request.plan.before.id} was changed, the receipt is written, and not all is as it should be: "
            f"{' '.join(concerns)}",
            next_step="Run the check, and look at the receipt: runner-scope-doctor receipts",
        )
    return receipt


def _seen(
    request: ApplyRequest, ports: Ports, look: RowLook, made: ChangeMade
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a person must look at, and what is only told."""
    plan, concerns, notes = request.plan, [], list(made.notes)
    if look.image is None:
        concerns.append(f"Runner {plan.before.id} is gone or was deleted since.")
    elif not same_image(plan.after, look.image):
        concerns.append(f"Runner {plan.before.id} is not as the plan left it: somebody else changed it since.")
    new = _new_codes(look, made, request)
    if plan.direction is Direction.REPAIR and (_SICK, plan.before.id) in look.findings:
        concerns.append(f"The check still finds {_SICK} of runner {plan.before.id}.")
    concerns += [
        f"The check finds {code} of the runner, which it did not before." for code in new if code not in _MOVING
    ]
    notes += [f"The check now finds {code} of the runner, which comes with time." for code in new if code in _MOVING]
    if made.others_before is None:
        notes.append("Other rows could not be compared: the process that made the change died.")
    else:
        with ports.reader() as reader:
            others = compared(made.others_before, identities(reader, plan.before.id))
        concerns += others.moved
        notes += others.notes
    return tuple(concerns), tuple(notes)


def _new_codes(look: RowLook, made: ChangeMade, request: ApplyRequest) -> tuple[str, ...]:
    """Codes of findings about the row that were not there before. An undo brings the sickness back, as it is meant to."""
    expected = {_SICK} if request.plan.direction is Direction.UNDO else set()
    if made.findings_before is None:
        return ()
    number = request.plan.before.id
    found = {code for code, runner in look.findings - made.findings_before if runner == number}
    return tuple(sorted(found - expected - {_SICK}))


def _verification(
    look: RowLook, made: ChangeMade, request: ApplyRequest, notes: tuple[str, ...], now: int
) -> Verification:
    number = request.plan.before.id
    before = made.findings_before
    if before is None:
        before = frozenset({(_SICK, number)}) if request.plan.direction is Direction.REPAIR else look.findings
    mine = {code for code, runner in before if runner == number}
    now_mine = {code for code, runner in look.findings if runner == number}
    return Verification(
        verified=now, gone=tuple(sorted(mine - now_mine)), new=tuple(sorted(now_mine - mine)), notes=notes
    )


def _receipt(
    request: ApplyRequest, ports: Ports, attempt: Attempt, made: ChangeMade, verification: Verification
) -> Receipt:
    backup = attempt.backup
    assert backup is not None  # noqa: S101 - no attempt comes to its update without one
    return Receipt(
        digest=request.digest,
        plan=request.plan,
        approvals=attempt.started.approvals,
        broken_glass=attempt.started.broken_glass,
        carried_out_by=request.carried_out_by,
        tool_version=request.tool_version,
        backup=backup.backup,
        backup_sha256=backup.sha256,
        started=attempt.started_at,
        committed=made.committed,
        statements=made.statements,
        verification=verification,
    )


def _said(error: BaseException) -> str:
    if isinstance(error, DoctorError):
        return error.problem
    return (
        "it was interrupted."
        if isinstance(error, KeyboardInterrupt)
        else f"an unexpected error ({type(error).__name__})."
    )
