"""Approvals by a run that are valid and not yet enough: noted in the journal, so that they outlive the run."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.approve.dispatch import run_of
from runner_scope_doctor.database.writing.values import LiveRun
from runner_scope_doctor.journal.file import append
from runner_scope_doctor.model.approval import Approval, Approved, BrokenGlass, PartlyApproved
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.journal import ApprovalNoted
from runner_scope_doctor.repair.ports import ApplyRequest, Ports

Noted = tuple[Approval, ...]
"""What the journal has noted for the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedForLater:
    """The asking run's approval counts and is not enough yet. It is in the journal and counts until the plan expires,
    whatever becomes of the run. `people` of `required` have given what is wanted of one; nothing else was done."""

    people: int
    required: int
    reasons: tuple[str, ...]
    way_out: str


def approval_noted(request: ApplyRequest, ports: Ports, verdict: PartlyApproved, noted: Noted) -> NotedForLater:
    """Notes what the asking run approved. A run that asks again is told the same, and noted once.

    Raises RepairRefused when it brings nothing new: signatures and reviews are looked at anew each time, and one person's
    second run is no second approval.
    """
    fresh = worth_noting(verdict, noted)
    asked_before = is_noted_run(request.asked_by, noted)
    if not fresh and not asked_before:
        reasons = f"The plan is not approved. {' '.join(verdict.reasons)}"
        raise RepairRefused(reasons, next_step=verdict.way_out)
    for one in fresh:
        append(request.places.journal, ApprovalNoted(plan=request.digest, approval=one), at=ports.now())
    return NotedForLater(
        people=verdict.people, required=verdict.required, reasons=verdict.reasons, way_out=verdict.way_out
    )


def worth_noting(verdict: PartlyApproved, noted: Noted) -> Noted:
    """The approvals by runs of people whose run is not noted yet."""
    dispatchers = {one.forgejo_id for one in noted if one.kind is EvidenceKind.DISPATCH}
    return tuple(
        one
        for one in verdict.approvals
        if one.kind is EvidenceKind.DISPATCH and one not in noted and one.forgejo_id not in dispatchers
    )


def live_run(approved: Approved | BrokenGlass, noted: Noted) -> LiveRun | None:
    """The run that must still wait or run when the change is made: one whose approval was not noted before."""
    if isinstance(approved, BrokenGlass):
        return None
    for one in approved.approvals:
        if one not in noted and (run := run_of(one)) is not None:
            return LiveRun(run_id=run.run_id, created=run.created)
    return None


def is_noted_run(run_id: int | None, noted: Noted) -> bool:
    """Whether the journal has noted the approval of that run."""
    return any((run := run_of(one)) is not None and run.run_id == run_id for one in noted)
