"""Pull requests with their files, reviews and timelines, each list whole or an error (Forgejo 7 to 16).

Everything is asked for with `read:repository`, the timeline with `read:issue`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from runner_scope_doctor.forgejo.answers import record_of
from runner_scope_doctor.forgejo.client import Answer, ApiClient, ask, ask_all
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.paging import API
from runner_scope_doctor.forgejo.pull_records import (
    changed_files_of,
    pull_request_of,
    pull_requests_of,
    reviews_of,
    timeline_of,
)
from runner_scope_doctor.forgejo.records import repository_of
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import RepositoryList, subject_path
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.pull_request import ChangedFile, PullRequest, PullRequestRecord, Review, TimelineEvent
from runner_scope_doctor.model.runner import ObservedRepository

_Item = TypeVar("_Item")
_REPOSITORY, _ISSUE = "read:repository", "read:issue"
_PAGE_LENGTH = 50
"""Forgejo's default MAX_RESPONSE_ITEMS; a server set to less sends shorter pages."""
_MOST_PULL_REQUESTS = 500
_MOST_FILES = 1_000
_MOST_REVIEWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page(Generic[_Item]):
    """`total` is X-Total-Count: how many there are on all pages."""

    items: tuple[_Item, ...]
    total: int


def read_repository(client: ApiClient, repository: RepositoryList) -> ObservedRepository:
    """The repository of that name, as it is now. Raises SourceUnavailable, also when the name leads elsewhere by a redirect."""
    return record_of(ask(client, API + subject_path(repository)), repository_of, scope=_REPOSITORY)


def open_pull_requests(client: ApiClient, repository: RepositoryList) -> tuple[PullRequest, ...]:
    """Every open pull request, oldest first, but for those that the server itself failed to look up.

    Raises SourceUnavailable, also when the list moved while it was read or is longer than 500.
    """
    path, query = f"{API}{subject_path(repository)}/pulls", "state=open&sort=oldest&"
    items = _whole_list(client, path, query, pull_requests_of, most=_MOST_PULL_REQUESTS)
    found = {item.number: item for item in items if item is not None}
    if len(found) != sum(item is not None for item in items):
        raise _incomplete(client, path, "one pull request came twice")
    return tuple(found.values())


def files_of_each(
    client: ApiClient, repository: RepositoryList, pull_requests: Iterable[PullRequest]
) -> Mapping[int, tuple[ChangedFile, ...] | SourceUnavailable]:
    """The files by pull request, or why the server did not give those of this one.

    Of more than 1,000 files only the first page. Raises SourceUnavailable when the server stops answering at all.
    """
    paths = {_files_path(repository, pull.number): pull.number for pull in pull_requests}
    found: dict[int, tuple[ChangedFile, ...] | SourceUnavailable] = {}
    for answer in ask_all(client, [(path, _query("", 1)) for path in paths]):
        path = answer.where.removeprefix(client.address.base_url)
        try:
            page = _page(answer, changed_files_of)
            is_whole = len(page.items) == page.total or page.total > _MOST_FILES
            found[paths[path]] = page.items if is_whole else _changed_files(client, path)
        except SourceUnavailable as error:
            found[paths[path]] = error
    return found


def read_pull_request(client: ApiClient, repository: RepositoryList, number: int) -> PullRequestRecord:
    """All of one pull request, itself read first and once more at the end, so that a push in between shows.

    Raises SourceUnavailable when any part of it is not there whole.
    """
    before = _pull_request(client, repository, number)
    files = _changed_files(client, _files_path(repository, number))
    reviews = _reviews(client, f"{_path(repository, number)}/reviews")
    events = _timeline(client, f"{API}{subject_path(repository)}/issues/{number}/timeline")
    after = _pull_request(client, repository, number)
    return PullRequestRecord(before=before, files=files, reviews=reviews, events=events, after=after)


def _path(repository: RepositoryList, number: int) -> str:
    return f"{API}{subject_path(repository)}/pulls/{number}"


