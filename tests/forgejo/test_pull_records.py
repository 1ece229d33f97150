"""JSON of pull requests into values."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.forgejo.json_fields import WrongShape
from runner_scope_doctor.forgejo.pull_records import (
    changed_files_of,
    pull_request_of,
    pull_requests_of,
    reviews_of,
    timeline_of,
)
from runner_scope_doctor.model.pull_request import (
    ChangedFile,
    EventKind,
    PullRequestState,
    ReviewState,
    ServerUser,
    TimelineEvent,
)
from support.api_recordings import RECORDED, needs_recordings
from support.review_server import FILE, FIRST, OTHER, POSTER, changed_file, event, pull, push, review, reviewed, user

READERS = (pull_request_of, pull_requests_of, changed_files_of, reviews_of, timeline_of)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def test_files_as_forgejo_sends_them() -> None:
    """Name, status and the commit compared arrive; a server that leaves the address out says no commit."""
    item = changed_file()
    bare = {key: value for key, value in item.items() if key != "contents_url"} | {"previous_filename": "old"}
    assert changed_files_of([item, bare]) == (
        ChangedFile(name=FILE, previous_name=None, status="added", commit=FIRST),
        ChangedFile(name=FILE, previous_name="old", status="added", commit=None),
    )


def test_a_name_that_looks_like_an_address_does_not_choose_the_commit() -> None:
    """The commit is what stands at the end: a file called `?ref=…` adds nothing to it."""
    (file,) = changed_files_of([changed_file(f"a?ref={OTHER}")])
    assert file.commit == FIRST


def test_events_as_forgejo_sends_them() -> None:
    """Pushes name their commits in JSON within the JSON; other events have words there that are not looked at."""
    poster = ServerUser(id=POSTER, login="user-21")
    events = [push(1, POSTER, OTHER, FIRST, forced=True), reviewed(2, 31, POSTER), event(3, "label", POSTER, body="{")]
    assert timeline_of([*events, event(4, "pull_push", POSTER, body='{"commit_ids":null}') | {"user": None}]) == (
        TimelineEvent(id=1, kind=EventKind.PUSH, user=poster, review_id=0, pushed=(OTHER, FIRST)),
        TimelineEvent(id=2, kind=EventKind.REVIEW, user=poster, review_id=31, pushed=()),
        TimelineEvent(id=3, kind=EventKind.OTHER, user=poster, review_id=0, pushed=()),
        TimelineEvent(id=4, kind=EventKind.PUSH, user=None, review_id=0, pushed=()),
    )


@pytest.mark.parametrize("body", ["", "{", "[]", "5", '{"commit_ids": "x"}', '{"commit_ids": [1]}', "[" * 100_000])
def test_a_push_that_names_no_commits(body: str) -> None:
    """A push whose body is not Forgejo's is no push that could be passed over."""
    with pytest.raises(WrongShape):
        timeline_of([event(1, "pull_push", POSTER, body=body)])


def test_null_is_an_empty_list() -> None:
    """Forgejo writes an empty timeline as null."""
    assert [read(None) for read in READERS[1:]] == [(), (), (), ()]


def test_a_pull_request_that_failed_on_the_server() -> None:
    """In a list of pull requests null stands for one that the server could not tell; in other lists it is refused."""
    assert pull_requests_of([None, pull().pull])[0] is None
    for read in (changed_files_of, reviews_of, timeline_of):
        with pytest.raises(WrongShape):
            read([None])


@pytest.mark.parametrize(
    ("state", "merged", "is_read_as"),
    [("open", False, PullRequestState.OPEN), ("closed", False, PullRequestState.CLOSED),
     ("closed", True, PullRequestState.MERGED), ("open", True, None), ("OPEN", False, None), ("all", False, None)],
)  # fmt: skip
def test_states(state: str, merged: bool, is_read_as: PullRequestState | None) -> None:
    """Open, closed and merged are told apart, and an open one that is merged is a contradiction."""
    document = pull().pull | {"state": state, "merged": merged}
    if is_read_as is None:
        with pytest.raises(WrongShape, match="state"):
            pull_request_of(document)
    else:
        assert pull_request_of(document).state is is_read_as


@pytest.mark.parametrize("state", list(ReviewState))
def test_review_states(state: ReviewState) -> None:
    """Every state that Forgejo has is read, and no other one."""
    (one,) = reviews_of([review(1, state=state.value) | {"user": user(7)}])
    assert one.state is state
    with pytest.raises(WrongShape, match="state"):
        reviews_of([review(1, state="Approved")])


@pytest.mark.parametrize(
    "commit", [FIRST[:39], FIRST + "1", FIRST.replace("1", "A"), FIRST + "\n", "\uff11" * 40, "1" * 63, "HEAD"]
)
def test_what_is_no_commit(commit: str) -> None:
    """A head that is not a whole hexadecimal id is none."""
    assert pull_request_of(pull().pull | {"head": {"sha": commit}}).head_commit is None
    assert pull_request_of(pull().pull | {"head": {"sha": "a" * 64}}).head_commit == "a" * 64


@pytest.mark.parametrize("number", [0, -1, 2**63, 1.0, "5", None, True])
def test_a_number_that_no_path_may_hold(number: object) -> None:
    """A pull request's number becomes part of a path, so it is a number above 0 and nothing else."""
    with pytest.raises(WrongShape, match="number"):
        pull_request_of(pull().pull | {"number": number})


@settings(deadline=None)  # a busy machine is no failure
@given(JSON | st.lists(st.dictionaries(st.sampled_from(sorted({*pull().pull, *review(1), *changed_file()})), JSON)))
def test_any_json_is_records_or_a_wrong_shape(value: object) -> None:
    """Whatever JSON arrives, a reader returns records or says that the shape is wrong."""
    for read in READERS:
        with suppress(WrongShape):
            read(value)


@needs_recordings
def test_every_recorded_body_is_survived() -> None:
    """No answer of any endpoint makes a reader fail in another way than by its shape."""
    for answer in RECORDED:
        try:
            value = json.loads(answer.body)
        except ValueError:
            continue
        for read in READERS:
            with suppress(WrongShape):
                read(value)
