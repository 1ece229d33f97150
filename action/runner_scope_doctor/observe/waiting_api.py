"""Reads what an API shows of why jobs are not picked up, and names what it does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.job_records import ListedJob, ListedRun, RepositoryToday
from runner_scope_doctor.forgejo.jobs import (
    FIRST_MAJOR_LISTING_ALL_JOBS,
    FIRST_MAJOR_LISTING_RUNS,
    jobs_of_run,
    list_jobs,
    repositories_today,
    repository_by_name,
    run_by_number,
)
from runner_scope_doctor.forgejo.lookups import read_subject
from runner_scope_doctor.forgejo.paging import list_runners
from runner_scope_doctor.forgejo.server_version import AnsweringServer, read_server
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import AdminList, ListTarget, RepositoryList, repository_list
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable, UsageError
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.server import (
    FIRST_MAJOR_FAILING_WITHOUT_ACTIONS,
    FIRST_MAJOR_WITH_CONCURRENCY_QUEUES,
    FIRST_MAJOR_WITH_RUNNER_LIST,
    Product,
    is_known_major,
)
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, Source, Unobserved
from runner_scope_doctor.model.waiting import FailingJob, JobStatus, RunAsked, RunnerGroup, RunnersSeen, WaitingLook
from runner_scope_doctor.model.wording import counted_noun, named
from runner_scope_doctor.observe.api import observed_server
from runner_scope_doctor.observe.waiting import MOST_JOBS, AllWaiting, JobWanted, RunWanted, Wanted
from runner_scope_doctor.observe.waiting_api_values import failing_job, runner_groups, waiting_jobs

FIRST_MAJOR_LISTING_JOBS_OF_RUN = 16
"""Since 16 the API lists the jobs of a run, blocked ones as well."""
_OR_DATABASE = "let the command see the database, with --app-ini or --database."
_DATABASE = f"L{_OR_DATABASE[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiWaitingRequest:
    """What to look for. `now` is the Unix second of the look."""

    wanted: Wanted
    target: ListTarget
    now: int
    assumed_major: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The jobs to tell of, all those of the list that wait, and the run that was asked for where its jobs are not shown."""

    jobs: tuple[ListedJob, ...]
    left_out: int = 0
    waiting: tuple[ListedJob, ...] = ()
    run: ListedRun | None = None
    asked: RunAsked | None = None


def observe_waiting_api(client: ApiClient, request: ApiWaitingRequest) -> WaitingLook:
    """One look. Raises SourceUnavailable when the version's API does not show what is asked for, or a list cannot be read, and
    UsageError for a question that contradicts itself. What a job cannot be told from is a gap or a reason, never a guess."""
    server = read_server(client)
    major = _major(client, server, request.assumed_major)
    subject = None if isinstance(request.target, AdminList) else read_subject(client, request.target)
    own = subject if isinstance(subject, ObservedRepository) else None
    found = _found(client, request, major, own)
    repositories = repositories_today(client, (job.repo_id for job in found.jobs))
    groups, seen = _runners(client, request.target, server, major, found.jobs)
    return WaitingLook(
        now=request.now,
        server=observed_server(client, server),
        major=major,
        jobs=waiting_jobs(found.jobs, repositories, found.run),
        left_out=found.left_out,
        groups=groups,
        deleted=(),
        failing=tuple(_failing(found.waiting, repositories, major)),
        tasks=None,
        unobserved=tuple(_gaps(request, major, found)),
        runners_seen=seen,
        run_asked=found.asked,
    )


def _major(client: ApiClient, server: AnsweringServer, assumed: int | None) -> int:
    if server.product is Product.GITEA:
        raise failure(Situation.GITEA, Facts(where=client.address.base_url, detail=named(server.text)))
    if assumed is not None:
        return assumed
    if server.version is None or not is_known_major(server.version.major):
        raise SourceUnavailable(
            f"The server calls itself {named(server.text)}, whose rules this tool does not know, and who is given which job "
            "differs from version to version.",
            next_step="Use a release of this tool that knows it, or name the version with --assume-version.",
        )
    return server.version.major


def _found(client: ApiClient, request: ApiWaitingRequest, major: int, own: ObservedRepository | None) -> _Found:
    match request.wanted:
        case RunWanted() as wanted:
            return _found_run(client, request, wanted, major, own)
        case JobWanted(job_id=job_id):
            listed = _listed(client, request.target, major)
            job = next((one for one in listed if one.id == job_id), None)
            if job is None:
                raise _not_listed(client, request.target, job_id, len(listed))
            return _Found(jobs=(job,), waiting=_waiting(listed))
        case AllWaiting():
            waiting = _waiting(_listed(client, request.target, major))
            return _Found(jobs=waiting[:MOST_JOBS], left_out=max(len(waiting) - MOST_JOBS, 0), waiting=waiting)


def _listed(client: ApiClient, target: ListTarget, major: int) -> tuple[ListedJob, ...]:
    if major < FIRST_MAJOR_LISTING_ALL_JOBS:
        raise SourceUnavailable(
            f"The API of Forgejo {major} does not list the jobs that wait (it does from {FIRST_MAJOR_LISTING_ALL_JOBS} on), nor "
            f"runners (from {FIRST_MAJOR_WITH_RUNNER_LIST} on).",
            next_step=_DATABASE,
        )
    return list_jobs(client, target, major)


