"""Why an overdue job waits, as far as the check's own snapshot tells: it does not look at who is busy."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.diagnose.waiting.candidates import parties
from runner_scope_doctor.diagnose.waiting.pool import RunnerPool
from runner_scope_doctor.diagnose.waiting.runner_side import among_fitting
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import ActionsUnit, OverdueJob
from runner_scope_doctor.model.waiting import FailingJob, JobStatus, RunnerGroup, RunOfJob, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import Reason


def overdue_reason(
    job: OverdueJob, takers: Sequence[ObservedRunner], *, server: ObservedServer, now: int
) -> Reason | None:
    """The reason of `why` for a job that only these runners could take; None where the version or the unit is not known."""
    if server.version is None:
        return None
    major = server.version.major
    waiting = _as_waiting(job)
    groups = tuple(_alone(runner) for runner in takers)
    look = WaitingLook(
        now=now,
        server=server,
        major=major,
        jobs=(waiting,),
        left_out=0,
        groups=groups,
        deleted=(),
        failing=(_as_failing(job),) if job.actions_unit is ActionsUnit.OFF else (),
        tasks=None,
    )
    told = among_fitting(waiting, parties(waiting, RunnerPool(groups, None, now), look), look)
    return None if told is None else told.reason


def _as_waiting(job: OverdueJob) -> WaitingJob:
    """The snapshot's overdue jobs are held by nothing, so their run tells nothing more."""
    run = RunOfJob(
        id=0,
        number=0,
        workflow="",
        needs_approval=False,
        from_fork=False,
        concurrency_group=None,
        queues_behind=False,
        priority=0,
    )
    return WaitingJob(
        id=job.id,
        name=job.name,
        run_id=0,
        run=run,
        repo_id=job.repository.id,
        repository=job.repository,
        owner_id=job.repository.owner_id,
        runs_on=job.runs_on,
        needs=(),
        status=JobStatus.WAITING,
        assigned=False,
        waiting_since=job.waiting_since,
        actions_unit=job.actions_unit,
    )


def _as_failing(job: OverdueJob) -> FailingJob:
    return FailingJob(
        id=job.id,
        repo_id=job.repository.id,
        owner_id=job.repository.owner_id,
        runs_on=job.runs_on,
        waiting_since=job.waiting_since,
        priority=0,
    )


def _alone(runner: ObservedRunner) -> RunnerGroup:
    row = (runner.id, runner.name, runner.last_online or 0, bool(runner.ephemeral), None, None, None)
    return RunnerGroup(owner_id=runner.owner_id, repo_id=runner.repo_id, labels=runner.labels, members=(row,))
