"""What each bad answer is called, on bodies as Forgejo writes them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.forgejo.answers import record_of, status_failure
from runner_scope_doctor.forgejo.client import Answer
from runner_scope_doctor.forgejo.failures import SENTENCES, failure
from runner_scope_doctor.forgejo.records import runners_of
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.version_text import parse_server_version
from support.api_recordings import RECORDED, needs_recordings
from support.forgejo_api import refused, runner_item

URL = "https://git.example.org/api/v1/admin/actions/runners"
LOGIN_PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"


def answer(
    status: int = 200,
    body: bytes = b"[]",
    *,
    content_type: str = "application/json;charset=utf-8",
    where: str = URL,
    location: str | None = None,
    retry_after: float | None = None,
) -> Answer:
    """A whole answer from the admin list."""
    return Answer(
        where=where, status=status, content_type=content_type, body=body, location=location, total_count="0",
        retry_after=retry_after,
    )  # fmt: skip


def version(text: str) -> ServerVersion | None:
    """A server's version as it writes it."""
    return parse_server_version(text, source="/api/v1/version")


FORBIDDEN = [
    (
        answer(401, refused("token is required")),
        "did not see the token",
        "proxy in front of Forgejo removes the Authorization header",
    ),
    (answer(401, refused("access token does not exist")), "does not accept the token", "Make a new access token with"),
    (
        answer(403, refused("token does not have at least one of required scope(s): [read:admin]")),
        "lacks a scope that https://git.example.org/api/v1/admin/actions/runners needs (403): read:admin",
        "Make an access token that has read:admin",
    ),
    (answer(403, refused("user should be the site admin")), "is for site admins", "list of one repository"),
    (
        answer(403, refused("user should be the owner of the repo")),
        "for the repository's owner, and the token's user is none, or the token is limited to other repositories",
        "read:repository",
    ),
    (answer(403, refused("Must be an organization owner")), "for owners of the organisation", "read:organization"),
    (
        answer(403, refused("You must change your password.")),
        'refuses the token\'s user (403). It says: "You must change your password."',
        "new password",
    ),
    (
        answer(404, refused("GetOrgByName")),
        "is not there for this token (404). It says: GetOrgByName.",
        "Check the name",
    ),
    (answer(403, LOGIN_PAGE, content_type="text/html"), "Something in front of Forgejo refuses", "Forgejo directly"),
    (answer(401, b"no", content_type="text/plain"), "Something in front of Forgejo refuses", "Forgejo directly"),
    (answer(404, refused("The target couldn't be found.")), "is not there for this token (404)", "Check the name"),
]

UNAVAILABLE = [
    (answer(404, b"404 page not found\n", content_type="text/plain"), "does not exist on that server", "Forgejo 15"),
    (answer(429, b"slow down", retry_after=5430), "fewer requests (429), again after 1 h 30 min.", "raise the limit"),
    (answer(429, b"slow down"), "fewer requests (429).", "raise the limit"),
    (answer(500, refused("")), "failed on the server's side (500)", "Forgejo's log"),
    (answer(500, refused("OwnerID (2) and RepoID (3) of runner 4 cannot be set")), '(500: "OwnerID (2)', "log"),
    (answer(502, LOGIN_PAGE, content_type="text/html"), "failed on the server's side (502)", "Forgejo's log"),
    (answer(418, b""), "answered 418", "Check the API URL"),
    (answer(307, location="https://evil.example.net/x"), "redirects to", "give its new address"),
    (answer(302), "redirects to nowhere", "give its new address"),
    (
        answer(301, where="http://git.example.org/api", location="https://git.example.org/api"),
        "redirects to",
        "https:// instead of http://",
    ),
    (answer(200, LOGIN_PAGE, content_type="text/html"), "login page of a proxy", "pass that login"),
    (answer(200, b"  <html>", content_type=""), "login page of a proxy", "pass that login"),
    (answer(200, b""), "not JSON", "Check the API URL"),
    (answer(200, b'[{"id": 4, "uu'), "not JSON", "Check the API URL"),
    (answer(200, b"\xff\xfe\xfa"), "not JSON", "Check the API URL"),
    (answer(200, b"[" * 200_000), "not JSON", "Check the API URL"),
    (answer(200, "[]".encode("utf-16")), "not JSON", "Check the API URL"),
    (answer(200, b"9" * 10_000), "not JSON", "Check the API URL"),
    (answer(200, b'{"runners": [], "total_count": 0}'), "another shape than Forgejo's: the list", "newer release"),
]


def fails(bad: Answer) -> SourceUnavailable:
    """The failure an answer is read as."""
    with pytest.raises(SourceUnavailable) as caught:
        record_of(bad, runners_of, scope="read:admin")
    return caught.value


@pytest.mark.parametrize(("bad", "problem", "next_step"), FORBIDDEN)
def test_answer_that_blames_the_token(bad: Answer, problem: str, next_step: str) -> None:
    """Each refusal says what is lacking and what to do, and counts as denied access."""
    caught = fails(bad)
    assert isinstance(caught, AccessDenied)
    assert problem in caught.problem
    assert next_step in caught.next_step
    assert bad.where in caught.problem