def _waiting(jobs: Sequence[ListedJob]) -> tuple[ListedJob, ...]:
    """The lowest ids first: since when a job waits is not shown."""
    return tuple(sorted((job for job in jobs if job.status is JobStatus.WAITING), key=lambda job: job.id))


def _not_listed(client: ApiClient, target: ListTarget, job_id: int, count: int) -> SourceUnavailable:
    elsewhere = "" if isinstance(target, AdminList) else ", is not covered by this list"
    return SourceUnavailable(
        f"{client.address.base_url} lists {counted_noun(count, 'job')} as waiting or running, and job {job_id} is not among them: "
        f"it has ended, is blocked{elsewhere}, or does not exist, and the API does not tell which.",
        next_step=f"Ask for its run (runner-scope-doctor why REPOSITORY RUN), look at its page, or {_OR_DATABASE}",
    )


def _found_run(
    client: ApiClient, request: ApiWaitingRequest, wanted: RunWanted, major: int, own: ObservedRepository | None
) -> _Found:
    if major < FIRST_MAJOR_LISTING_RUNS:
        raise SourceUnavailable(
            f"The API of Forgejo {major} lists no runs (it does from {FIRST_MAJOR_LISTING_RUNS} on).",
            next_step=_DATABASE,
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
        return _Found(jobs=jobs[:MOST_JOBS], left_out=max(len(jobs) - MOST_JOBS, 0), waiting=_waiting(jobs), run=run)
    return _found_beside(client, request, run, today, major)


def _found_beside(
    client: ApiClient, request: ApiWaitingRequest, run: ListedRun, today: RepositoryToday, major: int
) -> _Found:
    """Up to 15 a run's own jobs are not shown: those of its repository that wait, unless its own row tells enough."""
    asked = RunAsked(run=run.run, repository=today.repository, status=run.status)
    told = run.status in (JobStatus.SUCCESS, JobStatus.SKIPPED) or (run.run.needs_approval and not run.status.is_done)
    if told or major < FIRST_MAJOR_LISTING_ALL_JOBS:
        return _Found(jobs=(), asked=asked)
    waiting = _waiting(list_jobs(client, request.target, major))
    jobs = tuple(job for job in waiting if job.repo_id == today.repository.id)
    return _Found(jobs=jobs[:MOST_JOBS], left_out=max(len(jobs) - MOST_JOBS, 0), waiting=waiting, asked=asked)


def _path(wanted: RunWanted) -> RepositoryList:
    try:
        return repository_list(f"{wanted.owner}/{wanted.repository}")
    except SettingsInvalid as wrong:
        raise UsageError(wrong.problem, next_step="Give a repository such as alice/website.") from None


def _name(wanted: RunWanted) -> str:
    return named(f"{wanted.owner}/{wanted.repository}")


def _runners(
    client: ApiClient, target: ListTarget, server: AnsweringServer, major: int, jobs: Sequence[ListedJob]
) -> tuple[tuple[RunnerGroup, ...], RunnersSeen]:
    if major < FIRST_MAJOR_WITH_RUNNER_LIST:
        return (), RunnersSeen.NONE
    seen = RunnersSeen.SOME
    if isinstance(target, AdminList):
        seen = RunnersSeen.ALL
    elif isinstance(target, RepositoryList):
        seen = RunnersSeen.IN_SCOPE
    if not any(job.status is JobStatus.WAITING for job in jobs):
        return (), seen
    return runner_groups(list_runners(client, target, version=server.version)), seen


def _failing(
    waiting: Iterable[ListedJob], repositories: dict[int, RepositoryToday], major: int
) -> Iterator[FailingJob]:
    if major < FIRST_MAJOR_FAILING_WITHOUT_ACTIONS:
        return
    for job in waiting:
        today = repositories.get(job.repo_id)
        if today is not None and today.actions_unit is ActionsUnit.OFF:
            yield failing_job(job)


def _gaps(request: ApiWaitingRequest, major: int, found: _Found) -> Iterator[Unobserved]:
    if isinstance(request.wanted, AllWaiting):
        yield _gap(
            "blocked jobs",
            "The API lists jobs that wait for a runner or run, not those that are blocked.",
            Need.REQUIRED,
        )
    if not found.jobs:
        return
    groups = ", concurrency groups" if major >= FIRST_MAJOR_WITH_CONCURRENCY_QUEUES else ""
    yield _gap(
        f"since when a job waits{groups}, who is busy, deleted runners, and what a job without runs-on calls",
        "The API does not show it.",
        Need.OPTIONAL,
    )
    if isinstance(request.target, RepositoryList):
        yield _gap(
            "runners of other owners and repositories", "The list of a repository does not have them.", Need.OPTIONAL
        )


def _gap(what: str, reason: str, need: Need) -> Unobserved:
    return Unobserved(source=Source.API, what=what, reason=reason, next_step=_DATABASE, need=need)
