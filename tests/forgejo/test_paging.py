"""A runner list whose order moves, whose server lies, or whose reader may not read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from threading import Lock
from urllib.parse import parse_qs, urlsplit

import pytest

from runner_scope_doctor.forgejo.paging import list_runners
from runner_scope_doctor.forgejo.target import AdminList, ListTarget, UserList, organization_list, repository_list
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.version_text import parse_server_version
from support.forgejo_api import SECRET, client_of, refused, runner_item
from support.loopback import Behaviour, Loopback, Received, Reply, loopback

Order = Callable[[], Sequence[int]]
MOST_PAGES_ASKED = 20 * 40
"""Twenty readings of the longest list below; more would be endless."""


def serving(order: Order, *, longest_page: int = 50, total: str | None = None) -> Callable[[Received], Behaviour]:
    """Pages through the runners in the order they have at the moment, as Forgejo does."""

    lock = Lock()

    def answer(request: Received) -> Behaviour:
        query = {key: values[0] for key, values in parse_qs(urlsplit(request.path).query).items()}
        length = min(int(query["limit"]), longest_page)
        with lock:
            numbers = list(order())
        start = (int(query["page"]) - 1) * length
        body = json.dumps([runner_item(number) for number in numbers[start : start + length]]).encode()
        return Reply(body=body, headers={"X-Total-Count": str(len(numbers)) if total is None else total})

    return answer


def turned_over(numbers: Sequence[int], seed: int) -> Callable[[Received], Behaviour]:
    """Pages of 50, each cut from an order of its own. It depends on the page and on how often that was asked for alone:
    requests that are under way together arrive in any sequence."""
    asked: Counter[int] = Counter()
    lock = Lock()

    def answer(request: Received) -> Behaviour:
        page = int(parse_qs(urlsplit(request.path).query)["page"][0])
        with lock:
            asked[page] += 1
            random = Random(f"{seed} {page} {asked[page] - 1}")
        shown = random.sample(numbers, len(numbers))[(page - 1) * 50 : page * 50]
        body = json.dumps([runner_item(number) for number in shown]).encode()
        return Reply(body=body, headers={"X-Total-Count": str(len(numbers))})

    return answer


def listed(answer: Callable[[Received], Behaviour], target: ListTarget | None = None) -> tuple[list[int], Loopback]:
    """The ids that come out, and the server that was asked."""
    with loopback(answer) as server, client_of(server.url) as client:
        runners = list_runners(client, target or AdminList(), version=None)
    return [runner.id for runner in runners], server


def refusal(answer: Callable[[Received], Behaviour], target: ListTarget, version: str = "15.0.3") -> SourceUnavailable:
    """Why the list was not given."""
    known = parse_server_version(version, source="/api/v1/version")
    with loopback(answer) as server, client_of(server.url) as client, pytest.raises(SourceUnavailable) as caught:
        list_runners(client, target, version=known)
    assert len(server.received) <= MOST_PAGES_ASKED
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 101, 730])
@pytest.mark.parametrize("longest_page", [50, 7])
def test_every_runner_is_listed_once(count: int, longest_page: int) -> None:
    """Whatever falls on page borders, and however short the server's pages are, all ids come, sorted."""
    numbers = list(range(1, count + 1))
    ids, _ = listed(serving(lambda: numbers[::-1], longest_page=longest_page))
    assert ids == numbers


@pytest.mark.parametrize(
    "target", [AdminList(), repository_list("team/platform"), organization_list("team"), UserList()]
)
def test_every_list_is_asked_with_visible(target: ListTarget) -> None:
    """Without visible=true the admin list hides combined runners and the others hide instance-wide ones."""
    _, server = listed(serving(lambda: range(1, 60)), target)
    assert all(parse_qs(urlsplit(request.path).query)["visible"] == ["true"] for request in server.received)


def test_one_answer_is_enough_for_a_small_list() -> None:
    """A list that fits a page costs one request."""
    _, server = listed(serving(lambda: range(1, 40)))
    assert len(server.received) == 1


def test_moving_order_loses_no_runner() -> None:
    """Runners that poll between two pages move to the front and push others over page borders; all are found."""
    random = Random(7)
    numbers = list(range(1, 401))

    def polled() -> Sequence[int]:
        for _ in range(3):
            numbers.insert(0, numbers.pop(random.randrange(len(numbers))))
        return numbers

    ids, server = listed(serving(polled))
    assert ids == list(range(1, 401))
    assert len(server.received) > 8, "the order must have moved for the test to mean anything"


@pytest.mark.parametrize("seed", [*range(5), 99, 299, 302])
def test_list_that_is_turned_over_while_it_is_read_is_read_whole(seed: int) -> None:
    """Between any two answers all runners poll in a new order, the worst a server can do, and still none is missed.

    With the last three seeds, readings in a row bring nothing new while a runner is still missing.
    """
    ids, _ = listed(turned_over(range(1, 301), seed))
    assert ids == list(range(1, 301))


