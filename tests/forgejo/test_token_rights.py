"""The host's token is asked what it can read: enough, too much, or not at all. Every question is a GET."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from runner_scope_doctor.forgejo.address import api_address, token_from_text
from runner_scope_doctor.forgejo.client import opened
from runner_scope_doctor.forgejo.token_rights import judged_issue_token, judged_token
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.self_test import Standing
from support.forgejo_api import SECRET
from support.loopback import Received, Reply, loopback

REPOSITORY = "ops/forgejo"
NO_ADMIN = (403, {"message": "Only administrators allowed to sudo."})
"""`sudo` in Forgejo's `routers/api/v1/api.go`, the same in 7 to 16."""
READS: dict[str, tuple[int, object]] = {
    "/api/v1/version?sudo=ghost": NO_ADMIN,
    "/api/v1/repos/ops/forgejo": (200, {"permissions": {"admin": False, "push": False, "pull": True}}),
    "/api/v1/repos/ops/forgejo/issues?type=pulls&state=all&limit=1": (200, []),
    "/api/v1/orgs?limit=1": (200, []),
}
"""A server's answers to a token with `read:repository` and `read:issue` of an account that may read the repository. The list of
organisations is given to every token (`routers/api/v1/api.go` of 7 to 17: its scope stands behind the handler)."""
NOT_THERE: tuple[int, object] = (
    404,
    {"message": "GetOrgByName", "url": "/api/swagger", "errors": ["user redirect does not exist [name: ghost]"]},
)
"""What 15.0.3 says of an organisation that cannot be, to a token with `read:organization`."""


def lacks(scope: str) -> tuple[int, object]:
    return 403, {"message": f"token does not have at least one of required scope(s): [{scope}]", "url": "/api/swagger"}


def server(answers: Mapping[str, tuple[int, object]]) -> Callable[[Received], Reply]:
    """Answers so, and refuses everything else for a scope."""

    def answer(request: Received) -> Reply:
        status, body = answers.get(request.path, lacks("read:other"))
        return Reply(status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})

    return answer


def told(answers: Mapping[str, tuple[int, object]]) -> list[tuple[Standing, str]]:
    """Every line about the token, which is in none of them."""
    with loopback(server({**READS, **answers})) as running:
        address = api_address(running.url, token=token_from_text(SECRET, source="test"))
        with opened(address) as client:
            lines = judged_token(client, (REPOSITORY,))
    assert SECRET not in str(lines)
    assert {line.subject for line in lines} == {"api"}
    return [(line.standing, line.sentence) for line in lines]


def wrong(answers: Mapping[str, tuple[int, object]]) -> list[tuple[Standing, str]]:
    return [line for line in told(answers) if line[0] is not Standing.RIGHT]


def test_the_token_that_docs_ask_for_is_right() -> None:
    """With both scopes, read access and nothing else every line is ok, also about what is not there."""
    assert [standing for standing, _ in told({})] == [Standing.RIGHT] * 3


def test_a_token_that_is_not_accepted_is_missing() -> None:
    """401 is told once, and nothing else is asked."""
    answers: dict[str, tuple[int, object]] = {"/api/v1/version?sudo=ghost": (401, {"message": "invalid token"})}
    ((standing, sentence),) = told(answers)
    assert standing is Standing.MISSING
    assert "does not accept the token (401)" in sentence


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/v1/repos/ops/forgejo", "read:repository"),
        ("/api/v1/repos/ops/forgejo/issues?type=pulls&state=all&limit=1", "read:issue"),
    ],
)
def test_a_scope_that_is_not_there_is_missing(path: str, scope: str) -> None:
    """403 for a scope names the scope."""
    ((standing, sentence),) = wrong({path: lacks(scope)})
    assert standing is Standing.MISSING
    assert "lacks a scope that" in sentence
    assert scope in sentence


def test_a_repository_that_is_not_to_be_seen_is_missing() -> None:
    """404 is what Forgejo says of a private repository that the account may not read."""
    ((standing, sentence),) = wrong({"/api/v1/repos/ops/forgejo": (404, {"message": "not found", "errors": []})})
    assert standing is Standing.MISSING
    assert "is not there for this token (404)" in sentence


@pytest.mark.parametrize("path", [path for path in READS if "/repos/" in path])
def test_a_server_that_fails_says_nothing_of_the_token(path: str) -> None:
    """500 is no refusal: what could not be looked at is neither missing nor right."""
    assert [standing for standing, _ in wrong({path: (500, {"message": "", "url": "/api/swagger"})})] == [
        Standing.UNSEEN
    ]


def test_a_site_admin_is_more() -> None:
    """A site admin is told that the user it would act as is not there; anybody else, that only admins may."""
    answers: dict[str, tuple[int, object]] = {
        "/api/v1/version?sudo=ghost": (404, {"message": "not found", "errors": []})
    }
    assert wrong(answers) == [
        (Standing.MORE, "its account is a site admin's, who can approve in anybody's name"),
    ]


def test_another_answer_about_the_rank_is_no_proof() -> None:
    """A proxy that answers by itself, or a server of another kind, has proven nothing."""
    answers: tuple[tuple[int, object], ...] = ((200, {"version": "15.0.3"}), (403, {"message": "go away"}), (404, []))
    for answer in answers:
        ((standing, _),) = wrong({"/api/v1/version?sudo=ghost": answer})
        assert standing is Standing.UNSEEN


