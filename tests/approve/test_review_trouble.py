"""A server that refuses, garbles, stalls or contradicts itself approves nothing, and the refusal says what it did."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from runner_scope_doctor.approve.review import review_evidence
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import WorkflowRepository
from support.approval_case import a_plan, configuration
from support.forgejo_api import SECRET, client_of, refused
from support.loopback import Behaviour, CutOff, HangUp, Received, Reply, Silence, loopback
from support.processes import free_port
from support.review_server import (
    DIGEST,
    FIRST,
    HOST,
    POSTER,
    REVIEWS_COUNT,
    ReviewServer,
    approvals,
    changed_file,
    evidence_of,
    listed,
    of,
    pull,
    push,
    refusal,
    review,
)

JSON = {"Content-Type": "application/json"}
PARTS = ("", "/pulls", "/pulls/5", "/pulls/5/files", "/pulls/5/reviews", "/issues/5/timeline")
LISTS = PARTS[1:2] + PARTS[3:]
MANY = "9" * 40

BEHAVIOURS: dict[str, tuple[Behaviour, str]] = {
    "401": (Reply(status=401, body=refused("invalid username, password or token"), headers=JSON), "(401)"),
    "403": (
        Reply(
            status=403,
            body=refused("token does not have at least one of required scope(s): [read:issue]"),
            headers=JSON,
        ),
        "(403): read:issue",
    ),
    "404": (Reply(status=404, body=refused("The target couldn't be found."), headers=JSON), "404"),
    "404 of a proxy": (Reply(status=404, body=b"404 page not found"), "404"),
    "500": (Reply(status=500, body=refused(""), headers=JSON), "(500)"),
    "503": (Reply(status=503), "(503)"),
    "204": (Reply(status=204), "204"),
    "redirect": (Reply(status=307, headers={"Location": "/api/v1/repos/ops/renamed"}), "redirects to"),
    "web page": (Reply(body=b"<html>sign in</html>", headers={"Content-Type": "text/html"}), "a web page"),
    "not JSON": (Reply(body=b"[", headers=JSON), "is not JSON"),
    "not UTF-8": (Reply(body=b'"\xff"', headers=JSON), "is not JSON"),
    "nested": (Reply(body=b"[" * 100_000, headers=JSON), "is not JSON"),
    "empty": (Reply(), "is not JSON"),
    "a key twice": (Reply(body=b'{"id": 1, "id": 2}', headers=JSON), "one key twice"),
    "a number": (Reply(body=b"5", headers=JSON), "another shape"),
    "half an answer": (CutOff(body=b"[{", promised=100), "broke off"),
    "hang-up": (HangUp(), "failed"),
}


@pytest.fixture
def server() -> ReviewServer:
    """A server with one honest pull request, number 5, that Anna approved."""
    return ReviewServer()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_trouble_while_asking(server: ReviewServer, part: str, name: str) -> None:
    """Whichever answer fails, and however, there is one refusal that says so, and no token in it."""
    behaviour, words = BEHAVIOURS[name]
    server.instead[part] = lambda _: behaviour
    reason = refusal(server)
    assert words in reason
    assert "cannot be judged: " in reason
    assert SECRET not in reason


@pytest.mark.parametrize("part", PARTS)
def test_timeout_while_asking(server: ReviewServer, part: str) -> None:
    """A server that falls silent is a refusal once the time limit is over."""
    server.instead[part] = lambda _: Silence()
    with loopback(server.answer) as running, client_of(running.url, read_seconds=0.05, total_seconds=1) as client:
        (one,) = review_evidence(client, a_plan(), DIGEST, HOST)
    assert isinstance(one, Declined)
    assert "did not answer in time" in one.reason or "within the time limit" in one.reason


def test_nobody_listens() -> None:
    """A server that is down is a refusal."""
    with client_of(f"http://127.0.0.1:{free_port()}") as client:
        (one,) = review_evidence(client, a_plan(), DIGEST, HOST)
    assert isinstance(one, Declined)
    assert "connection refused" in one.reason


@pytest.mark.parametrize("part", LISTS)
@pytest.mark.parametrize("total", [None, "", "x", "-1", "1.0", "²", "0", MANY])
def test_a_list_without_its_true_total(server: ReviewServer, part: str, total: str | None) -> None:
    """A list whose X-Total-Count is missing, no number or not the number that came is not believed to be whole."""

    def without(request: Received) -> Behaviour:
        answer = server.own_answer(request)
        assert isinstance(answer, Reply)
        headers = {name: text for name, text in answer.headers.items() if name != "X-Total-Count"}
        shown = {} if total is None else {"X-Total-Count": total.encode().decode("latin-1")}
        return replace(answer, headers={**headers, **shown})

    server.instead[part] = without
    assert "cannot be judged: " in refusal(server)


def short(part: str, *, wanted: int) -> Callable[[ReviewServer], Callable[[Received], Behaviour]]:
    """An answer to every question about a list that is one short of what X-Total-Count says."""

    def behaviour(server: ReviewServer) -> Callable[[Received], Behaviour]:
        def answer(request: Received) -> Behaviour:
            own = server.own_answer(request)
            assert isinstance(own, Reply)
            items = json.loads(own.body) or []
            return listed(items[: wanted - 1], wanted) if request.path.startswith(part) else own

        return answer

    return behaviour


@pytest.mark.parametrize(("part", "count"), [("/pulls", 1), ("/pulls/5/files", 1), ("/issues/5/timeline", 2)])
def test_short_pages(server: ReviewServer, part: str, count: int) -> None:
    """A page that holds less than it should is no reason to believe that the rest says nothing."""
    server.instead[part] = short("/api", wanted=count)(server)
    assert refusal(server)
    assert not any(isinstance(one, Approval) for one in evidence_of(server))


def test_a_page_too_many(server: ReviewServer) -> None:
    """A second page behind a list that was said to be over is noticed: it may hold the second file."""

    def files(request: Received) -> Behaviour:
        name = "README.md" if "page=2" in request.path else str(changed_file()["filename"])
        return listed([changed_file(name)], 1)

    server.instead["/pulls/5/files"] = files
    assert "was not read whole: 2 came, X-Total-Count says 1" in refusal(server)


def test_a_list_that_moves(server: ReviewServer) -> None:
    """A list that changes from page to page is asked for again by a person, not guessed at."""
    server.pulls = [pull(number) for number in range(1, 80)]

    def pulls(request: Received) -> Behaviour:
        own = server.own_answer(request)
        server.pulls.pop()
        return own

    server.instead["/pulls"] = pulls
    assert "was not read whole: it changed while it was read" in refusal(server)


def test_a_pull_request_twice(server: ReviewServer) -> None:
    """A list that shows one pull request twice may have left another one out."""
    server.pulls.append(server.only)
    assert "one pull request came twice" in refusal(server)


@pytest.mark.parametrize("part", ["reviews", "timeline"])
def test_an_item_twice(server: ReviewServer, part: str) -> None:
    """One review or one event in two forms is a contradiction, whichever of them is the good one."""
    if part == "reviews":
        server.only.reviews.append(review(31, dismissed=True))
    else:
        server.only.timeline.append(push(100, POSTER, FIRST))
    assert "came twice" in refusal(server)


def test_reviews_that_move_while_they_are_looked_for(server: ReviewServer) -> None:
    """Places of a list that no longer hold what the whole list showed are not put together."""
    server.hidden = 1

    def reviews(request: Received) -> Behaviour:
        own = server.own_answer(request)
        server.only.reviews[0] = review(31, dismissed=True)
        return own

    server.instead["/pulls/5/reviews"] = reviews
    assert "it changed while it was read" in refusal(server)


@pytest.mark.parametrize(
    "single",
    [
        lambda: listed([review(31)], 2),
        lambda: listed([review(31), review(32)], 2),
        lambda: listed([review(31)], 3),
        lambda: listed([], 2),
    ],
    ids=["the same everywhere", "two in one place", "another total", "none anywhere"],
)
def test_places_of_a_list_that_fit_nowhere(server: ReviewServer, single: Callable[[], Reply]) -> None:
    """Where more reviews are counted than shown, each place must hold one of its own or none, and all that was shown."""

    def reviews(request: Received) -> Behaviour:
        return single() if "page=" in request.path else listed([review(31)], 2)

    server.instead["/pulls/5/reviews"] = reviews
    assert "was not read whole: it changed while it was read" in refusal(server)


def test_too_many_reviews_to_look_for(server: ReviewServer) -> None:
    """More unsent reviews than are looked for one by one are a refusal, at once."""
    server.hidden = 500
    with loopback(server.answer) as running, client_of(running.url) as client:
        (one,) = review_evidence(client, a_plan(), DIGEST, HOST)
        assert len(running.received) < 20
    assert isinstance(one, Declined)
    assert "has 501 entries, more than this tool reads" in one.reason


def test_an_event_that_the_server_could_not_tell(server: ReviewServer) -> None:
    """An event that failed to load, which Forgejo writes as null, may have been a push."""

    def timeline(_: Received) -> Behaviour:
        return listed([*server.only.timeline, None], 3)

    server.instead["/issues/5/timeline"] = timeline
    assert "the event is no object" in refusal(server)


def test_a_pull_request_that_the_server_could_not_tell(server: ReviewServer) -> None:
    """A pull request that failed to load, which Forgejo writes as null, hides none of the others."""

    def pulls(request: Received) -> Behaviour:
        return listed([None, server.only.pull] if "page=1" in request.path else [], 2)

    server.instead["/pulls"] = pulls
    assert approvals(server) == [7]


def test_one_broken_pull_request_does_not_hide_a_good_one(server: ReviewServer) -> None:
    """Whoever makes one pull request that fails on the server cannot stop another one's approval."""
    server.pulls.append(pull(6))
    server.instead["/pulls/6/files"] = lambda _: Reply(status=500)
    good, bad = evidence_of(server)
    assert isinstance(good, Approval)
    assert isinstance(bad, Declined)
    assert bad.reason.startswith("Pull request ops/forgejo#6 cannot be judged: ")


