"""A runner list that tells one runner in two ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from runner_scope_doctor.forgejo.paging import list_runners
from runner_scope_doctor.forgejo.target import AdminList
from runner_scope_doctor.model.errors import SourceUnavailable
from support.forgejo_api import client_of, runner_item
from support.loopback import Behaviour, Received, Reply, loopback

MOST_READINGS = 20


def refusal(answer: Callable[[Received], Behaviour]) -> SourceUnavailable:
    """Why the list was not given."""
    with loopback(answer) as server, client_of(server.url) as client, pytest.raises(SourceUnavailable) as caught:
        list_runners(client, AdminList(), version=None)
    assert len(server.received) <= 3 * MOST_READINGS, "three pages each; more would be endless"
    return caught.value


@pytest.mark.parametrize(
    "change", [{"owner_id": 1}, {"repo_id": 35}, {"name": "other"}, {"uuid": "8f0f6a3c-41b6-4a84-9c53-999999999999"}]
)
@pytest.mark.parametrize("page_of_second", [1, 2])
def test_runner_told_in_two_ways_is_a_failure(change: dict[str, object], page_of_second: int) -> None:
    """Forgejo has one row for one id: two contents for it, in one answer or in two, leave nothing to believe."""
    one, other = runner_item(1), runner_item(1) | change
    pages = {1: [one, other]} if page_of_second == 1 else {1: [one], 2: [other]}

    def contradicting(request: Received) -> Behaviour:
        number = int(parse_qs(urlsplit(request.path).query)["page"][0])
        return Reply(body=json.dumps(pages.get(number, [])).encode(), headers={"X-Total-Count": str(page_of_second)})

    caught = refusal(contradicting)
    assert "contradicts itself: it tells runner 1 in two ways" in caught.problem
    assert "database" in caught.next_step


def test_contradicted_runner_is_not_made_up_for_by_others() -> None:
    """The count of the other runners being right does not make the list whole."""
    items = [runner_item(1, owner_id=1, repo_id=35), runner_item(1), runner_item(2)]
    reply = Reply(body=json.dumps(items).encode(), headers={"X-Total-Count": "1"})
    assert "contradicts itself" in refusal(lambda _: reply).problem


def test_runner_repaired_between_two_pages_is_read_again() -> None:
    """A row that changes and moves while it is read is told in two ways once; the next reading has its present form."""
    first = [[runner_item(1, owner_id=1, repo_id=35)], [runner_item(1, repo_id=35)]]
    later = [[runner_item(1, repo_id=35)], [runner_item(2)]]
    answers = iter(first)

    def repaired(request: Received) -> Behaviour:
        number = int(parse_qs(urlsplit(request.path).query)["page"][0])
        page = next(answers, None) or later[number - 1]
        return Reply(body=json.dumps(page).encode(), headers={"X-Total-Count": "2"})

    with loopback(repaired) as server, client_of(server.url) as client:
        runners = list_runners(client, AdminList(), version=None)
    assert [(runner.id, runner.owner_id, runner.repo_id) for runner in runners] == [(1, 0, 35), (2, 0, 0)]


def test_state_that_moves_by_itself_is_no_contradiction() -> None:
    """A runner takes a job, restarts with another version and labels, or was seen elsewhere: it is the same runner."""
    moved = runner_item(1) | {"status": "active", "version": "v12.4.0", "labels": None}
    pages = {1: [runner_item(1)], 2: [moved], 3: [runner_item(2)]}

    def moving(request: Received) -> Behaviour:
        number = int(parse_qs(urlsplit(request.path).query)["page"][0])
        return Reply(body=json.dumps(pages[number]).encode(), headers={"X-Total-Count": "3"})

    assert "2 different runners came" in refusal(moving).problem
