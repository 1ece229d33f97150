"""Whatever a server tells, an approval holds every rule; told by rules written once more, in another form."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.approve.pull_request_rules import ReviewTerms
from runner_scope_doctor.approve.review_rules import judged_reviews
from runner_scope_doctor.forgejo.json_fields import WrongShape
from runner_scope_doctor.forgejo.pull_records import changed_files_of, pull_request_of, reviews_of, timeline_of
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.pull_request import (
    ChangedFile,
    EventKind,
    PullRequest,
    PullRequestRecord,
    PullRequestState,
    Review,
    ReviewState,
    ServerUser,
    TimelineEvent,
)
from support.approval_case import ANNA, BERT, CARL, MADE
from support.recordings import ABSENT, FOLDER
from support.review_server import (
    DIGEST,
    FILE,
    FIRST,
    OTHER,
    POSTER,
    REVIEWS_COUNT,
    SECOND,
    changed_file,
    pull,
    push,
    reviewed,
)

UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
TERMS = ReviewTerms(instance="https://git.example.org/", environment=REVIEWS_COUNT, digest=DIGEST, plan_created=MADE)
RECORDED = FOLDER / "v15-approvals"
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason=ABSENT)

USERS = st.sampled_from(
    [None, *(ServerUser(id=number, login="ops-lead") for number in (-2, -1, ANNA.forgejo_id, BERT.forgejo_id, POSTER))]
)
COMMITS = st.sampled_from([FIRST, FIRST, FIRST, SECOND, OTHER])
PULLS = st.builds(
    PullRequest,
    number=st.just(5),
    state=st.sampled_from([PullRequestState.OPEN] * 5 + [PullRequestState.CLOSED, PullRequestState.MERGED]),
    poster=st.sampled_from([ServerUser(id=POSTER, login="poster"), ServerUser(id=7, login="a"), None]),
    base_repository_id=st.sampled_from([12] * 9 + [13]),
    base_repository=st.sampled_from(["ops/forgejo"] * 9 + ["ops/other"]),
    base_branch=st.sampled_from(["main"] * 9 + ["next", "refs/heads/main"]),
    head_commit=st.one_of(COMMITS, COMMITS, st.none()),
)
GOOD_FILE = ChangedFile(name=FILE, previous_name=None, status="added", commit=FIRST)
FILES = st.builds(
    ChangedFile,
    name=st.sampled_from([FILE, FILE, "README.md"]),
    previous_name=st.sampled_from([None, None, FILE]),
    status=st.sampled_from(["added", "added", "changed"]),
    commit=st.one_of(COMMITS, st.none()),
)
REVIEWS = st.builds(
    Review,
    id=st.integers(30, 33),
    reviewer=USERS,
    state=st.sampled_from([ReviewState.APPROVED] * 5 + list(ReviewState)),
    commit=COMMITS,
    is_official=st.sampled_from([True, True, True, False]),
    is_stale=st.sampled_from([False, False, False, True]),
    is_dismissed=st.sampled_from([False, False, False, True]),
    submitted=st.sampled_from([MADE + 60, MADE + 60, MADE - 300, MADE - 301, 0]),
)
EVENTS = st.builds(
    TimelineEvent,
    id=st.integers(1, 20),
    kind=st.sampled_from(EventKind),
    user=USERS,
    review_id=st.integers(30, 33),
    pushed=st.lists(COMMITS, max_size=2).map(tuple),
)
OPENING = TimelineEvent(
    id=0, kind=EventKind.PUSH, user=ServerUser(id=POSTER, login="poster"), review_id=0, pushed=(FIRST,)
)
OWN = [
    TimelineEvent(id=21, kind=EventKind.REVIEW, user=ServerUser(id=person, login=""), review_id=number, pushed=())
    for number in range(30, 34)
    for person in (ANNA.forgejo_id, BERT.forgejo_id)
]


@st.composite
def records(draw: st.DrawFn) -> PullRequestRecord:
    """Records of which a good part approves."""
    before = draw(PULLS)
    return PullRequestRecord(
        before=before,
        files=draw(st.one_of(st.just((GOOD_FILE,)), st.lists(FILES, max_size=3).map(tuple))),
        reviews=tuple(draw(st.lists(REVIEWS, max_size=4, unique_by=lambda one: one.id))),
        events=(OPENING, *draw(st.lists(EVENTS, max_size=3)), *draw(st.sampled_from([(), tuple(OWN)]))),
        after=draw(st.one_of(st.just(before), PULLS)),
    )


def holds(approval: Approval, record: PullRequestRecord) -> bool:
    """Whether an approval of this record is allowed."""
    facts, head = dict(approval.facts), record.before.head_commit
    (review,) = [one for one in record.reviews if str(one.id) == facts["review"]]
    deciding = (ReviewState.APPROVED, ReviewState.REQUEST_CHANGES)
    mine = [one for one in record.reviews if one.reviewer and one.reviewer.id == approval.forgejo_id]
    pushes = [one for one in record.events if one.kind is EventKind.PUSH]
    own = [one for one in record.events if one.kind is EventKind.REVIEW and one.review_id == review.id]
    moves = [one for one in record.events if one.kind in (EventKind.PUSH, EventKind.RETARGET)]
    return (
        record.before == record.after
        and record.before.state is PullRequestState.OPEN
        and (record.before.base_repository_id, record.before.base_repository) == (12, "ops/forgejo")
        and record.before.base_branch == "main"
        and record.files == (replace(GOOD_FILE, commit=head),)
        and head is not None
        and record.before.poster is not None
        and record.before.poster.id not in (approval.forgejo_id, -1, -2)
        and all(one.user is not None and one.user.id > 0 and one.user.id != approval.forgejo_id for one in pushes)
        and max(pushes, key=lambda one: one.id).pushed[-1] == head
        and approval.forgejo_id in (ANNA.forgejo_id, BERT.forgejo_id)
        and review in mine
        and review.id == max(one.id for one in mine if one.state in deciding)
        and review.state is ReviewState.APPROVED
        and (review.is_official, review.is_stale, review.is_dismissed) == (True, False, False)
        and review.commit == head == facts["commit"]
        and review.submitted >= MADE - 300
        and any(all(move.id <= one.id for move in moves) for one in own if one.user)
    )


@UNHURRIED
@given(records())
def test_an_approval_holds_every_rule(record: PullRequestRecord) -> None:
    """No record, however told, comes to an approval that one of the rules forbids; refusals are sentences."""
    for one in judged_reviews(record, TERMS):
        if isinstance(one, Declined):
            assert one.reason.endswith(".")
        else:
            assert holds(one, record)


def test_the_property_is_not_empty() -> None:
    """The honest record approves and satisfies the second telling of the rules, so that the test above can fail."""
    record = told(pull_documents())
    (one,) = judged_reviews(record, TERMS)
    assert isinstance(one, Approval)
    assert holds(one, record)


@UNHURRIED
@given(records())
def test_the_order_of_the_lists_does_not_matter(record: PullRequestRecord) -> None:
    """A server that lists reviews, files and events in another order is judged alike."""
    turned = replace(record, reviews=record.reviews[::-1], files=record.files[::-1])
    approved = {one.reference for one in judged_reviews(record, TERMS) if isinstance(one, Approval)}
    assert approved == {one.reference for one in judged_reviews(turned, TERMS) if isinstance(one, Approval)}


# hostile JSON

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([FIRST, FILE, "main", 7, 12]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def pull_documents() -> dict[str, object]:
    """The honest pull request as the five answers that tell it."""
    documents = pull()
    return {
        "pull": documents.pull,
        "files": documents.files,
        "reviews": documents.reviews,
        "timeline": documents.timeline,
    }


def told(documents: dict[str, object]) -> PullRequestRecord:
    """The record that those answers come to. Raises WrongShape."""
    return PullRequestRecord(
        before=pull_request_of(documents["pull"]),
        files=changed_files_of(documents["files"]),
        reviews=reviews_of(documents["reviews"]),
        events=timeline_of(documents["timeline"]),
        after=pull_request_of(documents["pull"]),
    )


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every value within."""
    found = [path]
    if isinstance(value, dict):
        found += [deeper for key, inner in value.items() for deeper in places(inner, (*path, key))]
    if isinstance(value, list):
        found += [deeper for index, inner in enumerate(value) for deeper in places(inner, (*path, index))]
    return found


