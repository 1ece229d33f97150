"""Who serves whom on one server: its owners and repositories, the runners that serve each, and what waits there.

What nobody looked at is drawn as unknown, never as healthy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from runner_scope_doctor.model.contract import ContractLocation
from runner_scope_doctor.model.runner import ObservedRunner, UnreadableLabels
from runner_scope_doctor.model.scope import OwnerKind, Scope
from runner_scope_doctor.model.snapshot import Coverage, Unobserved
from runner_scope_doctor.model.waiting import JobStatus
from runner_scope_doctor.model.waiting_reason import Explanation


class Mark(Enum):
    """What is to be said of a runner, the worst first. The value is the word a reader sees."""

    SICK = "sick"
    """An error was found with it."""
    WARNED = "warning"
    UNKNOWN = "unknown"
    """Nothing was found with it, but not everything that should be looked at was seen."""
    HEALTHY = "healthy"


class Urgency(IntEnum):
    """How soon a place needs a look, the most urgent first."""

    TROUBLED = 0
    """It is gone, or a runner there is sick, warned of or due."""
    WAITING = 1
    """Jobs wait there."""
    QUIET = 2
    """It may be folded, which does not make it healthy."""


class Presence(Enum):
    """Whether the server counts a runner as online."""

    ONLINE = "online"
    OFFLINE = "offline"
    NEVER = "never online"
    UNSEEN = "not seen"


class Existence(Enum):
    """Whether an owner or a repository is there."""

    THERE = "there"
    GONE = "gone"
    UNSEEN = "not seen"


class Adviser(Enum):
    """Who says what a runner should serve."""

    REPAIR = "repair"
    CONTRACT = "contract"


class WorkSeen(Enum):
    """Whose waiting jobs were looked for."""

    ALL = "all"
    """Every job that has waited or been blocked for more than a minute, each with the reason."""
    COMBINED = "combined"
    """Those of repositories with a combined runner, and those that the contract calls overdue."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedScope:
    """What a runner should serve instead, and who says so. Two of them contradict each other."""

    scope: Scope
    adviser: Adviser


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRunner:
    """A live runner where its ids put it. `findings` are the places in `Diagnosis.findings` of those about it.

    `owner_name` and `repository_name` are what its ids point at, None where that was not seen or is gone. `wanted` is
    empty where it serves what it should, or nobody can say what that is.
    """

    runner: ObservedRunner
    mark: Mark
    presence: Presence
    owner_name: str | None
    repository_name: str | None
    findings: tuple[int, ...]
    wanted: tuple[WantedScope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRunner:
    """A runner that should serve this place and does not. `id` is that of its row, which is drawn elsewhere; None when
    there is none."""

    name: str
    id: int | None
    location: ContractLocation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnJob:
    """A job that is not picked up. `waited` is in seconds; `explanation` says why, None when nobody looked for that."""

    id: int
    name: str
    status: JobStatus
    waited: int
    runs_on: tuple[str, ...] | UnreadableLabels | None
    explanation: Explanation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnWork:
    """What waits in one repository: `count` jobs, of which `jobs` are known one by one, the longest waiting first.

    `oldest` is how many seconds the longest waiting one has waited; None when that was not seen.
    """

    count: int
    oldest: int | None
    jobs: tuple[DrawnJob, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRepository:
    """A repository and the runners of its own. `id` is None for one that only a contract names; `name` is
    `owner/repository`, None when it was not seen."""

    id: int | None
    name: str | None
    existence: Existence
    runners: tuple[DrawnRunner, ...]
    due: tuple[DueRunner, ...]
    work: DrawnWork | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnOwner:
    """An owner, the runners for all its repositories, and those repositories that have something to be drawn.

    `id` and `name` are both None for repositories whose owner was not seen; `kind` is None when that was not.
    """

    id: int | None
    name: str | None
    kind: OwnerKind | None
    existence: Existence
    runners: tuple[DrawnRunner, ...]
    due: tuple[DueRunner, ...]
    repositories: tuple[DrawnRepository, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The whole server. `runners` serve all of it, `nowhere` have ids that name no place at all.

    `coverage` is None when no runner was looked at. `jobs_left_out` more jobs wait and were not looked at, and `work_gaps` are
    what of waiting jobs could not be seen.
    Repositories and owners without a runner, a due runner and waiting work are not drawn. What needs a look comes first
    everywhere.
    """

    runners: tuple[DrawnRunner, ...]
    due: tuple[DueRunner, ...]
    owners: tuple[DrawnOwner, ...]
    nowhere: tuple[DrawnRunner, ...]
    coverage: Coverage | None
    work_seen: WorkSeen
    work_gaps: tuple[Unobserved, ...]
    jobs_left_out: int


def urgency_of_repository(repository: DrawnRepository) -> Urgency:
    """The most urgent of what is drawn at it."""
    if repository.existence is Existence.GONE or _is_troubled(repository.runners, repository.due):
        return Urgency.TROUBLED
    return Urgency.QUIET if repository.work is None else Urgency.WAITING


def urgency_of_owner(owner: DrawnOwner) -> Urgency:
    """The most urgent of what is drawn at it and at its repositories."""
    if owner.existence is Existence.GONE or _is_troubled(owner.runners, owner.due):
        return Urgency.TROUBLED
    return min(map(urgency_of_repository, owner.repositories), default=Urgency.QUIET)


def _is_troubled(runners: tuple[DrawnRunner, ...], due: tuple[DueRunner, ...]) -> bool:
    return bool(due) or any(one.mark in (Mark.SICK, Mark.WARNED) for one in runners)
