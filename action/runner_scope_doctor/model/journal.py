"""What the journal of a host can say: which plans were approved, begun, done, failed. It never holds a secret."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.approval import Approval, BrokenGlass
from runner_scope_doctor.model.plan import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNoted:
    """A valid approval that is not yet enough; it counts until the plan expires."""

    plan: str
    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An approved plan is being carried out. Written and synced before anything else changes.

    `plan` is the digest, `attempt` a random name (32 hex digits) that all further events of this attempt carry. The rest
    says which row it is about, so that a later check knows it again; `owner_id` and `repo_id` are the ids before.
    `broken_glass` is None when the people of `approvals` approved it, and else there are none.
    """

    plan: str
    attempt: str
    direction: Direction
    instance: str
    runner_id: int
    runner_name: str
    owner_id: int
    repo_id: int
    approvals: tuple[Approval, ...]
    broken_glass: BrokenGlass | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupProven:
    """The backup of that name and SHA-256 was proven. Still nothing was changed on the server."""

    plan: str
    attempt: str
    backup: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Updating:
    """The transaction is about to begin. Without this event no commit can have happened; with it one may have."""

    plan: str
    attempt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The engine confirmed the commit, or the after image was found on a fresh connection."""

    plan: str
    attempt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The receipt is written. `receipt` is the SHA-256 (64 hex digits) of its file."""

    plan: str
    attempt: str
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The attempt ended and nothing was changed; the plan may be used again."""

    plan: str
    attempt: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknown:
    """The attempt ended, and whether it changed the row cannot be told. The plan may never be used again."""

    plan: str
    attempt: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TornLine:
    """The line before was cut while it was written, by a crash or a full disk. `sha256` is of the bytes that are there."""

    bytes: int
    sha256: str


AttemptEvent = Started | BackupProven | Updating | Committed | Done | Failed | OutcomeUnknown
Event = ApprovalNoted | AttemptEvent | TornLine


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line. `number` counts from 1; `at` is Unix seconds by the host's clock, which may jump; `hash` (64 hex digits) is
    over the line and the hash of the line before."""

    number: int
    at: int
    event: Event
    hash: str