def test_runner_registered_meanwhile_is_listed() -> None:
    """A list that grows while it is read is read again until its count holds still."""
    answers = 0

    def growing() -> Sequence[int]:
        nonlocal answers
        answers += 1
        return range(101, 0, -1) if answers > 1 else range(100, 0, -1)

    ids, _ = listed(serving(growing))
    assert ids == list(range(1, 102))


def test_runner_deleted_meanwhile_is_not_listed() -> None:
    """What an earlier reading saw does not count once the list has become shorter."""
    answers = 0

    def shrinking() -> Sequence[int]:
        nonlocal answers
        answers += 1
        return range(1, 101) if answers < 2 else range(1, 100)

    ids, _ = listed(serving(shrinking))
    assert ids == list(range(1, 100))


def test_list_that_stays_short_is_a_failure() -> None:
    """Fewer runners than X-Total-Count says, again and again, is no list; the sentence has both numbers."""
    caught = refusal(serving(lambda: range(1, 100), total="120"), AdminList())
    assert "99 different runners came, X-Total-Count says 120" in caught.problem


def test_more_runners_than_counted_is_a_failure() -> None:
    """A count below what came contradicts itself."""
    assert "3 different runners came" in refusal(serving(lambda: range(1, 4), total="1"), AdminList()).problem


def test_server_that_repeats_a_page_for_ever_is_left() -> None:
    """A server that ignores the page number is asked for a bounded number of pages."""

    def same(_: Received) -> Behaviour:
        return Reply(body=json.dumps([runner_item(1)]).encode(), headers={"X-Total-Count": "40"})

    assert "1 different runners came" in refusal(same, AdminList()).problem


def test_pages_that_end_early_are_not_asked_further() -> None:
    """A total that promises thousands of pages costs a few requests once an empty page has come."""

    def boast(request: Received) -> Behaviour:
        items = [runner_item(1)] if request.path.endswith("page=1") else []
        return Reply(body=json.dumps(items).encode(), headers={"X-Total-Count": "100000"})

    assert "X-Total-Count says 100000" in refusal(boast, AdminList()).problem


def test_null_without_count_is_an_empty_list() -> None:
    """Forgejo answers some empty lists with null and no X-Total-Count."""
    assert listed(lambda _: Reply(body=b"null"))[0] == []


@pytest.mark.parametrize("headers", [{}, {"X-Total-Count": "many"}, {"X-Total-Count": "-1"}, {"X-Total-Count": "\xb2"}])
def test_list_without_usable_count_is_a_failure(headers: dict[str, str]) -> None:
    """Runners without a count could be a list cut short, so they are not taken for the whole."""
    body = json.dumps([runner_item(1)]).encode()
    assert (
        "without the header X-Total-Count" in refusal(lambda _: Reply(body=body, headers=headers), AdminList()).problem
    )


@pytest.mark.parametrize("total", ["1000001", "9" * 5000])
def test_absurd_count_is_refused(total: str) -> None:
    """No server makes us ask for a million runners and more."""
    body = json.dumps([runner_item(1)]).encode()
    caught = refusal(lambda _: Reply(body=body, headers={"X-Total-Count": total}), AdminList())
    assert "more than this tool reads" in caught.problem
    assert len(caught.problem) < 300


def rank_refusal(message: str, account: Reply) -> Callable[[Received], Behaviour]:
    """A server that refuses the list for the user's rank and knows the token's user."""
    return lambda request: account if request.path == "/api/v1/user" else Reply(status=403, body=refused(message))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (AdminList(), "user should be the site admin"),
        (repository_list("team/platform"), "user should be the owner of the repo"),
        (organization_list("team"), "Must be an organization owner"),
    ],
)
def test_token_of_a_job_is_recognised(target: ListTarget, message: str) -> None:
    """A job's own token is refused like any user of low rank; its user -2 tells that no rank will help."""
    account = Reply(body=b'{"id": -2, "login": "forgejo-actions"}')
    caught = refusal(rank_refusal(message, account), target)
    assert isinstance(caught, AccessDenied)
    assert "a job's own (FORGEJO_TOKEN)" in caught.problem


@pytest.mark.parametrize(
    "account",
    [
        Reply(body=b'{"id": 7, "login": "alice"}'),
        Reply(status=403, body=refused("token does not have at least one of required scope(s): [read:user]")),
        Reply(body=b"<html>"),
    ],
)
def test_other_token_is_told_its_lack_of_rank(account: Reply) -> None:
    """A person's token, known or not, hears which rank the list needs."""
    caught = refusal(rank_refusal("user should be the site admin", account), AdminList())
    assert "is for site admins" in caught.problem


def test_server_before_15_has_no_list() -> None:
    """On Forgejo 14 and older the failure says that the list does not exist there, never that it is empty."""
    missing = Reply(status=404, body=b"404 page not found\n", headers={"Content-Type": "text/plain"})
    assert "has no runner list" in refusal(lambda _: missing, AdminList(), version="14.0.5+gitea-1.22.0").problem