def _files_path(repository: RepositoryList, number: int) -> str:
    return f"{_path(repository, number)}/files"


def _pull_request(client: ApiClient, repository: RepositoryList, number: int) -> PullRequest:
    answer = ask(client, _path(repository, number))
    found = record_of(answer, pull_request_of, scope=_REPOSITORY)
    if found.number != number:
        raise failure(Situation.OTHER_SHAPE, Facts(where=answer.where, detail="it tells of another pull request"))
    return found


def _changed_files(client: ApiClient, path: str) -> tuple[ChangedFile, ...]:
    return _whole_list(client, path, "", changed_files_of, most=_MOST_FILES)


def _reviews(client: ApiClient, path: str) -> tuple[Review, ...]:
    """Without a page number Forgejo sends all reviews at once, but for those that others have begun and not sent, which
    X-Total-Count counts. Where it counts more than came, each place of the list is asked for by itself: one that stays
    empty holds such a review, and none of a shortened list is overlooked."""
    page = _page(ask(client, path), reviews_of)
    if len({review.id for review in page.items}) != len(page.items):
        raise _incomplete(client, path, "one review came twice")
    if len(page.items) == page.total:
        return page.items
    if page.total > _MOST_REVIEWS:
        raise failure(Situation.LONG_LIST, Facts(where=client.address.base_url + path, detail=str(page.total)))
    singles = [_page(ask(client, path, f"?limit=1&page={place}"), reviews_of) for place in range(1, page.total + 1)]
    came = [review for single in singles for review in single.items]
    found = {review.id: review for review in came}
    is_steady = all(len(single.items) <= 1 and single.total == page.total for single in singles)
    if not is_steady or len(found) != len(came) or any(found.get(review.id) != review for review in page.items):
        raise _incomplete(client, path, "it changed while it was read")
    return tuple(found.values())


def _timeline(client: ApiClient, path: str) -> tuple[TimelineEvent, ...]:
    """Without a page number Forgejo sends all events at once, and X-Total-Count counts what came.

    Its pages would not do: comments on lines of code are taken out of them after they were cut, so that a short or empty page
    may be followed by a full one, and each page's X-Total-Count counts that page alone.
    """
    page = _page(ask(client, path), timeline_of, scope=_ISSUE)
    if len(page.items) != page.total:
        raise _incomplete(client, path, f"{len(page.items)} events came, X-Total-Count says {page.total}")
    if len({event.id for event in page.items}) != len(page.items):
        raise _incomplete(client, path, "one event came twice")
    return page.items


def _whole_list(
    client: ApiClient, path: str, query: str, read: Callable[[object], tuple[_Item, ...]], *, most: int
) -> tuple[_Item, ...]:
    """All pages, and the one after the last, which must be empty."""
    first = _page(ask(client, path, _query(query, 1)), read)
    if first.total > most:
        raise failure(Situation.LONG_LIST, Facts(where=client.address.base_url + path, detail=str(first.total)))
    items, number = list(first.items), 1
    page = first
    while page.items and len(items) <= first.total:
        number += 1
        page = _page(ask(client, path, _query(query, number)), read)
        items += page.items
        if page.total != first.total:
            raise _incomplete(client, path, "it changed while it was read")
    if len(items) != first.total:
        raise _incomplete(client, path, f"{len(items)} came, X-Total-Count says {first.total}")
    return tuple(items)


def _page(answer: Answer, read: Callable[[object], tuple[_Item, ...]], *, scope: str = _REPOSITORY) -> _Page[_Item]:
    items = record_of(answer, read, scope=scope)
    text = answer.total_count
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(2**63)):
        raise failure(Situation.NO_LIST_TOTAL, Facts(where=answer.where))
    return _Page(items=items, total=int(text))


def _query(query: str, page: int) -> str:
    return f"?{query}limit={_PAGE_LENGTH}&page={page}"


def _incomplete(client: ApiClient, path: str, detail: str) -> SourceUnavailable:
    return failure(Situation.INCOMPLETE_LIST, Facts(where=client.address.base_url + path, detail=detail))
