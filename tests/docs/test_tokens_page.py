"""docs/tokens.md: scopes and the meaning of refusals are the program's own."""

from __future__ import annotations

import json
import re

from runner_scope_doctor.forgejo.answers import status_failure
from runner_scope_doctor.forgejo.client import Answer
from runner_scope_doctor.forgejo.issues import WRITE
from runner_scope_doctor.forgejo.target import (
    AdminList,
    ListTarget,
    UserList,
    needed_scope,
    organization_list,
    repository_list,
)
from runner_scope_doctor.forgejo.token_rights import NOT_NEEDED
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_RUNNER_LIST, ServerVersion
from support.command import ROOT

PAGE = ROOT / "docs" / "tokens.md"
LISTS: dict[str, ListTarget] = {
    "repository:owner/name": repository_list("owner/name"),
    "organization:name": organization_list("name"),
    "user": UserList(),
    "admin": AdminList(),
}
ANSWERS = (
    (401, "token is required"),
    (401, "access token does not exist [sha: (token)]"),
    (403, "token does not have at least one of required scope(s): [read:repository]"),
    (403, "user should be the site admin"),
    (403, "user should be the owner of the repo"),
    (403, "Must be an organization owner"),
    (403, "token scope is limited to public repos"),
    (404, "The target couldn't be found."),
)
"""What Forgejo says (`routers/api/v1/api.go`, `services/context/api.go`)."""


def row(status: int, message: str, version: ServerVersion | None = None) -> str:
    """The page's line for that answer; without a message a plain page."""
    body = json.dumps({"message": message}).encode() if message else b"404 page not found"
    answer = Answer(
        where="…", status=status, content_type="", body=body, location=None, total_count=None, retry_after=None
    )
    problem = status_failure(answer, scope="read:repository", version=version).problem
    return f"| {status} | `{message or '404 page not found'}` | {problem} |"


def rows() -> list[str]:
    """All of them, the last for a server that is too old."""
    old = ServerVersion(major=FIRST_MAJOR_WITH_RUNNER_LIST - 1, text="14.0.5", source="")
    return [*(row(status, message) for status, message in ANSWERS), row(404, "", old)]


def test_every_refusal_is_told_as_the_program_tells_it() -> None:
    """The table of refusals is what the program says to these answers, line by line."""
    table = PAGE.read_text(encoding="utf-8").split("| the server's words |")[1].split("\n\n")[0]
    assert table.splitlines()[2:] == rows()


def test_every_list_names_the_scope_it_needs() -> None:
    """Each `--api-list` stands there with the scope that the program asks for, and the first version that has it."""
    text = PAGE.read_text(encoding="utf-8")
    for word, target in LISTS.items():
        (line,) = re.findall(rf"^\| `--api-list {word}` .*$", text, re.MULTILINE)
        assert f"| `{needed_scope(target)}` |" in line
        assert line.endswith(f"| {FIRST_MAJOR_WITH_RUNNER_LIST} and later |")


def test_the_scopes_that_the_self_test_asks_for_are_named() -> None:
    """What `host self-test` calls too much is what the page says."""
    said = PAGE.read_text(encoding="utf-8").split("## What the self-test asks")[1]
    assert all(f"`{needless.scope}`" in said for needless in NOT_NEEDED)


def test_the_scope_of_the_living_issue_is_the_programs() -> None:
    """Its row asks for the one scope that the program asks for, and no other."""
    (line,) = re.findall(r"^\| \[the living issue\].*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [cell.strip() for cell in line.split("|")][2] == f"`{WRITE}`"
