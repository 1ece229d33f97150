"""Jobs that wait or run, as the API lists them, and what they belong to."""

from __future__ import annotations

from collections.abc import Iterable

from runner_scope_doctor.forgejo.answers import record_of
from runner_scope_doctor.forgejo.client import ApiClient, ask
from runner_scope_doctor.forgejo.job_records import (
    ListedJob,
    ListedRun,
    RepositoryToday,
    jobs_of,
    repository_today_of,
    runs_of,
)
from runner_scope_doctor.forgejo.lookups import repositories_by_id
from runner_scope_doctor.forgejo.paging import API, refusal
from runner_scope_doctor.forgejo.target import (
    AdminList,
    ListTarget,
    RepositoryList,
    list_path,
    needed_scope,
    subject_path,
)
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_RUNNER_LIST

FIRST_MAJOR_LISTING_RUNS = 12
"""Since 12 the API lists the runs of a repository."""
_SCOPE = "read:repository"


def list_jobs(client: ApiClient, target: ListTarget, major: int) -> tuple[ListedJob, ...]:
    """Every job that waits or runs there, blocked ones not (14 and later). Raises SourceUnavailable."""
    path = f"{list_path(target)}/jobs"
    if isinstance(target, AdminList) and major < FIRST_MAJOR_WITH_RUNNER_LIST:
        path = "/admin/runners/jobs"
    answer = ask(client, API + path)
    if answer.status != 200:
        raise refusal(client, answer, target, None)
    return record_of(answer, jobs_of, scope=needed_scope(target))


def jobs_of_run(client: ApiClient, repository: RepositoryList, run_id: int) -> tuple[ListedJob, ...]:
    """Every job of a run, whatever its status (16 and later). Raises SourceUnavailable."""
    answer = ask(client, f"{API}{subject_path(repository)}/actions/runs/{run_id}/jobs")
    return record_of(answer, jobs_of, scope=_SCOPE)


def run_by_number(client: ApiClient, repository: RepositoryList, number: int) -> ListedRun | None:
    """The run with the number that people see (12 and later); None when the list has none. Raises SourceUnavailable.

    The list goes by the present owner, so that it lacks the runs from before a transfer, and it is not there (404) while Actions
    is switched off for the repository.
    """
    answer = ask(client, f"{API}{subject_path(repository)}/actions/runs", f"?run_number={number}&limit=50&page=1")
    runs = record_of(answer, runs_of, scope=_SCOPE)
    return next((one for one in runs if one.run.number == number), None)


def repository_by_name(client: ApiClient, repository: RepositoryList) -> RepositoryToday:
    """Raises SourceUnavailable, AccessDenied where the token may not see it or it is not there."""
    answer = ask(client, API + subject_path(repository))
    if answer.status != 200:
        raise refusal(client, answer, repository, None)
    return record_of(answer, repository_today_of, scope=_SCOPE)


def repositories_today(client: ApiClient, ids: Iterable[int]) -> dict[int, RepositoryToday]:
    """As `known_repositories`, with whether Actions is on. One request an id."""
    found = repositories_by_id(client, ids, repository_today_of)
    return {one.repository.id: one for one in found}