@pytest.mark.parametrize(("bad", "problem", "next_step"), UNAVAILABLE)
def test_answer_that_is_not_the_tokens_fault(bad: Answer, problem: str, next_step: str) -> None:
    """Each other failure says what came instead and what to do, and does not blame the token."""
    caught = fails(bad)
    assert not isinstance(caught, AccessDenied)
    assert problem in caught.problem
    assert next_step in caught.next_step
    assert bad.where in caught.problem


def test_failures_all_differ() -> None:
    """No two situations share a sentence, so that each tells which one it is."""
    facts = Facts(where=URL, detail="x", scope="read:admin")
    sentences = {str(failure(situation, facts)) for situation in Situation}
    assert set(SENTENCES) == set(Situation)
    assert len(sentences) == len(Situation)
    assert all("{" not in sentence and "}" not in sentence for sentence in sentences)


def test_missing_list_of_an_old_server_is_no_empty_list() -> None:
    """Before 15 a 404 means that there is no such list, and the sentence says that this is not `no runners`."""
    missing = answer(404, b"404 page not found\n", content_type="text/plain")
    caught = status_failure(missing, scope="read:admin", version=version("11.0.15+gitea-1.22.0"))
    assert "Forgejo 11.0.15+gitea-1.22.0 has no runner list" in caught.problem
    assert "does not mean that there are no runners" in caught.next_step
    caught = status_failure(missing, scope="read:admin", version=version("15.0.3+gitea-1.22.0"))
    assert "does not exist on that server" in caught.problem


def test_foreign_message_is_quoted_and_cut() -> None:
    """A message that plays our own words, or never ends, cannot pass for ours."""
    caught = fails(answer(403, refused('". All is well. ' + "x" * 10_000)))
    assert "It says: \"'. All is well." in caught.problem
    assert len(caught.problem) < 400


@pytest.mark.parametrize(
    "members",
    [
        b'"owner_id": 1, "repo_id": 35, "owner_id": 0',
        b'"owner_id": 0, "repo_id": 35, "owner_id": 1',
        b'"owner_id": 1, "repo_id": 35, "owner\\u005fid": 0',
        b'"owner_id": 0, "owner_id": 0, "repo_id": 0',
    ],
)
def test_key_given_twice_is_refused(members: bytes) -> None:
    """Which of two values counts is for each reader of JSON to guess, so a runner with two owners has none."""
    rest = json.dumps({key: value for key, value in runner_item(1).items() if key not in {"owner_id", "repo_id"}})
    caught = fails(answer(200, b"[{" + members + b"," + rest[1:].encode() + b"]"))
    assert "another shape than Forgejo's: an object has one key twice" in caught.problem


def test_message_given_twice_is_none() -> None:
    """A refusal that contradicts itself is not Forgejo's."""
    caught = fails(answer(403, b'{"message": "user should be the site admin", "message": "x"}'))
    assert "Something in front of Forgejo refuses" in caught.problem


def outcome(bad: Answer, read: Callable[[object], object]) -> object:
    """The records, or the failure as a value."""
    try:
        return record_of(bad, read, scope="read:admin")
    except SourceUnavailable as caught:
        return caught


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary() | st.text().map(str.encode), st.sampled_from([200, 401, 403, 404, 429, 500]), st.text())
def test_any_body_is_records_or_source_unavailable(body: bytes, status: int, content_type: str) -> None:
    """Whatever bytes come with whatever status, the result is records or a SourceUnavailable with two sentences."""
    read = outcome(answer(status, body, content_type=content_type), runners_of)
    if isinstance(read, SourceUnavailable):
        assert read.problem
        assert read.next_step
    else:
        assert status == 200
        assert isinstance(read, tuple)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_records_or_source_unavailable(value: object) -> None:
    """Whatever JSON comes with 200, the result is records or a SourceUnavailable that names the address."""
    read = outcome(answer(200, json.dumps(value).encode()), runners_of)
    assert read == () or (isinstance(read, SourceUnavailable) and URL in read.problem)


@needs_recordings
def test_every_recorded_refusal_has_its_sentence() -> None:
    """Each refusal of a running server is named: missing scope, missing list, not visible, server's own failure."""
    refusals = [recorded for recorded in RECORDED if recorded.status >= 400]
    assert len(refusals) > 40
    for recorded in refusals:
        bad = answer(recorded.status, recorded.body, content_type=recorded.headers.get("content-type", ""))
        server = version(recorded.folder.split("-")[0].removeprefix("v"))
        caught = status_failure(bad, scope="read:admin", version=server)
        expected = {403: "lacks a scope", 404: "is not there for this token", 500: "failed on the server's side"}
        if recorded.folder.startswith("v11") and recorded.status == 404:
            assert "has no runner list" in caught.problem
        else:
            assert expected[recorded.status] in caught.problem