def with_value(value: object, path: tuple[str | int, ...], new: object) -> object:
    """A copy with another value at that place."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]  # type: ignore[index]  # plain JSON, walked along its own keys
    inner[path[-1]] = new  # type: ignore[index]  # as above
    return changed


@UNHURRIED
@given(st.data())
def test_hostile_answers(data: st.DataObject) -> None:
    """Any JSON in any place of the answers is a wrong shape or a judgement, and an approval only by the rules."""
    documents: object = pull_documents()
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(places(documents)[1:]))
        documents = with_value(documents, place, data.draw(JSON))
        if len(place) == 1 and not isinstance(documents, dict):
            return
    assert isinstance(documents, dict)
    with suppress(WrongShape):
        record = told(documents)
        for one in judged_reviews(record, TERMS):
            assert isinstance(one, Declined) or holds(one, record)


@pytest.mark.parametrize(
    "place",
    [
        ("pull", "number"), ("pull", "state"), ("pull", "merged"), ("pull", "user", "id"), ("pull", "base", "ref"),
        ("pull", "base", "repo_id"), ("pull", "base", "repo", "id"), ("pull", "base", "repo", "full_name"),
        ("pull", "head", "sha"), ("files", 0, "filename"), ("files", 0, "status"), ("files", 0, "contents_url"),
        ("reviews", 0, "user", "id"), ("reviews", 0, "state"), ("reviews", 0, "commit_id"), ("reviews", 0, "stale"),
        ("reviews", 0, "official"), ("reviews", 0, "dismissed"), ("reviews", 0, "submitted_at"),
        ("timeline", 0, "user", "id"), ("timeline", 0, "body"), ("timeline", 1, "id"), ("timeline", 1, "review_id"),
        ("timeline", 1, "type"), ("timeline", 1, "user", "id"),
    ],
    ids=lambda place: ".".join(map(str, place)),
)  # fmt: skip
@pytest.mark.parametrize("value", [None, "", "x", -1, 1.0, [], {}, "1", [FIRST]], ids=repr)
def test_what_decides_has_no_stand_in(place: tuple[str | int, ...], value: object) -> None:
    """Each value that an approval rests on is needed: nothing, or something of another type, never approves."""
    documents = with_value(pull_documents(), place, value)
    assert isinstance(documents, dict)
    with suppress(WrongShape):
        assert not any(isinstance(one, Approval) for one in judged_reviews(told(documents), TERMS))


# recordings of a running server


def recorded(reviews: str) -> tuple[object, PullRequestRecord, ReviewTerms]:
    """The recorded pull request 1 of root1/ops with those recorded reviews, and files and a timeline as it would have had."""
    document = json.loads((RECORDED / "pull-1.json").read_text("utf-8"))
    head = pull_request_of(document).head_commit
    assert head is not None
    record = PullRequestRecord(
        before=pull_request_of(document),
        files=changed_files_of([changed_file(commit=head)]),
        reviews=reviews_of(json.loads((RECORDED / reviews).read_text("utf-8"))),
        events=timeline_of([push(1, 2, head), reviewed(2, 1, 1)]),
        after=pull_request_of(document),
    )
    reviewer = replace(CARL, forgejo_id=1, forgejo_login="root1")
    repository = replace(REVIEWS_COUNT.repository, id=1, name="root1/ops")
    environment = replace(REVIEWS_COUNT, repository=repository, reviewers=(reviewer,))
    return document, record, replace(TERMS, environment=environment)


@needs_recordings
def test_the_recorded_approval_approves() -> None:
    """What a running 15.0.3 said of an approved pull request is an approval of its reviewer."""
    _, record, terms = recorded("reviews-approved.json")
    (one,) = judged_reviews(record, terms)
    assert isinstance(one, Approval)
    assert (one.forgejo_id, one.login) == (1, "root1")
    assert dict(one.facts)["submitted"] == "2026-11-23T18:15:34+00:00"


@needs_recordings
@pytest.mark.parametrize(
    ("reviews", "words"),
    [("reviews-stale-after-push.json", "is stale"), ("reviews-dismissed.json", "was dismissed")],
)
def test_the_recorded_ends_of_an_approval(reviews: str, words: str) -> None:
    """What it said after a push and after a dismissal, its state still APPROVED and official, is none any more."""
    _, record, terms = recorded(reviews)
    assert [(one.state, one.is_official) for one in record.reviews] == [(ReviewState.APPROVED, True)]
    (one,) = judged_reviews(record, terms)
    assert isinstance(one, Declined)
    assert words in one.reason


@needs_recordings
def test_the_recorded_pull_request_is_read_as_it_is() -> None:
    """Number, poster, base and head of the recording arrive; the API's times are the database's."""
    document, record, _ = recorded("reviews-approved.json")
    assert record.before == PullRequest(
        number=1,
        state=PullRequestState.OPEN,
        poster=ServerUser(id=2, login="lead"),
        base_repository_id=1,
        base_repository="root1/ops",
        base_branch="main",
        head_commit="445592576a32fff53f80c875ae6d21e84d3d5a95",
    )
    assert isinstance(document, dict)
    (row,) = json.loads((RECORDED / "review.json").read_text("utf-8"))
    (review,) = record.reviews
    assert (review.submitted, review.commit, review.id) == (row["created_unix"], row["commit_id"], row["id"])
