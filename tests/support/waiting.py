"""Jobs, runners and whole looks for tests of why a job is not picked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.runner import ObservedId, ObservedRepository, RunnerStatus, UnreadableLabels
from runner_scope_doctor.model.snapshot import ActionsUnit, Source
from runner_scope_doctor.model.waiting import (
    DeletedRunner,
    FailingJob,
    JobStatus,
    NeededJob,
    NeedsNotShown,
    RunAhead,
    RunAsked,
    RunnerGroup,
    RunnerRow,
    RunnersSeen,
    RunOfJob,
    TasksSeen,
    WaitingJob,
    WaitingLook,
)
from runner_scope_doctor.model.waiting_reason import Explanation, RunExplanation
from support.snapshots import NOW, server

Labels = tuple[str, ...] | UnreadableLabels | None
OWNER, REPOSITORY = 2, 35
WAITED = 300
"""Seconds a job here waits unless told otherwise."""


def run_of_job(
    *,
    needs_approval: bool = False,
    from_fork: bool = False,
    group: str | None = None,
    queues_behind: bool = False,
    priority: int = 0,
) -> RunOfJob:
    """Run 7 of the repository, by hand."""
    return RunOfJob(
        id=70, number=7, workflow="deploy.yml", needs_approval=needs_approval, from_fork=from_fork,
        concurrency_group=group, queues_behind=queues_behind, priority=priority,
    )  # fmt: skip


def waiting_job(
    *,
    runs_on: Labels = ("docker",),
    status: JobStatus = JobStatus.WAITING,
    run: RunOfJob | None = None,
    without_run: bool = False,
    owner_id: int = OWNER,
    present_owner: int = OWNER,
    without_repository: bool = False,
    needs: tuple[NeededJob, ...] | NeedsNotShown = (),
    ahead: tuple[RunAhead, ...] = (),
    assigned: bool = False,
    unit: ActionsUnit | None = ActionsUnit.ON,
    waited: int = WAITED,
    calls_workflow: bool | None = None,
) -> WaitingJob:
    """Job 71 of repository 35."""
    repository = ObservedRepository(id=REPOSITORY, owner_id=present_owner, owner_name="platform-team", name="platform")
    return WaitingJob(
        id=71, name="deploy", run_id=70, run=None if without_run else run or run_of_job(), repo_id=REPOSITORY,
        repository=None if without_repository else repository, owner_id=owner_id, runs_on=runs_on, needs=needs,
        status=status, assigned=assigned, waiting_since=NOW - waited, actions_unit=unit, ahead=ahead,
        calls_workflow=calls_workflow,
    )  # fmt: skip


def group(
    number: int = 5,
    *,
    name: str = "builder",
    owner_id: ObservedId = 0,
    repo_id: ObservedId = 0,
    labels: Labels = ("docker",),
    last_online: int = NOW - 2,
    ephemeral: bool = False,
) -> RunnerGroup:
    """One live runner, online."""
    return RunnerGroup(
        owner_id=owner_id,
        repo_id=repo_id,
        labels=labels,
        members=(row(number, name, last_online, ephemeral=ephemeral),),
    )


def listed_job(job: WaitingJob) -> WaitingJob:
    """The job as an API's list has it: without its run, and without since when it waits."""
    return replace(job, source=Source.API, run=None, run_id=None, waiting_since=None)


def listed(one: RunnerGroup, status: RunnerStatus = RunnerStatus.IDLE) -> RunnerGroup:
    """The runners as an API's list has them: a word for each in the place of the last contact."""
    members = tuple((*member[:2], 0, *member[3:]) for member in one.members)
    return replace(one, members=members, statuses={member[0]: status for member in members})


def row(number: int, name: str, last_online: int, *, ephemeral: bool = False) -> RunnerRow:
    """A live row of a group; what the group has read already is left out."""
    return number, name, last_online, ephemeral, None, None, None


def look(
    job: WaitingJob,
    *groups: RunnerGroup,
    major: int = 15,
    deleted: tuple[DeletedRunner, ...] = (),
    failing: tuple[FailingJob, ...] = (),
    running: dict[int, tuple[int, ...]] | None = None,
    used_up: Sequence[int] = (),
    tasks_seen: bool = True,
    seen: RunnersSeen = RunnersSeen.ALL,
) -> WaitingLook:
    """One look at that job and these runners."""
    tasks = TasksSeen(running=running or {}, used_up=frozenset(used_up)) if tasks_seen else None
    return WaitingLook(
        now=NOW, server=server(major), major=major, jobs=(job,), left_out=0, groups=groups, deleted=deleted,
        failing=failing, tasks=tasks, runners_seen=seen,
    )  # fmt: skip


def run_asked(status: JobStatus = JobStatus.WAITING, *, run: RunOfJob | None = None) -> WaitingLook:
    """Run 7 as 15 lists it, no job of its repository waiting."""
    job = waiting_job()
    assert job.repository is not None
    asked = RunAsked(run=run or run_of_job(), repository=job.repository, status=status)
    return replace(look(job), jobs=(), tasks=None, run_asked=asked)


def told_of(seen: WaitingLook) -> Explanation | RunExplanation:
    """What is told of its run, else of its one job."""
    return explained(seen).about_run or explanation(seen)


def explanation(seen: WaitingLook) -> Explanation:
    """The explanation of its one job."""
    (only,) = explained(seen).explanations
    return only
