"""JSON of the Forgejo API into values. Nothing past this module holds a bare dict."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository, ObservedRunner, RunnerStatus
from runner_scope_doctor.model.scope import OwnerKind

_STATUSES = {status.value: status for status in RunnerStatus}
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class WrongShape(Exception):
    """The JSON is not what Forgejo sends there; the text says where, in our words only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`GET /user`. The user behind a job's own token has the id -2 and is no row of any table."""

    id: int
    login: str


def runners_of(value: object) -> tuple[ObservedRunner, ...]:
    """A page of a runner list (Forgejo 15 and later). Forgejo writes some empty lists as `null`.

    `last_online` and `deleted` are None: the API shows neither. Raises WrongShape.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WrongShape("the list of runners is no list")
    return tuple([_runner(item) for item in value])


def repository_of(value: object) -> ObservedRepository:
    """`GET /repositories/{id}` or `GET /repos/{owner}/{name}`. Raises WrongShape."""
    item = _object(value, "repository")
    owner = _object(item.get("owner"), "owner of the repository")
    return ObservedRepository(
        id=_integer(item, "id"),
        owner_id=_integer(owner, "id"),
        owner_name=_text(owner, "login"),
        name=_text(item, "name"),
    )


def organization_of(value: object) -> ObservedOwner:
    """`GET /orgs/{name}`; Forgejo repeats the name as `username`. Raises WrongShape."""
    item = _object(value, "organisation")
    return ObservedOwner(id=_integer(item, "id"), name=_text(item, "name"), kind=OwnerKind.ORGANIZATION)


def account_of(value: object) -> Account:
    """`GET /user`. Raises WrongShape."""
    item = _object(value, "user")
    return Account(id=_integer(item, "id"), login=_text(item, "login"))


def version_text_of(value: object) -> str:
    """`GET /version`, uninterpreted. Raises WrongShape."""
    return _text(_object(value, "version"), "version")


def message_of(value: object) -> str:
    """Forgejo's `message` in an error's body; empty when there is none."""
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else ""


def _runner(value: object) -> ObservedRunner:
    item = _object(value, "runner")
    status = _STATUSES.get(_text(item, "status"))
    if status is None:
        raise WrongShape("a runner's status is none that Forgejo 15 or 16 has")
    return ObservedRunner(
        id=_integer(item, "id"),
        uuid=_text(item, "uuid"),
        name=_text(item, "name"),
        version=_text(item, "version"),
        owner_id=_integer(item, "owner_id"),
        repo_id=_integer(item, "repo_id"),
        labels=_labels(item),
        last_online=None,
        deleted=None,
        ephemeral=_ephemeral(item),
        status=status,
    )


def _labels(item: dict[str, object]) -> tuple[str, ...] | None:
    """None for `null`: a runner that never declared."""
    if "labels" not in item:
        raise WrongShape("labels is missing")
    labels = item["labels"]
    if labels is None:
        return None
    if not isinstance(labels, list):
        raise WrongShape("labels is no list")
    return tuple([_checked_text(label, "labels") for label in labels])


def _ephemeral(item: dict[str, object]) -> bool:
    value = item.get("ephemeral")
    if not isinstance(value, bool):
        raise WrongShape("ephemeral is neither true nor false")
    return value


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise WrongShape(f"the {what} is no object")
    return value


def _integer(item: dict[str, object], key: str) -> int:
    value = item.get(key)
    if type(value) is not int or not _SMALLEST <= value <= _LARGEST:
        raise WrongShape(f"{key} is no 64-bit number")
    return value


def _text(item: dict[str, object], key: str) -> str:
    return _checked_text(item.get(key), key)


def _checked_text(value: object, key: str) -> str:
    """Go never sends half a surrogate pair; such a text could not even be written to a file."""
    if not isinstance(value, str):
        raise WrongShape(f"{key} is no text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise WrongShape(f"{key} is no valid Unicode")
    return value
