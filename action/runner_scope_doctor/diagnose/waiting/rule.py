"""Whether the server would give a runner a job: its own rule per version, restated from `models/actions/task.go`.

CreateTaskForRunner asks in this order: status and `task_id`, the scope, the run's concurrency group (14 and later), then every
label. PickTask asks before all that whether an ephemeral runner had a task, and from 16 on fails for a repository without the
Actions unit. Whether the runner asks at all is another question: see `standing`.
"""

from __future__ import annotations

from runner_scope_doctor.diagnose.label_state import Labels, labels_cover
from runner_scope_doctor.model.runner import ObservedId, UnreadableLabels, counted, is_set
from runner_scope_doctor.model.server import FIRST_MAJOR_FAILING_WITHOUT_ACTIONS, FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import FailingJob, JobStatus, RunnerGroup, WaitingJob
from runner_scope_doctor.model.waiting_reason import ScopeKind, Standing


def scope_kind(owner_id: ObservedId, repo_id: ObservedId) -> ScopeKind:
    """Whom the two ids claim to serve."""
    match is_set(owner_id), is_set(repo_id):
        case True, True:
            return ScopeKind.COMBINED
        case True, False:
            return ScopeKind.OWNER
        case False, True:
            return ScopeKind.REPOSITORY
        case _:
            return ScopeKind.INSTANCE


def is_offered(job: WaitingJob) -> bool:
    """Whether the server offers the job to anybody: waiting, not assigned, its run there, and no run ahead of it."""
    return job.status is JobStatus.WAITING and not job.assigned and job.run is not None and not job.ahead


def scope_refusal(owner_id: ObservedId, repo_id: ObservedId, job: WaitingJob) -> Standing | None:
    """Why the scope does not cover the job; None when it does.

    A repository id wins over an owner id. Owner-level runners go by the present owner, and pass over a repository without the
    Actions unit; the others do not look at it.
    """
    if is_set(repo_id):
        return None if counted(repo_id) == job.repo_id else Standing.OTHER_REPOSITORY
    if not is_set(owner_id):
        return None
    if job.repository is None or counted(owner_id) != job.repository.owner_id:
        return Standing.OTHER_OWNER
    match job.actions_unit:
        case ActionsUnit.OFF:
            return Standing.ACTIONS_OFF
        case None:
            return Standing.ACTIONS_NOT_SEEN
        case ActionsUnit.ON:
            return None


def label_refusal(labels: Labels, runs_on: Labels, major: int) -> Standing | None:
    """Why the labels do not cover `runs-on`; None when they do."""
    if labels_cover(labels, runs_on, major):
        return None
    if not runs_on and major >= FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON:
        return Standing.EMPTY_RUNS_ON
    if isinstance(labels, UnreadableLabels):
        return Standing.LABELS_UNREADABLE
    return Standing.NEVER_DECLARED if labels is None or labels in ((), ("",)) else Standing.LABEL_MISSING


def refusal(group: RunnerGroup, job: WaitingJob, major: int) -> Standing | None:
    """Why the server passes the job over for these runners; None when scope and labels fit."""
    return scope_refusal(group.owner_id, group.repo_id, job) or label_refusal(group.labels, job.runs_on, major)


def failure(group: RunnerGroup, job: WaitingJob, failing: tuple[FailingJob, ...], major: int) -> FailingJob | None:
    """On 16 and later: the job these runners fail at before they come to this one, or this one itself; else None.

    The server takes jobs by priority, then by the time they wait, then by id; what it fails at it tries again at each poll.
    """
    if major < FIRST_MAJOR_FAILING_WITHOUT_ACTIONS:
        return None
    if job.waiting_since is None:
        # Which job comes first is not shown; this one itself comes to nothing in any order.
        return next((one for one in failing if one.id == job.id and _would_get(group, one, major)), None)
    place = (0 if job.run is None else -(job.run.priority or 0), job.waiting_since, job.id)
    ahead = [one for one in failing if _order(one) <= place and _would_get(group, one, major)]
    return min(ahead, key=_order, default=None)


def may_fail_before(
    group: RunnerGroup, job: WaitingJob, failing: tuple[FailingJob, ...], major: int
) -> FailingJob | None:
    """On 16 and later, where the order of jobs is not shown: another job that these runners would fail at if it came first."""
    if major < FIRST_MAJOR_FAILING_WITHOUT_ACTIONS:
        return None
    return next((one for one in failing if one.id != job.id and _would_get(group, one, major)), None)


def _order(job: FailingJob) -> tuple[int, int, int]:
    return -(job.priority or 0), job.waiting_since or 0, job.id


def _would_get(group: RunnerGroup, job: FailingJob, major: int) -> bool:
    """Owner-level runners pass a repository without the unit over, so they never fail at it."""
    match scope_kind(group.owner_id, group.repo_id):
        case ScopeKind.OWNER:
            return False
        case ScopeKind.INSTANCE:
            return labels_cover(group.labels, job.runs_on, major)
        case ScopeKind.REPOSITORY | ScopeKind.COMBINED:
            return counted(group.repo_id) == job.repo_id and labels_cover(group.labels, job.runs_on, major)
