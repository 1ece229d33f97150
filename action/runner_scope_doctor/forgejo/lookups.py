"""Single things the API knows: what a list belongs to, what runners' ids point at, what the token could do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, assert_never

from runner_scope_doctor.forgejo.answers import record_of
from runner_scope_doctor.forgejo.client import Answer, ApiClient, ask, ask_all
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.paging import API, JOB_ACCOUNT_ID, read_list_head, refusal
from runner_scope_doctor.forgejo.records import account_of, organization_of, repository_of
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import (
    AdminList,
    OrganizationList,
    RepositoryList,
    UserList,
    needed_scope,
    subject_path,
)
from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository
from runner_scope_doctor.model.scope import OwnerKind
from runner_scope_doctor.model.token_power import TokenPower

_Repository = TypeVar("_Repository")


def read_subject(
    client: ApiClient, target: RepositoryList | OrganizationList | UserList
) -> ObservedRepository | ObservedOwner:
    """What the list belongs to, with its id. Raises SourceUnavailable, for a job's own token as well: as a user it has
    a runner list, empty but for instance-wide runners, that says nothing about anyone."""
    answer = ask(client, API + subject_path(target))
    if answer.status != 200:
        raise refusal(client, answer, target, None)
    scope = needed_scope(target)
    match target:
        case RepositoryList():
            return record_of(answer, repository_of, scope=scope)
        case OrganizationList():
            return record_of(answer, organization_of, scope=scope)
        case UserList():
            return _own_account(answer, scope)
        case _:
            assert_never(target)


def known_repositories(client: ApiClient, ids: Iterable[int]) -> tuple[ObservedRepository, ...]:
    """The repositories with these ids, as far as the token may see them (`GET /repositories/{id}`, `read:repository`).

    One that is missing from the result is unknown, not gone: Forgejo answers 404 for both, to a site admin's token too
    when it is limited to public repositories. Costs one request an id. Raises SourceUnavailable when the API fails.
    """
    return tuple(sorted(repositories_by_id(client, ids, repository_of), key=lambda repository: repository.id))


def repositories_by_id(
    client: ApiClient, ids: Iterable[int], read: Callable[[object], _Repository]
) -> tuple[_Repository, ...]:
    """What `read` makes of each repository that the token may see, in no order; for the rest see `known_repositories`."""
    questions = [(f"{API}/repositories/{id}", "") for id in sorted(set(ids)) if id > 0]
    found: list[_Repository] = []
    for answer in ask_all(client, questions):
        if answer.status == 403:
            break  # the token lacks read:repository, so no further question would be answered
        if answer.status != 404:
            found.append(record_of(answer, read, scope="read:repository"))
    return tuple(found)


def token_power(client: ApiClient) -> TokenPower:
    """Whether the token has a site admin's `read:admin`, seen from whether it may read the admin list.

    Harmless: one runner is read, nothing is made. Raises SourceUnavailable when the server does not answer.
    """
    match read_list_head(client, AdminList()).status:
        case 200:
            return TokenPower.SITE_ADMIN
        case 401 | 403:
            return TokenPower.LESS
        case _:
            return TokenPower.UNKNOWN


def _own_account(answer: Answer, scope: str) -> ObservedOwner:
    account = record_of(answer, account_of, scope=scope)
    if account.id == JOB_ACCOUNT_ID:
        raise failure(Situation.JOB_TOKEN, Facts(where=answer.where, scope=scope))
    return ObservedOwner(id=account.id, name=account.login, kind=OwnerKind.USER)
