"""Everything one look at a server saw, and what it could not see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.direction import Direction
from runner_scope_doctor.model.runner import (
    Absent,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    UnreadableLabels,
)
from runner_scope_doctor.model.server import ObservedServer


class Source(Enum):
    """Where an observation came from, or should have."""

    DATABASE = "database"
    API = "api"
    SNAPSHOT = "snapshot"
    JOURNAL = "journal"
    """What a deploy host notes of its repairs."""


class Coverage(Enum):
    """How much of the runner table the snapshot holds."""

    ALL = "all"
    """Every live row, and soft-deleted rows of some of their names."""
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


class ActionsUnit(Enum):
    """Whether Actions is switched on for a repository (`repo_unit.type` 10)."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueJob:
    """A job that has waited longer than the shortest `max_wait` of the contract, held by no queue and no approval.

    `waiting_since` is the Unix second it became waiting (`action_run_job.updated`). `repository` carries the owner of
    today, who decides which owner-level runners may take it. `runs_on` is what a runner must have declared.
    `actions_unit` is None when it could not be read; where it is off, owner-level runners pass the job over.
    """

    id: int
    name: str
    runs_on: tuple[str, ...] | UnreadableLabels | None
    waiting_since: int
    repository: ObservedRepository
    actions_unit: ActionsUnit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterSample:
    """`action_tasks_version.version` of one repository, read twice in separate transactions.

    `seconds` lie between the readings; `changed_jobs` of the repository changed in that time and raise it too.
    """

    repo_id: int
    first: int
    second: int
    seconds: int
    changed_jobs: int


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
class Difference:
    """One runner the database and the API tell differently, twice in a row. Texts are what each of them said."""

    runner_id: int
    what: str
    database: str
    api: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyCredential:
    """A credential of this job that can do more than look. `what` names it, `power` what it could do."""

    source: Source
    what: str
    power: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRepair:
    """A repair that a deploy host made of one row, by its journal.

    `plan` is the digest that its receipt is called by. Times are Unix seconds by that host's clock; `undone_at` is None as
    long as it was not taken back. `owner_id` and `repo_id` are the ids before it.
    """

    plan: str
    repaired_at: int
    undone_at: int | None
    instance: str
    runner_id: int
    runner_name: str
    owner_id: int
    repo_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBreak:
    """An attempt at a plan that nobody approved, by the journal of a deploy host, whatever became of it.

    `plan` is the digest, `at` the Unix second it was begun by that host's clock, which may jump. `login` is the account of
    that host that began it, `reason` what it said; both may be any text.
    """

    plan: str
    at: int
    direction: Direction
    login: str
    reason: str
    instance: str
    runner_id: int
    runner_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One look at one server.

    `taken_at` is UTC in Unix seconds by the clock of the machine that looked. `live_runners` counts live rows in
    the whole table; None when no source could count. `owners` and `repositories` hold what the runners' ids point
    at; an `Absent` was asked for and is gone, an id in neither was not asked for. `overdue_jobs` holds every job that
    became waiting before the Unix second `overdue_before`; None when nobody looked for any. `past_repairs` and
    `glass_breaks` are in the order they were begun; empty when no journal was named.
    """

    taken_at: int
    server: ObservedServer
    coverage: Coverage
    live_runners: int | None
    runners: tuple[ObservedRunner, ...]
    owners: tuple[ObservedOwner | Absent, ...]
    repositories: tuple[ObservedRepository | Absent, ...]
    waiting_jobs: tuple[WaitingJobs, ...] = ()
    overdue_before: int | None = None
    overdue_jobs: tuple[OverdueJob, ...] = ()
    counters: tuple[CounterSample, ...] = ()
    combined_values: tuple[CombinedValue, ...] = ()
    differences: tuple[Difference, ...] = ()
    risky_credentials: tuple[RiskyCredential, ...] = ()
    past_repairs: tuple[PastRepair, ...] = ()
    glass_breaks: tuple[GlassBreak, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
