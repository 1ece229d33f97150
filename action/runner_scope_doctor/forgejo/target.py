"""Which runner list is asked for, as values, and the paths Forgejo (15 and later) has for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.wording import named

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""Forgejo's own alphabet for owner and repository names (`modules/validation`); no name is `.` or `..`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminList:
    """Every runner of the server. Needs `read:admin` of a site admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryList:
    """What may serve one repository. Needs `read:repository` of its owner."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationList:
    """What belongs to one organisation, and instance-wide runners. Needs `read:organization` of one of its owners."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    """What belongs to the token's own user, and instance-wide runners. Needs `read:user`."""


ListTarget = AdminList | RepositoryList | OrganizationList | UserList


def repository_list(text: str) -> RepositoryList:
    """The list of a repository given as `owner/name`. Raises SettingsInvalid for what cannot be one."""
    owner, _, name = text.partition("/")
    return RepositoryList(owner=_checked(owner, text), name=_checked(name, text))


def organization_list(text: str) -> OrganizationList:
    """The list of an organisation by name. Raises SettingsInvalid for what cannot be one."""
    return OrganizationList(name=_checked(text, text))


def list_path(target: ListTarget) -> str:
    """The path below `/api/v1` that lists the target's runners."""
    match target:
        case AdminList():
            return "/admin/actions/runners"
        case RepositoryList():
            return f"{subject_path(target)}/actions/runners"
        case OrganizationList():
            return f"{subject_path(target)}/actions/runners"
        case UserList():
            return f"{subject_path(target)}/actions/runners"
        case _:
            assert_never(target)


def subject_path(target: RepositoryList | OrganizationList | UserList) -> str:
    """The path below `/api/v1` of the repository, organisation or user itself."""
    match target:
        case RepositoryList(owner=owner, name=name):
            return f"/repos/{_checked(owner, owner)}/{_checked(name, name)}"
        case OrganizationList(name=name):
            return f"/orgs/{_checked(name, name)}"
        case UserList():
            return "/user"
        case _:
            assert_never(target)


def needed_scope(target: ListTarget) -> str:
    """The token scope that opens the list."""
    match target:
        case AdminList():
            return "read:admin"
        case RepositoryList():
            return "read:repository"
        case OrganizationList():
            return "read:organization"
        case UserList():
            return "read:user"
        case _:
            assert_never(target)


def _checked(name: str, text: str) -> str:
    """A name is checked where a path is made of it, too: `..` would lead to another endpoint."""
    if _NAME.fullmatch(name) is None or name in {".", ".."}:
        raise SettingsInvalid(
            f"{named(text)} is not a name Forgejo would give.",
            next_step="Write a repository as owner/name and an organisation by its name in the URL.",
        )
    return name
