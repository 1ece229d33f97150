"""Attacks by reviews, each with the host's command: 5, the reason in the last line, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from support.connection import FreshDatabase
from support.deploy_host import MAKER, REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import IDS, Gate, Terms, pull_for, reviewed_gate
from support.loopback import Behaviour, CutOff, Endless, HangUp, Received, Reply, Silence
from support.review_server import (
    OTHER,
    POSTER,
    SECOND,
    PullDocuments,
    ReviewServer,
    changed_file,
    event,
    push,
    user,
)


@pytest.fixture
def there(sqlite_database: FreshDatabase, private: Path) -> Iterator[tuple[Gate, ReviewServer]]:
    """A gate where reviews alone approve, on SQLite: an API is the same on every engine."""
    server = EmptyServer(engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database)
    terms = Terms(evidence=("review",))
    with reviewed_gate(server, one_login(sqlite_database.address), private, terms) as made:
        yield made


def refused(gate: Gate, digest: str) -> str:
    """The last line of a refusal that left everything as it was."""
    ended = gate.applied(digest)
    assert ended.code == 5, ended.out + ended.err
    assert (gate.scope(), gate.host.journal()) == ((1, 35), [])
    return ended.last_line


def on_an_older_commit(pull: PullDocuments) -> None:
    pull.pull["head"] = {"label": "plan", "ref": "plan", "sha": SECOND, "repo_id": 12}
    pull.files[0]["contents_url"] = str(pull.files[0]["contents_url"]).replace("1" * 40, SECOND)
    pull.timeline.insert(1, push(150, POSTER, SECOND))


def dismissed(pull: PullDocuments) -> None:
    pull.reviews[0]["dismissed"] = True


def stale(pull: PullDocuments) -> None:
    pull.reviews[0]["stale"] = True


def unofficial(pull: PullDocuments) -> None:
    pull.reviews[0]["official"] = False


def by_the_author(pull: PullDocuments) -> None:
    pull.pull["user"] = user(IDS[REVIEWER])


def by_somebody_who_pushed(pull: PullDocuments) -> None:
    pull.timeline[0]["user"] = user(IDS[REVIEWER])


def to_another_base(pull: PullDocuments) -> None:
    pull.pull["base"] = {
        "label": "next",
        "ref": "next",
        "sha": OTHER,
        "repo_id": 12,
        "repo": {"id": 12, "full_name": "ops/forgejo"},
    }


def with_a_second_file(pull: PullDocuments) -> None:
    pull.files.append(changed_file("README.md"))


def a_comment_instead(pull: PullDocuments) -> None:
    pull.reviews = []
    pull.timeline[1] = event(101, "comment", IDS[REVIEWER], body="approved")


def of_the_maker(pull: PullDocuments) -> None:
    pull.reviews[0]["user"] = user(IDS[MAKER])
    pull.timeline[1]["user"] = user(IDS[MAKER])


def of_a_stranger(pull: PullDocuments) -> None:
    pull.reviews[0]["user"] = user(77)
    pull.timeline[1]["user"] = user(77)


ATTACKS: MappingProxyType[str, tuple[Callable[[PullDocuments], None], str]] = MappingProxyType({
    "on an older commit": (on_an_older_commit, "is of the commit 1111111111"),
    "dismissed": (dismissed, "dismissed"),
    "stale": (stale, "stale"),
    "unofficial": (unofficial, "not official"),
    "by the author": (by_the_author, "opened"),
    "by somebody who pushed": (by_somebody_who_pushed, "pushed"),
    "to another base": (to_another_base, "next"),
    "with a second file": (with_a_second_file, "changes README.md too"),
    "a comment instead": (a_comment_instead, "only an approving review counts"),
    "of the plan's maker": (of_the_maker, "ops-lead made the plan"),
    "of a stranger": (of_a_stranger, "77"),
})  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_such_a_review_repairs_nothing(there: tuple[Gate, ReviewServer], name: str) -> None:
    """The honest pull request, changed in this one way, is refused for this reason; unchanged it approves."""
    gate, server = there
    digest = gate.host.planned()
    attack, reason = ATTACKS[name]
    changed = pull_for(digest, REVIEWER)
    attack(changed)
    server.pulls = [changed]
    assert reason in refused(gate, digest)
    server.pulls = [pull_for(digest, REVIEWER)]
    assert gate.applied(digest).code == 0


def test_a_later_page_ends_it(there: tuple[Gate, ReviewServer]) -> None:
    """The approval stands on the first page, its taking back on the third: every page is read."""
    gate, server = there
    digest = gate.host.planned()
    pull = pull_for(digest, REVIEWER)
    for number in range(200, 320):
        pull.timeline.append(event(number, "comment", POSTER))
    pull.reviews += [
        {**pull.reviews[0], "id": 40 + number, "user": user(500 + number), "state": "COMMENT"} for number in range(118)
    ]
    pull.reviews.append({**pull.reviews[0], "id": 400, "state": "REQUEST_CHANGES"})
    pull.timeline += [event(400 + number, "review", 500 + number, review_id=40 + number) for number in range(118)]
    pull.timeline.append(event(600, "review", IDS[REVIEWER], review_id=400))
    server.pulls = [pull]
    assert "second-operator" in refused(gate, digest) or "changes" in refused(gate, digest)


@pytest.mark.parametrize("status", [401, 403, 404, 500, 502])
@pytest.mark.parametrize("part", ["", "/pulls", "/pulls/5/reviews", "/issues/5/timeline"])
def test_trouble_is_no_approval(there: tuple[Gate, ReviewServer], part: str, status: int) -> None:
    """Whichever of the questions is not answered: refused, and the sentence says what the server said."""
    gate, server = there
    digest = gate.host.planned()
    server.pulls = [pull_for(digest, REVIEWER)]
    server.instead[part] = lambda _: Reply(status=status, body=b"")
    assert str(status) in refused(gate, digest)


SILENT: MappingProxyType[str, Behaviour] = MappingProxyType({
    "silence": Silence(),
    "a byte now and then": Endless(piece=b" ", pause=1),
    "a hang-up": HangUp(),
    "half a list": CutOff(body=b'[{"id": 31', promised=4096),
    "something without end": Endless(piece=b"[" * 65536, pause=0),
})  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_an_answer_that_does_not_come_is_no_approval(there: tuple[Gate, ReviewServer], name: str) -> None:
    """Whatever comes instead of the reviews, the wait for them ends, and with a refusal; the next question is answered."""
    gate, server = there
    digest = gate.host.planned()
    server.pulls = [pull_for(digest, REVIEWER)]
    server.instead["/pulls/5/reviews"] = lambda _: SILENT[name]
    ended = gate.host.doctor("apply", digest, environment={"RSD_TIMEOUT": "1"})
    assert ended.code == 5, ended.out + ended.err
    assert "cannot be judged" in ended.last_line
    assert (gate.scope(), gate.host.journal()) == ((1, 35), [])
    del server.instead["/pulls/5/reviews"]
    assert gate.applied(digest).code == 0


@pytest.mark.parametrize("part", ["/pulls/5/reviews", "/pulls/5/files"])
def test_half_an_answer_is_no_approval(there: tuple[Gate, ReviewServer], part: str) -> None:
    """A list that is cut off, and one that says it is longer than what came."""
    gate, server = there
    digest = gate.host.planned()
    server.pulls = [pull_for(digest, REVIEWER)]
    whole = server.own_answer

    def cut_off(request: Received) -> Behaviour:
        answer = whole(request)
        assert isinstance(answer, Reply)
        return Reply(body=answer.body[:-20], headers=answer.headers)

    server.instead[part] = cut_off
    assert "cannot be judged" in refused(gate, digest)
