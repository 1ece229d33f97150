"""What a change of one row is told, and what it says of that row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from runner_scope_doctor.model.plan import Parameter, Purpose
from runner_scope_doctor.model.receipt import ChangedRows
from runner_scope_doctor.model.runner import ObservedId
from runner_scope_doctor.model.wording import stored


class Moment(Enum):
    """Where a change stands when it calls back, in this order; a retry begins again with LOCKED."""

    LOCKED = "locked"
    """The row is locked and was read again."""
    UPDATED = "updated"
    """All statements ran, each on one row; what the engine counts in all is looked at next."""
    COMMITTING = "committing"
    """The next thing sent is COMMIT."""
    COMMITTED = "committed"
    """The engine confirmed the commit, or it was found on a fresh connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The row of `action_runner` as it must be for anything to happen: these values, and live. The uuid can hold half of
    a secret and has no text form."""

    id: int
    uuid: str = field(repr=False)
    owner_id: int
    repo_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedStatement:
    """One of the texts of `database/sql/repair.py`, chosen by its purpose, with its values. It changes one row."""

    purpose: Purpose
    parameters: tuple[Parameter, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A row of `action_run` that must still wait or run when the change is made. `created` is in Unix seconds."""

    run_id: int
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrder:
    """Everything one transaction does. `owner_after` is what `owner_id` is afterwards, all else of the row stays.
    `while_live` is the run whose approval the change rests on, None when it rests on no run."""

    guard: Guard
    owner_after: int
    statements: tuple[OrderedStatement, ...]
    while_live: LiveRun | None


class Difference(Enum):
    """One way in which a row is no longer the one that was planned for."""

    GONE = "gone"
    SOFT_DELETED = "soft-deleted"
    OTHER_UUID = "other uuid"
    OTHER_OWNER = "other owner"
    OTHER_REPOSITORY = "other repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAsBefore:
    """The row is what the guard says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAsAfter:
    """The row is what it is to become: live, the guard's uuid and repository, and the new owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDiffers:
    """The row is neither. `differences` are all there are, never empty; of a row that is gone or soft-deleted nothing
    else is compared. The ids are those it has now, None where it is gone or holds NULL."""

    differences: tuple[Difference, ...]
    owner_id: ObservedId
    repo_id: ObservedId


RowNow = RowAsBefore | RowAsAfter | RowDiffers


class Confirmation(Enum):
    """How the commit is known."""

    ANSWERED = "answered"
    """The engine answered the COMMIT."""
    LOOKED_UP = "looked up"
    """The answer was lost, and the change was found on a fresh connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Committed. `statements` has the engine's counts, in the order of the change; each is one matched, one changed."""

    statements: tuple[ChangedRows, ...]
    confirmation: Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChanged:
    """Nothing was written, because under its lock the row was found to be `row`."""

    row: RowAsAfter | RowDiffers


def row_sentence(row: RowNow, order: ChangeOrder) -> str:
    """What the row is now, for people; without the uuid."""
    runner = f"Runner {order.guard.id}"
    match row:
        case RowAsBefore():
            return f"{runner} is as it was before."
        case RowAsAfter():
            return f"{runner} already has owner_id {order.owner_after}, as planned."
        case RowDiffers(differences=differences):
            return " ".join(_difference(difference, row, order.guard) for difference in differences)
        case _:
            assert_never(row)


def _difference(difference: Difference, row: RowDiffers, guard: Guard) -> str:
    runner = f"Runner {guard.id}"
    match difference:
        case Difference.GONE:
            return f"{runner} is gone: action_runner has no row with that id."
        case Difference.SOFT_DELETED:
            return f"{runner} was deleted meanwhile; Forgejo keeps the row and marks it so."
        case Difference.OTHER_UUID:
            return f"{runner} has another uuid now: another runner took its place."
        case Difference.OTHER_OWNER:
            return f"{runner} has owner_id {stored(row.owner_id)} now, and the plan was made for {guard.owner_id}."
        case Difference.OTHER_REPOSITORY:
            return f"{runner} has repo_id {stored(row.repo_id)} now, and the plan was made for {guard.repo_id}."
        case _:
            assert_never(difference)
