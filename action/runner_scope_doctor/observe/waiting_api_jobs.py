"""Which jobs are told of over an API: one, those of a run, or all that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.forgejo.job_records import ListedJob, ListedRun, RepositoryToday
from runner_scope_doctor.forgejo.jobs import (
    FIRST_MAJOR_LISTING_RUNS,
    jobs_of_run,
    list_jobs,
    repository_by_name,
    run_by_number,
)
from runner_scope_doctor.forgejo.target import AdminList, ListTarget, RepositoryList, repository_list
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable, UsageError
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.server import FIRST_MAJOR_LISTING_ALL_JOBS, FIRST_MAJOR_WITH_RUNNER_LIST
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import JobStatus, RunAsked
from runner_scope_doctor.model.wording import counted_noun, named
from runner_scope_doctor.observe.waiting import MOST_JOBS, AllWaiting, JobWanted, RunWanted, Wanted

FIRST_MAJOR_LISTING_JOBS_OF_RUN = 16
"""Since 16 the API lists the jobs of a run, blocked ones as well."""
_OR_DATABASE = "let the command see the database, with --app-ini or --database."
DATABASE = f"L{_OR_DATABASE[1:]}"
"""The next step where the API does not show enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiWaitingRequest:
    """What to look for. `now` is the Unix second of the look."""

    wanted: Wanted
    target: ListTarget
    now: int
    assumed_major: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundJobs:
    """The jobs to tell of, all those of the list that wait, and the run that was asked for where its jobs are not shown.

    `today` is the repository that was asked for by name; None where one job, or all, were asked for.
    """

    jobs: tuple[ListedJob, ...]
    left_out: int = 0
    waiting: tuple[ListedJob, ...] = ()
    run: ListedRun | None = None
    asked: RunAsked | None = None
    today: RepositoryToday | None = None


def found_jobs(client: ApiClient, request: ApiWaitingRequest, major: int, own: ObservedRepository | None) -> FoundJobs:
    """The jobs that were asked for. `own` is the repository whose list was chosen; None for any other list.

    Raises SourceUnavailable when the version does not list them, or what was asked for is not listed, and UsageError for a
    question that contradicts itself or a run without any job.
    """
    match request.wanted:
        case RunWanted() as wanted:
            return _found_run(client, request, wanted, major, own)
        case JobWanted(job_id=job_id):
            listed = _listed(client, request.target, major)
            job = next((one for one in listed if one.id == job_id), None)
            if job is None:
                raise _not_listed(client, request.target, job_id, len(listed))
            return FoundJobs(jobs=(job,), waiting=_waiting(listed))
        case AllWaiting():
            waiting = _waiting(_listed(client, request.target, major))
            return _at_most(FoundJobs(jobs=waiting, waiting=waiting))


def _listed(client: ApiClient, target: ListTarget, major: int) -> tuple[ListedJob, ...]:
    if major < FIRST_MAJOR_LISTING_ALL_JOBS:
        raise SourceUnavailable(
            f"The API of Forgejo {major} does not list the jobs that wait (it does from {FIRST_MAJOR_LISTING_ALL_JOBS} on), nor "
            f"runners (from {FIRST_MAJOR_WITH_RUNNER_LIST} on).",
            next_step=DATABASE,
        )
    return list_jobs(client, target, major)


def _at_most(found: FoundJobs) -> FoundJobs:
    return replace(found, jobs=found.jobs[:MOST_JOBS], left_out=max(len(found.jobs) - MOST_JOBS, 0))


def _waiting(jobs: Sequence[ListedJob]) -> tuple[ListedJob, ...]:
    """The lowest ids first: since when a job waits is not shown."""
    return tuple(sorted((job for job in jobs if job.status is JobStatus.WAITING), key=lambda job: job.id))


def _not_listed(client: ApiClient, target: ListTarget, job_id: int, count: int) -> SourceUnavailable:
    elsewhere = "" if isinstance(target, AdminList) else ", is not covered by this list"
    return SourceUnavailable(
        f"{client.address.base_url} lists {counted_noun(count, 'job')} as waiting or running, and job {job_id} is not among "
        f"them: it has ended, is blocked{elsewhere}, or does not exist, and the API does not tell which.",
        next_step=f"Ask for its run (runner-scope-doctor why REPOSITORY RUN), look at its page, or {_OR_DATABASE}",
    )


def _found_run(
    client: ApiClient, request: ApiWaitingRequest, wanted: RunWanted, major: int, own: ObservedRepository | None
) -> FoundJobs:
    if major < FIRST_MAJOR_LISTING_RUNS:
        raise SourceUnavailable(
            f"The API of Forgejo {major} lists no runs (it does from {FIRST_MAJOR_LISTING_RUNS} on).",
            next_step=DATABASE,
        )
    path = _path(wanted)
    today = repository_by_name(client, path)
    if own is not None and own.id != today.repository.id:
        raise UsageError(
            "--api-list and REPOSITORY name two repositories.", next_step="Name the same, or --api-list admin."
        )
    if today.actions_unit is ActionsUnit.OFF:
        raise SourceUnavailable(
            f"Actions is switched off for {_name(wanted)}, and its runs are not shown then.",
            next_step=f"Switch Actions on for the repository, or {_OR_DATABASE}",
        )
    run = run_by_number(client, path, wanted.number)
    if run is None:
        raise SourceUnavailable(
            f"The API lists no run {wanted.number} of {_name(wanted)}: there is none, or it is from before the repository was "
            "transferred.",
            next_step=f"Give the number that stands behind the # on the page of the run, or {_OR_DATABASE}",
        )
    if major >= FIRST_MAJOR_LISTING_JOBS_OF_RUN:
        jobs = jobs_of_run(client, path, run.run.id)
        if not jobs:
            raise UsageError(
                f"The run {wanted.number} of {_name(wanted)} has no job.",
                next_step="Give the number that stands behind the # on the page of the run.",
            )
        return _at_most(FoundJobs(jobs=jobs, waiting=_waiting(jobs), run=run, today=today))
    return _found_beside(client, request, run, today, major)


def _found_beside(
    client: ApiClient, request: ApiWaitingRequest, run: ListedRun, today: RepositoryToday, major: int
) -> FoundJobs:
    """Up to 15 a run's own jobs are not shown: those of its repository that wait, unless its own row tells enough."""
    asked = RunAsked(run=run.run, repository=today.repository, status=run.status)
    if asked.went_well or asked.waits_for_approval or major < FIRST_MAJOR_LISTING_ALL_JOBS:
        return FoundJobs(jobs=(), asked=asked)
    waiting = _waiting(list_jobs(client, request.target, major))
    jobs = tuple(job for job in waiting if job.repo_id == today.repository.id)
    return _at_most(FoundJobs(jobs=jobs, waiting=waiting, asked=asked, today=today))


def _path(wanted: RunWanted) -> RepositoryList:
    try:
        return repository_list(f"{wanted.owner}/{wanted.repository}")
    except SettingsInvalid as wrong:
        raise UsageError(wrong.problem, next_step="Give a repository such as alice/website.") from None


def _name(wanted: RunWanted) -> str:
    return named(f"{wanted.owner}/{wanted.repository}")
