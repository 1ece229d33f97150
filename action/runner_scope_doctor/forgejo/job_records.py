"""JSON of the Forgejo API about jobs and runs into values."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.forgejo.json_fields import (
    WrongShape,
    flag_of,
    integer_of,
    list_of,
    object_of,
    text_of,
    texts_of,
)
from runner_scope_doctor.forgejo.records import repository_of
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import JobStatus, RunOfJob

_STATUSES = {status.word: status for status in JobStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedJob:
    """One job as the API lists it. `run_id` is None before 16; `owner_id` is who owned the repository when it was queued."""

    id: int
    name: str
    run_id: int | None
    repo_id: int
    owner_id: int
    needs: tuple[str, ...]
    runs_on: tuple[str, ...] | None
    task_id: int
    status: JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """One run as the API lists it."""

    run: RunOfJob
    status: JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryToday:
    """A repository with its present owner, and whether Actions is switched on for it (`has_actions`)."""

    repository: ObservedRepository
    actions_unit: ActionsUnit


def jobs_of(value: object) -> tuple[ListedJob, ...]:
    """A job list, whole: Forgejo makes no pages of it, and writes an empty one as `null`. Raises WrongShape."""
    jobs = tuple([_job(item) for item in list_of(value, "jobs")])
    if len({job.id for job in jobs}) != len(jobs):
        raise WrongShape("one job is listed twice")
    return jobs


def runs_of(value: object) -> tuple[ListedRun, ...]:
    """A page of `GET /repos/{owner}/{repo}/actions/runs` (12 and later). Raises WrongShape."""
    return tuple([_run(item) for item in list_of(object_of(value, "list of runs").get("workflow_runs"), "runs")])


def repository_today_of(value: object) -> RepositoryToday:
    """`GET /repositories/{id}` or `GET /repos/{owner}/{name}`, with its unit. Raises WrongShape."""
    has_actions = flag_of(object_of(value, "repository"), "has_actions")
    return RepositoryToday(
        repository=repository_of(value), actions_unit=ActionsUnit.ON if has_actions else ActionsUnit.OFF
    )


def _job(value: object) -> ListedJob:
    item = object_of(value, "job")
    return ListedJob(
        id=integer_of(item, "id"),
        name=text_of(item, "name"),
        run_id=integer_of(item, "run_id") if "run_id" in item else None,
        repo_id=integer_of(item, "repo_id"),
        owner_id=integer_of(item, "owner_id"),
        needs=texts_of(item, "needs") or (),
        runs_on=texts_of(item, "runs_on"),
        task_id=integer_of(item, "task_id"),
        status=_status(item),
    )


def _run(value: object) -> ListedRun:
    item = object_of(value, "run")
    return ListedRun(
        run=RunOfJob(
            id=integer_of(item, "id"),
            number=integer_of(item, "index_in_repo"),
            workflow=text_of(item, "workflow_id"),
            needs_approval=flag_of(item, "need_approval"),
            from_fork=flag_of(item, "is_fork_pull_request"),
            concurrency_group=None,
            queues_behind=None,
            priority=None,
        ),
        status=_status(item),
    )


def _status(item: dict[str, object]) -> JobStatus:
    status = _STATUSES.get(text_of(item, "status"))
    if status is None:
        raise WrongShape("a status is none that Forgejo has")
    return status
