"""Why a job is not picked up. The names are the product's vocabulary: `docs/waiting-jobs.md` has a section for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import Need, Unobserved
from runner_scope_doctor.model.waiting import RunAsked, WaitingJob


class Reason(Enum):
    """Why a job is not picked up: the first that applies, from the job itself outward to the runners."""

    FINISHED = "finished"
    RUNNING = "running"
    STATUS_UNKNOWN = "status-unknown"
    RUN_GONE = "run-gone"
    REPOSITORY_GONE = "repository-gone"
    FORK_NEEDS_APPROVAL = "fork-needs-approval"
    AUTHOR_NEEDS_APPROVAL = "author-needs-approval"
    INCOMPLETE_MATRIX = "incomplete-matrix"
    INCOMPLETE_RUNS_ON = "incomplete-runs-on"
    NEEDS_UNFINISHED = "needs-unfinished"
    NEEDS_UNKNOWN = "needs-unknown"
    BLOCKED_WITHOUT_CAUSE = "blocked-without-cause"
    NEEDS_NOT_SEEN = "needs-not-seen"
    JOBS_NOT_SEEN = "jobs-not-seen"
    ALREADY_ASSIGNED = "already-assigned"
    CONCURRENCY_RUNNING = "concurrency-running"
    CONCURRENCY_APPROVAL = "concurrency-approval"
    CONCURRENCY_WAITING = "concurrency-waiting"
    RUNS_ON_UNREADABLE = "runs-on-unreadable"
    EMPTY_RUNS_ON = "empty-runs-on"
    REUSABLE_NOT_EXPANDED = "reusable-not-expanded"
    EMPTY_STRING_LABEL = "empty-string-label"
    REPOSITORY_NOT_SEEN = "repository-not-seen"
    RUNNERS_NOT_SEEN = "runners-not-seen"
    TRANSFERRED_NOT_TOLD = "transferred-not-told"
    JUST_QUEUED = "just-queued"
    FITTING_RUNNER_IDLE = "fitting-runner-idle"
    HOLDER_NOT_SEEN = "holder-not-seen"
    COMBINED_SCOPE = "combined-scope"
    RUNNER_BUSY = "runner-busy"
    BUSY_NOT_SEEN = "busy-not-seen"
    RUNNER_STOPPED_POLLING = "runner-stopped-polling"
    BEHIND_FAILING_JOB = "behind-failing-job"
    ACTIONS_OFF_FAILS = "actions-off-fails"
    EPHEMERAL_IN_USE = "ephemeral-in-use"
    EPHEMERAL_USED_UP = "ephemeral-used-up"
    RUNNER_OFFLINE = "runner-offline"
    ACTIONS_OFF = "actions-off"
    ACTIONS_NOT_SEEN = "actions-not-seen"
    LABELS_RAW = "labels-raw"
    LABEL_CASE = "label-case"
    LABEL_SUFFIX = "label-suffix"
    LABEL_SPACE = "label-space"
    TRANSFERRED_FROM_OWNER = "transferred-from-owner"
    SCOPE_OTHER_OWNER = "scope-other-owner"
    SCOPE_OTHER_REPOSITORY = "scope-other-repository"
    LABELS_SPLIT = "labels-split"
    RUNNER_DELETED = "runner-deleted"
    LABELS_WIPED = "labels-wiped"
    NEVER_DECLARED = "never-declared"
    NO_RUNNER_IN_SCOPE = "no-runner-in-scope"
    NO_RUNNER_WITH_LABEL = "no-runner-with-label"

    @property
    def finding(self) -> FindingKind | None:
        """The finding of the check that this reason is; None for what is no disease of a runner's row."""
        return _FINDINGS.get(self)

    @property
    def is_unseen(self) -> bool:
        """Whether something that decides could not be looked at, so that this is no explanation."""
        return self in _UNSEEN