def test_too_many_pull_requests(server: ReviewServer) -> None:
    """More open pull requests than are read are a refusal that says how to go on."""
    server.instead["/pulls"] = lambda _: listed([server.only.pull], 501)
    assert "has 501 entries, more than this tool reads" in refusal(server)


def test_a_large_pull_request_is_passed_over(server: ReviewServer) -> None:
    """One that changes thousands of files can approve nothing and is not read on."""
    server.pulls.append(pull(6))
    server.instead["/pulls/6/files"] = lambda _: listed([changed_file("a")] * 50, 100_000)
    assert approvals(server) == [7]


def test_another_pull_request_in_the_place(server: ReviewServer) -> None:
    """An answer about another pull request than the one asked for is not taken for it."""
    server.instead["/pulls/5"] = lambda _: of(pull(6).pull)
    assert "it tells of another pull request" in refusal(server)


@pytest.mark.parametrize("name", ["ops/a b", "../forgejo", "ops/..", "ops/forgejo?x", "öps/forgejo"])
def test_a_repository_that_forgejo_cannot_have(server: ReviewServer, name: str) -> None:
    """A name that would lead to another endpoint is refused before anything is asked."""
    environment = replace(REVIEWS_COUNT, repository=WorkflowRepository(id=12, name=name))
    with loopback(server.answer) as running, client_of(running.url) as client:
        with pytest.raises(SettingsInvalid):
            review_evidence(client, a_plan(), DIGEST, configuration(environment))
        assert running.received == []


def test_only_reading(server: ReviewServer) -> None:
    """What is asked is below the one repository, with the token in its header and never in an address."""
    with loopback(server.answer) as running, client_of(running.url) as client:
        review_evidence(client, a_plan(), DIGEST, HOST)
    assert len(running.received) >= 7
    for request in running.received:
        assert request.path.startswith("/api/v1/repos/ops/forgejo")
        assert SECRET not in request.path
        assert request.headers["authorization"] == f"token {SECRET}"
