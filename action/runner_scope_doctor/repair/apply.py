"""Carries one approved plan out, or goes on with what an earlier process left: the row is the old one or the new one, and the
journal tells which or says that it cannot."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.database.writing.values import ChangeOrder
from runner_scope_doctor.host.forgotten import forgotten
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import append, read_journal
from runner_scope_doctor.journal.lock import repair_lock
from runner_scope_doctor.journal.standing import approvals_noted, standing
from runner_scope_doctor.model.approval import Approved, BrokenGlass, NotApproved, PartlyApproved
from runner_scope_doctor.model.errors import DoctorError, RepairRefused, RepairUncertain
from runner_scope_doctor.model.journal import Started
from runner_scope_doctor.model.receipt import Receipt
from runner_scope_doctor.model.standing import (
    Attempt,
    Begun,
    Changed,
    FailedBefore,
    PerhapsChanged,
    Settled,
    Spent,
    Unused,
)
from runner_scope_doctor.plan.make import is_expired
from runner_scope_doctor.repair.change import ChangeMade, changed
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint
from runner_scope_doctor.repair.conditions import require_same_row, require_same_server
from runner_scope_doctor.repair.finish import finished
from runner_scope_doctor.repair.noted import Noted, NotedForLater, approval_noted, live_run, worth_noting
from runner_scope_doctor.repair.order import ordered
from runner_scope_doctor.repair.ports import ApplyRequest, Ports, RowLook
from runner_scope_doctor.repair.receipts import read_receipt
from runner_scope_doctor.repair.taken_up import NEW_PLAN, looked_up, made_earlier, note_death

_ATTEMPT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class JustDone:
    """The plan was carried out, or the end of it was made up for, by this process."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneBefore:
    """The plan was carried out earlier, on the same evidence. Nothing was done now."""

    receipt: Receipt


Applied = JustDone | DoneBefore | NotedForLater


def applied(request: ApplyRequest, ports: Ports, at: Announce) -> Applied:
    """Carries the plan out once, whoever asks how often.

    Raises RepairRefused when a condition does not hold and nothing was touched, RepairFailed when it failed before a
    commit and nothing was changed, RepairUncertain when a person must look; SettingsInvalid and SourceUnavailable only
    before anything was noted.
    """
    order = ordered(request.plan, while_live=None)
    if (told := _told_without_lock(request, ports)) is not None:
        return told
    with repair_lock(request.places.lock):
        journal = read_journal(request.places.journal)
        where = standing(journal, request.digest)
        noted = approvals_noted(journal, request.digest)
        match where:
            case Settled(attempt=attempt, receipt=sha256):
                return _done_before(request, ports, attempt, sha256)
            case Spent(reason=reason):
                raise RepairRefused(f"This plan may not be used again: {reason}", next_step=NEW_PLAN)
            case Changed(attempt=attempt):
                return JustDone(receipt=finished(request, ports, attempt, made_earlier(attempt, order), at))
            case PerhapsChanged(attempt=attempt):
                return JustDone(receipt=looked_up(request, ports, order, attempt, at))
            case Begun(attempt=attempt):
                _require_no_receipt(request, journal)
                note_death(request, ports, attempt)
                return _approved_and_carried_out(request, ports, noted, at)
            case Unused() | FailedBefore():
                _require_no_receipt(request, journal)
                return _approved_and_carried_out(request, ports, noted, at)
            case _:
                assert_never(where)


def _told_without_lock(request: ApplyRequest, ports: Ports) -> Applied | None:
    """The answer to whoever brings nothing that could change anything; None for one who does. Were they given the lock for
    the time of it, many of them could keep an approved repair from it for ever. Raises RepairRefused."""
    journal = read_journal(request.places.journal)
    noted = approvals_noted(journal, request.digest)
    match standing(journal, request.digest):
        case Settled(attempt=attempt, receipt=sha256):
            return _done_before(request, ports, attempt, sha256)
        case Unused() | FailedBefore():
            verdict = ports.approval(noted)
        case _:
            return None
    if isinstance(verdict, PartlyApproved) and not worth_noting(verdict, noted):
        return approval_noted(request, ports, verdict, noted)
    if isinstance(verdict, NotApproved) and not is_expired(request.plan, ports.now()):
        raise _not_approved(verdict)
    return None


