"""Reads what an API shows of why jobs are not picked up, and names what it does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.job_records import ListedJob, RepositoryToday
from runner_scope_doctor.forgejo.jobs import repositories_today
from runner_scope_doctor.forgejo.lookups import read_subject
from runner_scope_doctor.forgejo.paging import list_runners
from runner_scope_doctor.forgejo.server_version import AnsweringServer, read_server
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import AdminList, ListTarget, RepositoryList
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.server import (
    FIRST_MAJOR_FAILING_WITHOUT_ACTIONS,
    FIRST_MAJOR_WITH_CONCURRENCY_QUEUES,
    FIRST_MAJOR_WITH_RUNNER_LIST,
    Product,
    is_known_major,
)
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, Source, Unobserved
from runner_scope_doctor.model.waiting import FailingJob, JobStatus, RunnerGroup, RunnersSeen, WaitingLook
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.observe.api import observed_server
from runner_scope_doctor.observe.waiting import AllWaiting
from runner_scope_doctor.observe.waiting_api_jobs import DATABASE, ApiWaitingRequest, FoundJobs, found_jobs
from runner_scope_doctor.observe.waiting_api_values import failing_job, runner_groups, waiting_jobs


def observe_waiting_api(client: ApiClient, request: ApiWaitingRequest) -> WaitingLook:
    """One look. Raises SourceUnavailable when the version's API does not show what is asked for, or a list cannot be read, and
    UsageError for a question that contradicts itself. What a job cannot be told from is a gap or a reason, never a guess."""
    server = read_server(client)
    major = _major(client, server, request.assumed_major)
    subject = None if isinstance(request.target, AdminList) else read_subject(client, request.target)
    own = subject if isinstance(subject, ObservedRepository) else None
    found = found_jobs(client, request, major, own)
    repositories = _repositories(client, found)
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


def _repositories(client: ApiClient, found: FoundJobs) -> dict[int, RepositoryToday]:
    """By id, those of the jobs to tell of; one that was looked at by its name is not asked for again."""
    known = {} if found.today is None else {found.today.repository.id: found.today}
    return known | repositories_today(client, {job.repo_id for job in found.jobs} - known.keys())


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


def _gaps(request: ApiWaitingRequest, major: int, found: FoundJobs) -> Iterator[Unobserved]:
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
    return Unobserved(source=Source.API, what=what, reason=reason, next_step=DATABASE, need=need)
