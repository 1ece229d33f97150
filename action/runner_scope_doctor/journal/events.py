"""An event as the object that a line holds, and back."""

from __future__ import annotations

from typing import assert_never

from runner_scope_doctor.canonical.approvals import (
    approval_from,
    approval_object,
    broken_glass_from,
    broken_glass_object,
)
from runner_scope_doctor.canonical.fields import Fields, Value
from runner_scope_doctor.model.journal import (
    ApprovalNoted,
    BackupProven,
    Committed,
    Done,
    Event,
    Failed,
    OutcomeUnknown,
    Started,
    TornLine,
    Updating,
)
from runner_scope_doctor.model.plan import Direction


def event_object(event: Event) -> dict[str, Value]:
    """The event with its kind as a word."""
    match event:
        case ApprovalNoted():
            return {"kind": "approval-noted", "plan": event.plan, "approval": approval_object(event.approval)}
        case Started():
            return _started_object(event)
        case BackupProven():
            return {"kind": "backup-proven", **_attempt(event), "backup": event.backup, "sha256": event.sha256}
        case Updating():
            return {"kind": "updating", **_attempt(event)}
        case Committed():
            return {"kind": "committed", **_attempt(event)}
        case Done():
            return {"kind": "done", **_attempt(event), "receipt": event.receipt}
        case Failed():
            return {"kind": "failed", **_attempt(event), "reason": event.reason}
        case OutcomeUnknown():
            return {"kind": "outcome-unknown", **_attempt(event), "reason": event.reason}
        case TornLine():
            return {"kind": "torn-line", "bytes": event.bytes, "sha256": event.sha256}
        case _:
            assert_never(event)


def event_from(fields: Fields) -> Event:
    """The event of such an object. Raises WrongDocument for anything but exactly one."""
    match fields.text("kind"):
        case "approval-noted":
            noted = fields.only("kind", "plan", "approval")
            return ApprovalNoted(plan=noted.text("plan"), approval=approval_from(noted.part("approval")))
        case "started":
            return _started(fields)
        case "torn-line":
            torn = fields.only("kind", "bytes", "sha256")
            return TornLine(bytes=torn.integer("bytes"), sha256=torn.text("sha256"))
        case kind:
            return _step(kind, fields)


def _step(kind: str, fields: Fields) -> BackupProven | Updating | Committed | Done | Failed | OutcomeUnknown:
    """An event that only says how far an attempt has come."""
    match kind:
        case "backup-proven":
            step = fields.only("kind", "plan", "attempt", "backup", "sha256")
            plan, attempt = step.text("plan"), step.text("attempt")
            return BackupProven(plan=plan, attempt=attempt, backup=step.text("backup"), sha256=step.text("sha256"))
        case "updating" | "committed":
            step = fields.only("kind", "plan", "attempt")
            event = Updating if kind == "updating" else Committed
            return event(plan=step.text("plan"), attempt=step.text("attempt"))
        case "done":
            step = fields.only("kind", "plan", "attempt", "receipt")
            return Done(plan=step.text("plan"), attempt=step.text("attempt"), receipt=step.text("receipt"))
        case "failed" | "outcome-unknown":
            step = fields.only("kind", "plan", "attempt", "reason")
            ended = Failed if kind == "failed" else OutcomeUnknown
            return ended(plan=step.text("plan"), attempt=step.text("attempt"), reason=step.text("reason"))
        case _:
            raise fields.wrong("kind", "an event this tool knows")


def _attempt(event: BackupProven | Updating | Committed | Done | Failed | OutcomeUnknown) -> dict[str, Value]:
    return {"plan": event.plan, "attempt": event.attempt}


def _started_object(event: Started) -> dict[str, Value]:
    return {
        "kind": "started",
        "plan": event.plan,
        "attempt": event.attempt,
        "direction": event.direction.value,
        "instance": event.instance,
        "runner_id": event.runner_id,
        "runner_name": event.runner_name,
        "owner_id": event.owner_id,
        "repo_id": event.repo_id,
        "approvals": [approval_object(approval) for approval in event.approvals],
        "broken_glass": broken_glass_object(event.broken_glass),
    }


def _started(fields: Fields) -> Started:
    started = fields.only(
        "kind",
        "plan",
        "attempt",
        "direction",
        "instance",
        "runner_id",
        "runner_name",
        "owner_id",
        "repo_id",
        "approvals",
        "broken_glass",
    )
    return Started(
        plan=started.text("plan"),
        attempt=started.text("attempt"),
        direction=started.word("direction", Direction),
        instance=started.text("instance"),
        runner_id=started.integer("runner_id"),
        runner_name=started.text("runner_name"),
        owner_id=started.integer("owner_id"),
        repo_id=started.integer("repo_id"),
        approvals=tuple(approval_from(part) for part in started.parts("approvals")),
        broken_glass=broken_glass_from(started, "broken_glass"),
    )