def _require_no_receipt(request: ApplyRequest, journal: Journal) -> None:
    """A journal that was lost, or put back from before the repair, has forgotten that the plan was used; a receipt has not."""
    if request.digest in forgotten(journal, request.places.receipts):
        raise RepairRefused(
            f"There is a receipt of this plan, and by {request.places.journal} it was never carried out: that is not the "
            "journal that was written then.",
            next_step="Put the latest journal of this host back, or make a new plan: runner-scope-doctor plan",
        )


def _not_approved(verdict: NotApproved) -> RepairRefused:
    return RepairRefused(f"The plan is not approved. {' '.join(verdict.reasons)}", next_step=verdict.way_out)


def _approved_and_carried_out(request: ApplyRequest, ports: Ports, noted: Noted, at: Announce) -> Applied:
    if is_expired(request.plan, ports.now()):
        raise RepairRefused("The plan has expired.", next_step="Make a new plan: runner-scope-doctor plan")
    verdict = ports.approval(noted)
    match verdict:
        case Approved() | BrokenGlass():
            return _carried_out(request, ports, ordered(request.plan, while_live=live_run(verdict, noted)), verdict, at)
        case PartlyApproved():
            return approval_noted(request, ports, verdict, noted)
        case NotApproved():
            raise _not_approved(verdict)
        case _:
            assert_never(verdict)


def _carried_out(
    request: ApplyRequest, ports: Ports, order: ChangeOrder, approved: Approved | BrokenGlass, at: Announce
) -> JustDone:
    at(Checkpoint.APPROVED)
    look = ports.look()
    require_same_server(request.plan, look)
    require_same_row(request.plan, look)
    at(Checkpoint.ROW_SEEN)
    started = _started(request, approved)
    append(request.places.journal, started, at=ports.now())
    at(Checkpoint.STARTED)
    made = changed(request, ports, order, started.attempt, at)
    attempt = _attempt_of(request, started)
    return JustDone(receipt=finished(request, ports, attempt, _with_findings(made, look), at))


def _started(request: ApplyRequest, approved: Approved | BrokenGlass) -> Started:
    plan = request.plan
    return Started(
        plan=request.digest,
        attempt=secrets.token_hex(_ATTEMPT_BYTES),
        direction=plan.direction,
        instance=plan.target.instance,
        runner_id=plan.before.id,
        runner_name=plan.before.name,
        owner_id=plan.before.owner_id,
        repo_id=plan.before.repo_id,
        approvals=approved.approvals if isinstance(approved, Approved) else (),
        broken_glass=approved if isinstance(approved, BrokenGlass) else None,
    )


def _done_before(request: ApplyRequest, ports: Ports, attempt: Attempt, sha256: str) -> DoneBefore:
    """Whoever brings the evidence that the receipt names is told of the receipt; nobody else learns that it is done."""
    named = {approval.reference for approval in attempt.started.approvals}
    if not named & ports.references():
        raise RepairRefused(
            "This plan was carried out already, on other evidence than was given now.",
            next_step="List what was done: runner-scope-doctor receipts",
        )
    return DoneBefore(receipt=read_receipt(request.places.receipts, request.digest, sha256=sha256))


def _attempt_of(request: ApplyRequest, started: Started) -> Attempt:
    """What the journal says of the attempt now, after the change."""
    try:
        where = standing(read_journal(request.places.journal), request.digest)
    except DoctorError as error:
        raise RepairUncertain(
            f"Runner {started.runner_id} was changed and committed. {error.problem}", next_step=error.next_step
        ) from error
    match where:
        case Changed(attempt=attempt) | PerhapsChanged(attempt=attempt):
            return attempt
        case _:
            raise RepairUncertain(
                f"Runner {started.runner_id} was changed and committed, and the journal says otherwise: "
                "something else wrote to it.",
                next_step="Look at the journal and the row: runner-scope-doctor status",
            )


def _with_findings(made: ChangeMade, look: RowLook) -> ChangeMade:
    return ChangeMade(
        statements=made.statements,
        others_before=made.others_before,
        findings_before=look.findings,
        committed=made.committed,
        notes=made.notes,
    )