@pytest.mark.parametrize("right", ["push", "admin"])
def test_an_account_that_can_write_is_more(right: str) -> None:
    """Whoever can write to the repository can do what a reviewer's token can."""
    permissions = {"admin": False, "push": False, "pull": True} | {right: True}
    ((standing, sentence),) = wrong({"/api/v1/repos/ops/forgejo": (200, {"permissions": permissions})})
    assert standing is Standing.MORE
    assert "can write to ops/forgejo" in sentence


@pytest.mark.parametrize(
    ("path", "scope", "answer"),
    [
        ("/api/v1/admin/users?limit=1", "read:admin", (200, {})),
        ("/api/v1/user", "read:user", (200, {})),
        ("/api/v1/orgs/ghost", "read:organization", NOT_THERE),
        ("/api/v1/notifications/new", "read:notification", (200, {})),
    ],
)
def test_a_scope_that_nothing_needs_is_more(path: str, scope: str, answer: tuple[int, object]) -> None:
    """What is given for a scope that reviews do not use is named by that scope."""
    assert wrong({path: answer}) == [(Standing.MORE, f"it has the scope {scope}, which nothing here needs")]


def test_a_proxy_that_hides_a_path_proves_no_scope() -> None:
    """Only Forgejo's own words for an organisation that is not there show that the scope was looked at and held."""
    assert wrong({"/api/v1/orgs/ghost": (404, [])}) == []


def test_a_server_that_is_not_there_proves_nothing() -> None:
    """No answer is an error of the source, never a line that says ok."""
    with loopback(server({})) as running:
        gone = running.url
    address = api_address(gone, token=token_from_text(SECRET, source="test"), total_seconds=1)
    with opened(address) as client, pytest.raises(SourceUnavailable):
        judged_token(client, (REPOSITORY,))


ISSUE_READS: dict[str, tuple[int, object]] = {
    "/api/v1/version?sudo=ghost": NO_ADMIN,
    "/api/v1/repos/issues/search?created=true&limit=1": (200, []),
    "/api/v1/repos/ops/forgejo/issues?type=issues&limit=1": (200, []),
    "/api/v1/orgs?limit=1": (200, []),
}
"""A server's answers to a token with `write:issue` of an account that may read the repository's issues."""


def told_of_issues(answers: Mapping[str, tuple[int, object]]) -> list[tuple[Standing, str]]:
    """Every line about the token of the issues."""
    with loopback(server({**ISSUE_READS, **answers})) as running:
        with opened(api_address(running.url, token=token_from_text(SECRET, source="test"))) as client:
            lines = judged_issue_token(client, REPOSITORY)
        assert {one.method for one in running.received} == {"GET"}
    assert {line.subject for line in lines} == {"issues"}
    return [(line.standing, line.sentence) for line in lines]


def test_the_issue_token_that_docs_ask_for_is_right() -> None:
    """With `write:issue` alone every line is ok, and nothing was written to find out."""
    assert [standing for standing, _ in told_of_issues({})] == [Standing.RIGHT] * 3


@pytest.mark.parametrize("path", [path for path in ISSUE_READS if "/repos/" in path])
def test_an_issue_token_without_its_scope_is_missing(path: str) -> None:
    """403 for a scope is one line, whichever path said so."""
    ((standing, sentence),) = [
        line for line in told_of_issues({path: lacks("write:issue")}) if line[0] is not Standing.RIGHT
    ]
    assert (standing, "write:issue" in sentence) == (Standing.MISSING, True)


def test_an_issue_token_that_cannot_read_is_told_the_scope_to_write() -> None:
    """The search asks for `read:issue` alone; whoever made such a token would be refused at the first issue."""
    path = "/api/v1/repos/issues/search?created=true&limit=1"
    (sentence,) = [text for _, text in told_of_issues({path: lacks("read:issue")}) if "lacks a scope" in text]
    assert sentence.endswith("Make an access token that has write:issue.")


@pytest.mark.parametrize("path", [path for path in ISSUE_READS if "/repos/" in path])
def test_a_server_that_fails_says_nothing_of_the_issue_token(path: str) -> None:
    """500 is no refusal here either."""
    failed = [
        standing for standing, _ in told_of_issues({path: (500, {"message": ""})}) if standing is not Standing.RIGHT
    ]
    assert failed == [Standing.UNSEEN]


def test_issues_that_are_switched_off_are_told_as_that() -> None:
    """What must be switched on for the living issue is the repository's issues, not its Actions."""
    gone = {"/api/v1/repos/ops/forgejo/issues?type=issues&limit=1": (404, {"message": "not there", "errors": []})}
    (sentence,) = [text for standing, text in told_of_issues(gone) if standing is Standing.MISSING]
    assert "issues must be switched on there" in sentence
    assert "Actions" not in sentence


def test_an_issue_token_that_is_not_accepted_is_missing() -> None:
    """401 is told once."""
    ((standing, _),) = told_of_issues({"/api/v1/version?sudo=ghost": (401, {"message": "invalid token"})})
    assert standing is Standing.MISSING


@pytest.mark.parametrize(
    ("path", "scope"), [("/api/v1/repos/ops/forgejo", "read:repository"), ("/api/v1/user", "read:user")]
)
def test_an_issue_token_that_can_read_more_is_more(path: str, scope: str) -> None:
    """Code and accounts are no matter of issues."""
    more = [line for line in told_of_issues({path: (200, {})}) if line[0] is not Standing.RIGHT]
    assert more == [(Standing.MORE, f"it has the scope {scope}, which nothing here needs")]
