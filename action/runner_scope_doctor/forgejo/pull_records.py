"""JSON of pull requests, their files, reviews and timelines into values (Forgejo 7 to 16, `modules/structs`)."""

from __future__ import annotations

import json
import re

from runner_scope_doctor.forgejo.json_fields import (
    WrongShape,
    checked_text,
    flag_of,
    integer_of,
    list_of,
    object_of,
    text_of,
    time_of,
)
from runner_scope_doctor.model.pull_request import (
    ChangedFile,
    EventKind,
    PullRequest,
    PullRequestState,
    Review,
    ReviewState,
    ServerUser,
    TimelineEvent,
)

_REVIEW_STATES = {state.value: state for state in ReviewState}
_EVENT_KINDS = {kind.value: kind for kind in EventKind}
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""SHA-1 or SHA-256, as Forgejo writes it."""


def pull_requests_of(value: object) -> tuple[PullRequest | None, ...]:
    """A page of `GET …/pulls`; None for one that the server failed to look up and wrote as `null`. Raises WrongShape."""
    return tuple([None if item is None else pull_request_of(item) for item in list_of(value, "pull requests")])


def pull_request_of(value: object) -> PullRequest:
    """`GET …/pulls/{number}`, also an item of the list. Raises WrongShape."""
    item = object_of(value, "pull request")
    base = object_of(item.get("base"), "base of the pull request")
    head = object_of(item.get("head"), "head of the pull request")
    repository = object_of(base.get("repo"), "repository of the base")
    repository_id = integer_of(repository, "id")
    if integer_of(base, "repo_id") != repository_id:
        raise WrongShape("the base names two repositories")
    number = integer_of(item, "number")
    if number < 1:
        raise WrongShape("number is not above 0")
    return PullRequest(
        number=number,
        state=_state(item),
        poster=_user(item),
        base_repository_id=repository_id,
        base_repository=text_of(repository, "full_name"),
        base_branch=text_of(base, "ref"),
        head_commit=_commit(text_of(head, "sha")),
    )


def changed_files_of(value: object) -> tuple[ChangedFile, ...]:
    """A page of `GET …/pulls/{number}/files`. Raises WrongShape."""
    return tuple([_changed_file(item) for item in list_of(value, "files")])


def reviews_of(value: object) -> tuple[Review, ...]:
    """`GET …/pulls/{number}/reviews`. Raises WrongShape."""
    return tuple([_review(item) for item in list_of(value, "reviews")])


def timeline_of(value: object) -> tuple[TimelineEvent, ...]:
    """`GET …/issues/{number}/timeline`. Raises WrongShape, also for an event that the server failed to look up and wrote as
    `null`: it may have been a push."""
    return tuple([_event(item) for item in list_of(value, "events")])


def _state(item: dict[str, object]) -> PullRequestState:
    state, is_merged = text_of(item, "state"), flag_of(item, "merged")
    match state:
        case "closed" if is_merged:
            return PullRequestState.MERGED
        case "closed":
            return PullRequestState.CLOSED
        case "open" if not is_merged:
            return PullRequestState.OPEN
        case _:
            raise WrongShape("state is none that a pull request has")


def _user(item: dict[str, object]) -> ServerUser | None:
    """The key `user`, which is `null` where nobody is named. Raises WrongShape when it is missing."""
    if "user" not in item:
        raise WrongShape("user is missing")
    if item["user"] is None:
        return None
    user = object_of(item["user"], "user")
    return ServerUser(id=integer_of(user, "id"), login=text_of(user, "login"))


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _changed_file(value: object) -> ChangedFile:
    item = object_of(value, "file")
    previous = item.get("previous_filename")
    address = item.get("contents_url")  # left out by Forgejo when empty, and ends `?ref=` and the head's commit
    return ChangedFile(
        name=text_of(item, "filename"),
        previous_name=None if previous is None else checked_text(previous, "previous_filename"),
        status=text_of(item, "status"),
        commit=None if address is None else _commit(checked_text(address, "contents_url").rpartition("?ref=")[2]),
    )


def _review(value: object) -> Review:
    item = object_of(value, "review")
    state = _REVIEW_STATES.get(text_of(item, "state"))
    if state is None:
        raise WrongShape("a review's state is none that Forgejo 7 to 16 has")
    return Review(
        id=integer_of(item, "id"),
        reviewer=_user(item),
        state=state,
        commit=text_of(item, "commit_id"),
        is_official=flag_of(item, "official"),
        is_stale=flag_of(item, "stale"),
        is_dismissed=flag_of(item, "dismissed"),
        submitted=time_of(item, "submitted_at"),
    )


def _event(value: object) -> TimelineEvent:
    item = object_of(value, "event")
    kind = _EVENT_KINDS.get(text_of(item, "type"), EventKind.OTHER)
    return TimelineEvent(
        id=integer_of(item, "id"),
        kind=kind,
        user=_user(item),
        review_id=integer_of(item, "review_id"),
        pushed=_pushed(text_of(item, "body")) if kind is EventKind.PUSH else (),
    )


def _pushed(body: str) -> tuple[str, ...]:
    """The commits in the body of a push, which is JSON within the JSON (`models/issues.PushActionContent`)."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise WrongShape("the body of a push is no JSON") from None
    item = object_of(content, "body of a push")
    return tuple([checked_text(commit, "commit_ids") for commit in list_of(item.get("commit_ids"), "commits")])
