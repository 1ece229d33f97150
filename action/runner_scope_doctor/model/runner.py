"""Runner rows as seen. Unlike a contract, these types can hold the sick state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.scope import OwnerKind

ONLINE_WINDOW = 60
"""Seconds after `last_online` for which Forgejo calls a runner online (`models/actions/runner.go`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotANumber:
    """What stood where an id should be. SQLite stores any type in any column; `text` is that value, shortened."""

    text: str


ObservedId = int | NotANumber | None
"""An `owner_id` or `repo_id` as stored. None is SQL NULL, which Forgejo reads as 0."""


class RunnerStatus(Enum):
    """`status` of the API's runner list (Forgejo >= 15). The database has no such column."""

    OFFLINE = "offline"
    IDLE = "idle"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableLabels:
    """`agent_labels` that is not a JSON list of strings. `text` is the stored value, shortened."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRunner:
    """One row of `action_runner`, or one item of the API's runner list.

    `uuid` is None when NULL or masked away. `labels` is None for SQL NULL and JSON null: never declared.
    `last_online` is UTC in Unix seconds, None when 0, NULL or not shown by the source (the API shows `status` instead).
    `deleted` is the Unix second of the soft delete, None when NULL or not shown. `ephemeral` is None before Forgejo 15.
    """

    id: int
    uuid: str | None
    name: str
    version: str
    owner_id: ObservedId
    repo_id: ObservedId
    labels: tuple[str, ...] | UnreadableLabels | None
    last_online: int | None
    deleted: int | None
    ephemeral: bool | None
    status: RunnerStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedOwner:
    """A row of `user`: a person or an organisation."""

    id: int
    name: str
    kind: OwnerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRepository:
    """A row of `repository`. `owner_name` comes from `user`, because `repository.owner_name` can be stale;
    None when that owner does not exist."""

    id: int
    owner_id: int
    owner_name: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The source was asked for this id and has no such row."""

    id: int


def counted(value: ObservedId) -> int | NotANumber:
    """The id as Forgejo counts it: NULL is 0 (xorm reads a NULL BIGINT into 0)."""
    return 0 if value is None else value


def is_live(runner: ObservedRunner) -> bool:
    """Whether Forgejo still knows the row: `deleted IS NULL OR deleted = 0`, as xorm's soft delete has it."""
    return not runner.deleted


def is_set(value: ObservedId) -> bool:
    """Whether the id claims to point at something. A value that is no number claims so too."""
    return counted(value) != 0


def is_combined(runner: ObservedRunner) -> bool:
    """Whether both ids are set: the shape that belongs to no scope."""
    return is_set(runner.owner_id) and is_set(runner.repo_id)


def has_never_declared(runner: ObservedRunner) -> bool:
    """SQL NULL, JSON null, `[]` and `[""]` are what registration leaves before the service has declared its labels."""
    return runner.labels is None or runner.labels in ((), ("",))


def has_raw_labels(runner: ObservedRunner) -> bool:
    """A declared label has no colon: the service strips `:host` and `:docker://…` before it declares."""
    return isinstance(runner.labels, tuple) and any(":" in label for label in runner.labels)
