"""What is looked at to tell why a job is not picked up. The reasons themselves are in `waiting_reason`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from runner_scope_doctor.model.runner import ObservedId, ObservedRepository, RunnerStatus, UnreadableLabels
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import ActionsUnit, Source, Unobserved


class JobStatus(Enum):
    """`status` of runs, jobs and tasks, the same in all versions (`models/actions/status.go`)."""

    UNKNOWN = 0
    SUCCESS = 1
    FAILURE = 2
    CANCELLED = 3
    SKIPPED = 4
    WAITING = 5
    RUNNING = 6
    BLOCKED = 7

    @property
    def word(self) -> str:
        """The API's name of it."""
        return self.name.lower()

    @property
    def is_done(self) -> bool:
        """Whether it is final."""
        return self in (JobStatus.SUCCESS, JobStatus.FAILURE, JobStatus.CANCELLED, JobStatus.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfJob:
    """The row of `action_run` a job belongs to.

    `number` is the one people see (`index`). `concurrency_group` is None before 14 and where there is none;
    `queues_behind` is `concurrency_type` 1. `priority` is 0 before 16. The API shows none of the three: None.
    """

    id: int
    number: int
    workflow: str
    needs_approval: bool
    from_fork: bool
    concurrency_group: str | None
    queues_behind: bool | None
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededJob:
    """A job of the same run that `needs` names by its key in the workflow. `status` is None when the run has no such job."""

    key: str
    id: int | None
    status: JobStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBeside:
    """Another job of the same run, as the API of 16 lists it: by its name, which is not always its key in the workflow."""

    id: int
    name: str
    status: JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsNotShown:
    """What a blocked job needs, where the API does not show which jobs have these keys. `unfinished` are all of its run that are
    not done."""

    keys: tuple[str, ...]
    unfinished: tuple[JobBeside, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAhead:
    """A run of the same repository and concurrency group that keeps another from being given away."""

    id: int
    number: int
    status: JobStatus
    needs_approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJob:
    """A job as asked for, whatever its status.

    `run` or `repository` is None when the row it points at is gone. `owner_id` is who owned the repository when the job was
    queued; `repository.owner_id` is the owner of today, by whom the server goes. `waiting_since` is the Unix second it became
    what it is (`updated`). `assigned` tells whether `task_id` is set, which also a waiting job may be by mistake.
    `actions_unit` is None when it could not be read. `calls_workflow` tells of a job without
    `runs-on` whether it is a `uses:` job; None when that was not looked at.

    From `source` API much is not shown and nothing is put in its place: `run_id` (before 16), `run` and `waiting_since` are None,
    `repository` is None where the token may not see it, and `ahead` is empty whatever holds the job.
    """

    id: int
    name: str
    run_id: int | None
    run: RunOfJob | None
    repo_id: int
    repository: ObservedRepository | None
    owner_id: int
    runs_on: tuple[str, ...] | UnreadableLabels | None
    needs: tuple[NeededJob, ...] | NeedsNotShown
    status: JobStatus
    assigned: bool
    waiting_since: int | None
    actions_unit: ActionsUnit | None
    ahead: tuple[RunAhead, ...] = ()
    calls_workflow: bool | None = None
    source: Source = Source.DATABASE


RunnerRow = tuple[int, str, int, int | bool, object, object, object]
"""One live row of `action_runner` as the statement brings it: `PooledRunner` and, behind it, what its group has read already.
There may be a hundred thousand, so a row stays as the driver made it until it is shown."""
LAST_ONLINE: Final = 2
EPHEMERAL: Final = 3
"""Places in a `RunnerRow`; the id is its first."""


class PooledRunner(NamedTuple):
    """A live runner within its `RunnerGroup`.

    `last_online` is UTC in Unix seconds, 0 for never; None from the API, which shows `status` instead. `ephemeral` is 0 before
    15.
    """

    id: int
    name: str
    last_online: int | None
    ephemeral: int | bool
    status: RunnerStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerGroup:
    """Live runners with the same two ids and the same stored labels: the server's rule treats them alike.

    `statuses` has the API's word for each member by id; then the rows' last contact is 0 and means nothing. None for a database.
    """

    owner_id: ObservedId
    repo_id: ObservedId
    labels: tuple[str, ...] | UnreadableLabels | None
    members: Sequence[RunnerRow]
    statuses: Mapping[int, RunnerStatus] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedRunner:
    """A soft-deleted row whose labels a job asks for."""

    id: int
    name: str
    owner_id: ObservedId
    repo_id: ObservedId
    labels: tuple[str, ...] | UnreadableLabels | None
    ephemeral: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingJob:
    """On 16 and later: a waiting job of a repository without the Actions unit, which the server fails to give away.

    `waiting_since` and `priority` are None from the API, which shows neither: what comes first is not known then."""

    id: int
    repo_id: int
    owner_id: int
    runs_on: tuple[str, ...] | UnreadableLabels | None
    waiting_since: int | None
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksSeen:
    """What runners have of work: ids of jobs each runs now, and the ephemeral ones that were given a job at any time."""

    running: dict[int, tuple[int, ...]]
    used_up: frozenset[int]


class RunnersSeen(Enum):
    """Which live runners a look holds."""

    ALL = "all"
    IN_SCOPE = "in-scope"
    """Every one that could be given the jobs, and few others: the API's list of a repository."""
    SOME = "some"
    """Not those of single repositories: the API's list of an organisation or a user."""
    NONE = "none"
    """None at all: the API before 15."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAsked:
    """A run that was asked for, where the API does not show which jobs are its own. `status` sums them up: a run that failed or
    was cancelled may still have a job that waits (`AggregateJobStatus` in `models/actions/run_job.go`)."""

    run: RunOfJob
    repository: ObservedRepository
    status: JobStatus

    @property
    def went_well(self) -> bool:
        """Whether all of it has ended, and nothing in it can wait any more."""
        return self.status in (JobStatus.SUCCESS, JobStatus.SKIPPED)

    @property
    def waits_for_approval(self) -> bool:
        """Whether all of it is held until somebody approves it."""
        return self.run.needs_approval and not self.status.is_done


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLook:
    """Everything one answer rests on.

    `now` is the Unix second of the look. `jobs` are those asked for; `left_out` is how many more wait. `tasks` is None when the
    login may not read that table, or over the API: then nobody knows who is busy. With `run_asked` set, `jobs` are those of its
    repository that wait, of which some may be its own.
    """

    now: int
    server: ObservedServer
    major: int
    jobs: tuple[WaitingJob, ...]
    left_out: int
    groups: tuple[RunnerGroup, ...]
    deleted: tuple[DeletedRunner, ...]
    failing: tuple[FailingJob, ...]
    tasks: TasksSeen | None
    unobserved: tuple[Unobserved, ...] = ()
    runners_seen: RunnersSeen = RunnersSeen.ALL
    run_asked: RunAsked | None = None