_UNSEEN = frozenset(
    {
        Reason.NEEDS_NOT_SEEN,
        Reason.JOBS_NOT_SEEN,
        Reason.REPOSITORY_NOT_SEEN,
        Reason.RUNNERS_NOT_SEEN,
        Reason.HOLDER_NOT_SEEN,
        Reason.BUSY_NOT_SEEN,
        Reason.ACTIONS_NOT_SEEN,
    }
)
_FINDINGS = {
    Reason.COMBINED_SCOPE: FindingKind.COMBINED_SCOPE,
    Reason.LABELS_RAW: FindingKind.LABELS_RAW,
    Reason.LABELS_WIPED: FindingKind.NEVER_DECLARED,
    Reason.NEVER_DECLARED: FindingKind.NEVER_DECLARED,
}


class Standing(Enum):
    """How one runner stands to one job: it fits, or the first reason why not, in the order the server asks."""

    FITS = "fits"
    """Online, polled since the job waits, and not known to be busy."""
    OTHER_REPOSITORY = "other-repository"
    OTHER_OWNER = "other-owner"
    ACTIONS_OFF = "actions-off"
    ACTIONS_NOT_SEEN = "actions-not-seen"
    NEVER_DECLARED = "never-declared"
    LABELS_UNREADABLE = "labels-unreadable"
    LABEL_MISSING = "label-missing"
    EMPTY_RUNS_ON = "empty-runs-on"
    DELETED = "deleted"
    EPHEMERAL_IN_USE = "ephemeral-in-use"
    EPHEMERAL_USED_UP = "ephemeral-used-up"
    ACTIONS_OFF_FAILS = "actions-off-fails"
    BEHIND_FAILING_JOB = "behind-failing-job"
    COMBINED_SCOPE = "combined-scope"
    BUSY = "busy"
    BUSY_NOT_SEEN = "busy-not-seen"
    ONLINE = "online"
    """By the API's word, which does not show whether it could take the job now."""
    EPHEMERAL_NOT_SEEN = "ephemeral-not-seen"
    """Ephemeral, and the API does not show whether it has had its one job."""
    STOPPED_POLLING = "stopped-polling"
    OFFLINE = "offline"


class ScopeKind(Enum):
    """Whom a runner's two ids claim to serve."""

    INSTANCE = "instance"
    OWNER = "owner"
    REPOSITORY = "repository"
    COMBINED = "combined"
    """Both ids: no scope at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One runner beside one job. `because` is a clause about the runner; it may hold foreign text."""

    id: int
    name: str
    scope: ScopeKind
    standing: Standing
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreCandidates:
    """Runners that stand alike and are not shown one by one."""

    standing: Standing
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why one job is not picked up.

    `because` and `next_step` are sentences and may hold foreign text. `candidates` are the runners whose scope covers the job
    and those out of scope that have its labels, the nearest first; `more` counts those left out.
    """

    job: WaitingJob
    reason: Reason
    because: str
    next_step: str
    candidates: tuple[Candidate, ...] = ()
    more: tuple[MoreCandidates, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunExplanation:
    """What is told of a whole run, where the API does not show which jobs are its own."""

    asked: RunAsked
    reason: Reason
    because: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAnswer:
    """Explanations of the jobs that were asked for, the longest waiting first; `left_out` more wait and were not looked at.

    With `about_run` they are the jobs of its repository that wait, of which some may be its own.
    """

    now: int
    server: ObservedServer
    explanations: tuple[Explanation, ...]
    left_out: int
    unobserved: tuple[Unobserved, ...]
    about_run: RunExplanation | None = None

    @property
    def first_gap(self) -> Unobserved | None:
        """The first thing that should have been seen and was not; None when there is none."""
        return next((gap for gap in self.unobserved if gap.need is Need.REQUIRED), None)

    @property
    def verdict(self) -> Verdict:
        """UNHEALTHY where a reason is a finding of the check. Else HEALTHY where every job that was asked for is explained; those
        that were left out are not, and any reason may be among them, a finding too."""
        reasons = [one.reason for one in self.explanations]
        if any(reason.finding is not None for reason in reasons):
            return Verdict.UNHEALTHY
        reasons += [] if self.about_run is None else [self.about_run.reason]
        if self.left_out or self.first_gap is not None or any(reason.is_unseen for reason in reasons):
            return Verdict.INCONCLUSIVE
        return Verdict.HEALTHY
