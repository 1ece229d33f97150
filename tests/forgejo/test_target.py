"""Runner lists and their paths."""

from __future__ import annotations

import pytest

from runner_scope_doctor.forgejo.target import (
    AdminList,
    ListTarget,
    OrganizationList,
    RepositoryList,
    UserList,
    list_path,
    needed_scope,
    organization_list,
    repository_list,
)
from runner_scope_doctor.model.errors import SettingsInvalid


@pytest.mark.parametrize(
    ("target", "path", "scope"),
    [
        (AdminList(), "/admin/actions/runners", "read:admin"),
        (repository_list("platform-team/platform"), "/repos/platform-team/platform/actions/runners", "read:repository"),
        (organization_list("platform-team"), "/orgs/platform-team/actions/runners", "read:organization"),
        (UserList(), "/user/actions/runners", "read:user"),
    ],
)
def test_path_and_scope_as_forgejo_15_has_them(target: ListTarget, path: str, scope: str) -> None:
    """Each list is asked at Forgejo's own path and names the scope Forgejo checks there."""
    assert (list_path(target), needed_scope(target)) == (path, scope)


@pytest.mark.parametrize(
    "text", ["platform", "a/b/c", "/b", "a/", "../admin", "a/..", "a b/c", "a/b?x=1", "a/b#", "a/%2e"]
)
def test_name_that_forgejo_would_not_give_is_refused(text: str) -> None:
    """No name can lead the request, and the token, to another endpoint."""
    with pytest.raises(SettingsInvalid, match="owner/name"):
        repository_list(text)


def test_path_refuses_names_that_were_never_checked() -> None:
    """A target made by hand is checked where its path is made."""
    with pytest.raises(SettingsInvalid):
        list_path(RepositoryList(owner="..", name="admin"))
    with pytest.raises(SettingsInvalid):
        list_path(OrganizationList(name="a/../../admin"))
