"""Everything one look at a server saw, and what it could not see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.runner import Absent, ObservedOwner, ObservedRepository, ObservedRunner
from runner_scope_doctor.model.server import ObservedServer


class Source(Enum):
    """Where an observation came from."""

    DATABASE = "database"
    API = "api"
    SNAPSHOT = "snapshot"


class Coverage(Enum):
    """How much of the runner table the snapshot holds."""

    ALL = "all"
    """Every live row, and the soft-deleted rows that share a name with one."""
    CANDIDATES = "candidates"
    """Every row that any rule could find fault with; healthy rows may be left out."""
    LISTED = "listed"
    """What the API token may list; rows outside that list were not asked for."""


class Need(Enum):
    """Whether a missing observation spoils the verdict."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unobserved:
    """Something that should have been looked at and was not. Counts as inconclusive when REQUIRED."""

    source: Source
    what: str
    reason: str
    next_step: str
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJobs:
    """Jobs of one repository that wait for a runner (`action_run_job`: status 5, task_id 0).

    `oldest` is the Unix second since which the longest-waiting one waits (`updated`).
    """

    repo_id: int
    count: int
    oldest: int | None


class StoredValueKind(Enum):
    """A table other than `action_runner` whose rows carry the same pair of ids."""

    SECRET = "secret"  # noqa: S105 - the name of a table
    VARIABLE = "action_variable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedValue:
    """A row of `secret` or `action_variable` with both ids set. The value itself is never read."""

    kind: StoredValueKind
    id: int
    name: str
    owner_id: int
    repo_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One look at one server.

    `taken_at` is UTC in Unix seconds by the clock of the machine that looked. `live_runners` counts live rows in
    the whole table; None when no source could count. `owners` and `repositories` hold what the runners' ids point
    at; an `Absent` was asked for and is gone, an id in neither was not asked for.
    """

    taken_at: int
    server: ObservedServer
    coverage: Coverage
    live_runners: int | None
    runners: tuple[ObservedRunner, ...]
    owners: tuple[ObservedOwner | Absent, ...]
    repositories: tuple[ObservedRepository | Absent, ...]
    waiting_jobs: tuple[WaitingJobs, ...] = ()
    combined_values: tuple[CombinedValue, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
