"""Where a plan stands, as far as the journal of its host tells. Whether a process is still at it, only the lock tells."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.journal import BackupProven, Done, Failed, OutcomeUnknown, Started


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Everything noted of one attempt. Times are Unix seconds by the host's clock, which may jump.

    `backup`, `done`, `failed` and `unknown` are None as long as nothing of the kind was noted, `updating_at` and
    `committed_at` likewise. `failed` is None again when an update was begun after it. `last_at` is of its last entry.
    """

    started: Started
    started_at: int
    backup: BackupProven | None
    updating_at: int | None
    committed_at: int | None
    done: Done | None
    failed: Failed | None
    unknown: OutcomeUnknown | None
    last_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """The plan was never started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An attempt is open that did not come to its update: it cannot have changed anything."""

    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class PerhapsChanged:
    """An attempt is open that came to its update: it may have changed the row."""

    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The change is committed, and its receipt is not written."""

    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The change is made. `receipt` is the SHA-256 (64 hex digits) of its receipt's file."""

    attempt: Attempt
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedBefore:
    """The last attempt ended and nothing was changed: the plan may be used again."""

    attempt: Attempt
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Whether an attempt changed the row cannot be told: the plan may never be used again."""

    attempt: Attempt
    reason: str


Standing = Unused | Begun | PerhapsChanged | Changed | Settled | FailedBefore | Spent
