"""JSON of the Forgejo API into values. Nothing past this module holds a bare dict."""

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
from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository, ObservedRunner, RunnerStatus
from runner_scope_doctor.model.scope import OwnerKind

_STATUSES = {status.value: status for status in RunnerStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`GET /user`. The user behind a job's own token has the id -2 and is no row of any table."""

    id: int
    login: str


def runners_of(value: object) -> tuple[ObservedRunner, ...]:
    """A page of a runner list (Forgejo 15 and later). Forgejo writes some empty lists as `null`.

    `last_online` and `deleted` are None: the API shows neither. Raises WrongShape.
    """
    return tuple([_runner(item) for item in list_of(value, "runners")])


def repository_of(value: object) -> ObservedRepository:
    """`GET /repositories/{id}` or `GET /repos/{owner}/{name}`. Raises WrongShape."""
    item = object_of(value, "repository")
    owner = object_of(item.get("owner"), "owner of the repository")
    return ObservedRepository(
        id=integer_of(item, "id"),
        owner_id=integer_of(owner, "id"),
        owner_name=text_of(owner, "login"),
        name=text_of(item, "name"),
    )


def organization_of(value: object) -> ObservedOwner:
    """`GET /orgs/{name}`; Forgejo repeats the name as `username`. Raises WrongShape."""
    item = object_of(value, "organisation")
    return ObservedOwner(id=integer_of(item, "id"), name=text_of(item, "name"), kind=OwnerKind.ORGANIZATION)


def account_of(value: object) -> Account:
    """`GET /user`. Raises WrongShape."""
    item = object_of(value, "user")
    return Account(id=integer_of(item, "id"), login=text_of(item, "login"))


def version_text_of(value: object) -> str:
    """`GET /version`, uninterpreted. Raises WrongShape."""
    return text_of(object_of(value, "version"), "version")


def message_of(value: object) -> str:
    """Forgejo's `message` in an error's body; empty when there is none."""
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else ""


def _runner(value: object) -> ObservedRunner:
    item = object_of(value, "runner")
    status = _STATUSES.get(text_of(item, "status"))
    if status is None:
        raise WrongShape("a runner's status is none that Forgejo 15 or 16 has")
    return ObservedRunner(
        id=integer_of(item, "id"),
        uuid=text_of(item, "uuid"),
        name=text_of(item, "name"),
        version=text_of(item, "version"),
        owner_id=integer_of(item, "owner_id"),
        repo_id=integer_of(item, "repo_id"),
        labels=texts_of(item, "labels"),  # None: it never declared
        last_online=None,
        deleted=None,
        ephemeral=flag_of(item, "ephemeral"),
        status=status,
    )
