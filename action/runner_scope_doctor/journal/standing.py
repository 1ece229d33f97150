"""What the entries of a journal say of plans: where each stands, who approved it, what was changed."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.errors import JournalDamaged
from runner_scope_doctor.model.journal import (
    ApprovalNoted,
    AttemptEvent,
    BackupProven,
    Committed,
    Done,
    Failed,
    JournalEntry,
    OutcomeUnknown,
    Started,
    TornLine,
    Updating,
)
from runner_scope_doctor.model.standing import (
    Attempt,
    Begun,
    Changed,
    FailedBefore,
    PerhapsChanged,
    Settled,
    Spent,
    Standing,
    Unused,
)


def standing(journal: Journal, digest: str) -> Standing:
    """Where the plan of that digest stands.

    With several attempts it is the one a person must look at most: an outcome unknown, then one that changed or may have
    changed the row and is not settled, then one that is done, then the latest. Raises JournalDamaged as `attempts` does.
    """
    stands = [_stands(attempt) for attempt in attempts(journal) if attempt.started.plan == digest]
    for urgent in (Spent, Changed, PerhapsChanged, Settled):
        for one in reversed(stands):
            if isinstance(one, urgent):
                return one
    return stands[-1] if stands else Unused()


def attempts(journal: Journal) -> tuple[Attempt, ...]:
    """Every attempt of every plan, in the order they were started.

    Raises JournalDamaged when an attempt went on that was never started, or was another plan's.
    """
    found: dict[str, Attempt] = {}
    for entry in journal.entries:
        match entry.event:
            case ApprovalNoted() | TornLine():
                pass
            case Started() as started if started.attempt not in found:
                found[started.attempt] = _begun(started, entry.at)
            case event:
                before = found.get(event.attempt)
                if before is None or before.started.plan != event.plan or isinstance(event, Started):
                    raise _out_of_order(entry, event)
                found[event.attempt] = _further(before, event, entry.at)
    return tuple(found.values())


def plans_named(journal: Journal) -> tuple[str, ...]:
    """The digests of all plans the journal knows of, in the order they were first named."""
    return tuple(dict.fromkeys(entry.event.plan for entry in journal.entries if not isinstance(entry.event, TornLine)))


def approvals_noted(journal: Journal, digest: str) -> tuple[Approval, ...]:
    """The approvals of the plan that were noted for later, each once, in the order they came."""
    noted: list[Approval] = []
    for entry in journal.entries:
        match entry.event:
            case ApprovalNoted(plan=plan, approval=approval) if plan == digest and approval not in noted:
                noted.append(approval)
            case _:
                pass
    return tuple(noted)


def changes_made(journal: Journal) -> tuple[Attempt, ...]:
    """The attempts that are known to have changed their row, in the order they were started.

    `started` says which row, `backup` what an undo needs, `done` the receipt. Raises JournalDamaged as `attempts` does.
    """
    return tuple(one for one in attempts(journal) if one.committed_at is not None or one.done is not None)


def _begun(started: Started, at: int) -> Attempt:
    return Attempt(
        started=started, started_at=at, backup=None, updating_at=None, committed_at=None, done=None, failed=None,
        unknown=None, last_at=at,
    )  # fmt: skip


def _further(
    before: Attempt, event: BackupProven | Updating | Committed | Done | Failed | OutcomeUnknown, at: int
) -> Attempt:
    match event:
        case BackupProven():
            return replace(before, backup=event, last_at=at)
        case Updating():  # whatever failed earlier, from here on something may have changed
            return replace(before, updating_at=at, failed=None, last_at=at)
        case Committed():
            return replace(before, committed_at=at, last_at=at)
        case Done():
            return replace(before, done=event, last_at=at)
        case Failed():
            return replace(before, failed=event, last_at=at)
        case OutcomeUnknown():
            return replace(before, unknown=event, last_at=at)
        case _:
            assert_never(event)


def _stands(attempt: Attempt) -> Standing:
    if attempt.done is not None:
        return Settled(attempt=attempt, receipt=attempt.done.receipt)
    if attempt.unknown is not None:
        return Spent(attempt=attempt, reason=attempt.unknown.reason)
    if attempt.committed_at is not None:
        return Changed(attempt=attempt)
    if attempt.failed is not None:
        return FailedBefore(attempt=attempt, reason=attempt.failed.reason)
    return Begun(attempt=attempt) if attempt.updating_at is None else PerhapsChanged(attempt=attempt)


def _out_of_order(entry: JournalEntry, event: AttemptEvent) -> JournalDamaged:
    return JournalDamaged(
        f"Entry {entry.number} of the journal says {type(event).__name__} of an attempt that cannot have come to it: "
        f"{event.attempt} of plan {event.plan}.",
        next_step="Keep a copy of the file as it is, and report this as a fault of runner-scope-doctor.",
    )
