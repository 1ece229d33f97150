"""A pull request as a Forgejo server tells it: who opened, pushed to and reviewed it, and what it changes. Nothing is judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PullRequestState(Enum):
    """`state` and `merged` of a pull request in one word."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class ReviewState(Enum):
    """`state` of a review. The value is Forgejo's word (`modules/structs/pull_review.go`)."""

    APPROVED = "APPROVED"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    COMMENT = "COMMENT"
    PENDING = "PENDING"
    REQUEST_REVIEW = "REQUEST_REVIEW"
    UNKNOWN = ""


class EventKind(Enum):
    """What an event of a timeline is. The value is Forgejo's word (`models/issues/comment.go`), but for OTHER."""

    COMMENT = "comment"
    REVIEW = "review"
    PUSH = "pull_push"
    """Also stored by the opening of a pull request, for its poster."""
    RETARGET = "change_target_branch"
    OTHER = "(other)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """A user of the server. `id` is `user.id` and decides, `login` is for reading.

    Ids below 1 are Forgejo's own: -1 for a deleted user, -2 for a job's token (`models/user/user_system.go`).
    """

    id: int
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request, from `GET /repos/{owner}/{name}/pulls/{number}`.

    `poster` is None when the server names nobody. `base_repository` is `owner/name`, `base_branch` a branch's name without
    `refs/heads/`. `head_commit` is full hexadecimal digits; None when the server finds none.
    """

    number: int
    state: PullRequestState
    poster: ServerUser | None
    base_repository_id: int
    base_repository: str
    base_branch: str
    head_commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file that a pull request changes, from `…/pulls/{number}/files`.

    `status` is Forgejo's word (`added`, `changed`, `deleted`, `copied`, `renamed`, `unchanged`). `previous_name` is None but for
    a renamed one. `commit` is the head the server compared; None when it does not say.
    """

    name: str
    previous_name: str | None
    status: str
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review, from `…/pulls/{number}/reviews`.

    `reviewer` is None for the request to a team. `commit` is the one the reviewer looked at, empty when there is none.
    `submitted` is Unix seconds: when the review was begun, which for a pending one is before it was sent.
    """

    id: int
    reviewer: ServerUser | None
    state: ReviewState
    commit: str
    is_official: bool
    is_stale: bool
    is_dismissed: bool
    submitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """An event of a pull request, from `…/issues/{number}/timeline`; ids rise in the order in which events were stored.

    `user` is None when the server names nobody. `review_id` is 0 but for events of a review. `pushed` holds a push's
    commits, the newest last, and is empty for all else.
    """

    id: int
    kind: EventKind
    user: ServerUser | None
    review_id: int
    pushed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestRecord:
    """All that was read of one pull request: `before` first of all, then the rest, and `after` last."""

    before: PullRequest
    files: tuple[ChangedFile, ...]
    reviews: tuple[Review, ...]
    events: tuple[TimelineEvent, ...]
    after: PullRequest
