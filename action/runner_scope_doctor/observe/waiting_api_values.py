"""What the API lists as the values that the diagnosis rests on. What it does not show stays absent."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.forgejo.job_records import ListedJob, ListedRun, RepositoryToday
from runner_scope_doctor.model.runner import ObservedRunner, RunnerStatus
from runner_scope_doctor.model.snapshot import Source
from runner_scope_doctor.model.waiting import (
    FailingJob,
    JobBeside,
    JobStatus,
    NeededJob,
    NeedsNotShown,
    RunnerGroup,
    RunnerRow,
    WaitingJob,
)


def waiting_jobs(
    jobs: Sequence[ListedJob], repositories: dict[int, RepositoryToday], run: ListedRun | None
) -> tuple[WaitingJob, ...]:
    """The jobs with what was found of their repositories; with `run`, they are all the jobs of that run."""
    return tuple(_waiting_job(job, repositories.get(job.repo_id), run, jobs) for job in jobs)


def _waiting_job(
    job: ListedJob, today: RepositoryToday | None, run: ListedRun | None, all_jobs: Sequence[ListedJob]
) -> WaitingJob:
    return WaitingJob(
        id=job.id,
        name=job.name,
        run_id=job.run_id,
        run=None if run is None else run.run,
        repo_id=job.repo_id,
        repository=None if today is None else today.repository,
        owner_id=job.owner_id,
        runs_on=job.runs_on,
        needs=_needs(job, all_jobs) if job.status is JobStatus.BLOCKED else (),
        status=job.status,
        assigned=job.task_id != 0,
        waiting_since=None,
        actions_unit=None if today is None else today.actions_unit,
        source=Source.API,
    )


def _needs(job: ListedJob, all_jobs: Sequence[ListedJob]) -> tuple[NeededJob, ...] | NeedsNotShown:
    """A job's key in the workflow is not listed, only its name: which job a key means is certain where there is one other."""
    others = [one for one in all_jobs if one.id != job.id]
    if len(job.needs) == len(others) == 1:
        return (NeededJob(key=job.needs[0], id=others[0].id, status=others[0].status),)
    return NeedsNotShown(
        keys=job.needs,
        unfinished=tuple(
            JobBeside(id=one.id, name=one.name, status=one.status) for one in others if not one.status.is_done
        ),
    )


def runner_groups(runners: Sequence[ObservedRunner]) -> tuple[RunnerGroup, ...]:
    """The runners of a list with the API's word for each."""
    alike: dict[object, list[ObservedRunner]] = {}
    for runner in runners:
        alike.setdefault((runner.owner_id, runner.repo_id, runner.labels), []).append(runner)
    return tuple(_group(members) for members in alike.values())


def _group(members: Sequence[ObservedRunner]) -> RunnerGroup:
    first = members[0]
    return RunnerGroup(
        owner_id=first.owner_id,
        repo_id=first.repo_id,
        labels=first.labels,
        members=tuple(_row(runner) for runner in members),
        statuses={runner.id: _status(runner) for runner in members},
    )


def _status(runner: ObservedRunner) -> RunnerStatus:
    if runner.status is None:
        raise AssertionError("a list of the API has the status of every runner")
    return runner.status


def _row(runner: ObservedRunner) -> RunnerRow:
    return runner.id, runner.name, 0, bool(runner.ephemeral), None, None, None


def failing_job(job: ListedJob) -> FailingJob:
    """A job of a repository without Actions; since when it waits and how urgent it is are not shown."""
    return FailingJob(
        id=job.id,
        repo_id=job.repo_id,
        owner_id=job.owner_id,
        runs_on=job.runs_on,
        waiting_since=None,
        priority=None,
    )
