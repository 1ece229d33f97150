"""Pull requests with their files, reviews and timelines, each list whole or an error (Forgejo 7 to 16).

Everything is asked for with `read:repository`, the timeline with `read:issue`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

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
from runner_scope_doctor.forgejo.whole_list import ListPath, Page, incomplete, page_query, read_page, whole_list
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.pull_request import ChangedFile, PullRequest, PullRequestRecord, Review, TimelineEvent
from runner_scope_doctor.model.runner import ObservedRepository

_Item = TypeVar("_Item")
_REPOSITORY, _ISSUE = "read:repository", "read:issue"
_MOST_PULL_REQUESTS = 500
_MOST_FILES = 1_000
_MOST_REVIEWS = 500


def read_repository(client: ApiClient, repository: RepositoryList) -> ObservedRepository:
    """The repository of that name, as it is now. Raises SourceUnavailable, also when the name leads elsewhere by a redirect."""
    return record_of(ask(client, API + subject_path(repository)), repository_of, scope=_REPOSITORY)


def open_pull_requests(client: ApiClient, repository: RepositoryList) -> tuple[PullRequest, ...]:
    """Every open pull request, oldest first, but for those that the server itself failed to look up.

    Raises SourceUnavailable, also when the list moved while it was read or is longer than 500.
    """
    path, query = f"{API}{subject_path(repository)}/pulls", "state=open&sort=oldest&"
    wanted = ListPath(path=path, query=query, read=pull_requests_of, scope=_REPOSITORY)
    items = whole_list(client, wanted, most=_MOST_PULL_REQUESTS)
    found = {item.number: item for item in items if item is not None}
    if len(found) != sum(item is not None for item in items):
        raise incomplete(client, path, "one pull request came twice")
    return tuple(found.values())


def files_of_each(
    client: ApiClient, repository: RepositoryList, pull_requests: Iterable[PullRequest]
) -> Mapping[int, tuple[ChangedFile, ...] | SourceUnavailable]:
    """The files by pull request, or why the server did not give those of this one.

    Of more than 1,000 files only the first page. Raises SourceUnavailable when the server stops answering at all.
    """
    paths = {_files_path(repository, pull.number): pull.number for pull in pull_requests}
    found: dict[int, tuple[ChangedFile, ...] | SourceUnavailable] = {}
    for answer in ask_all(client, [(path, page_query("", 1)) for path in paths]):
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
    wanted = ListPath(path=path, query="", read=changed_files_of, scope=_REPOSITORY)
    return whole_list(client, wanted, most=_MOST_FILES)


def _reviews(client: ApiClient, path: str) -> tuple[Review, ...]:
    """Without a page number Forgejo sends all reviews at once, but for those that others have begun and not sent, which
    X-Total-Count counts. Where it counts more than came, each place of the list is asked for by itself: one that stays
    empty holds such a review, and none of a shortened list is overlooked."""
    page = _page(ask(client, path), reviews_of)
    if len({review.id for review in page.items}) != len(page.items):
        raise incomplete(client, path, "one review came twice")
    if len(page.items) == page.total:
        return page.items
    if page.total > _MOST_REVIEWS:
        raise failure(Situation.LONG_LIST, Facts(where=client.address.base_url + path, detail=str(page.total)))
    singles = [_page(ask(client, path, f"?limit=1&page={place}"), reviews_of) for place in range(1, page.total + 1)]
    came = [review for single in singles for review in single.items]
    found = {review.id: review for review in came}
    is_steady = all(len(single.items) <= 1 and single.total == page.total for single in singles)
    if not is_steady or len(found) != len(came) or any(found.get(review.id) != review for review in page.items):
        raise incomplete(client, path, "it changed while it was read")
    return tuple(found.values())


def _timeline(client: ApiClient, path: str) -> tuple[TimelineEvent, ...]:
    """Without a page number Forgejo sends all events at once, and X-Total-Count counts what came.

    Its pages would not do: comments on lines of code are taken out of them after they were cut, so that a short or empty page
    may be followed by a full one, and each page's X-Total-Count counts that page alone.
    """
    page = _page(ask(client, path), timeline_of, scope=_ISSUE)
    if len(page.items) != page.total:
        raise incomplete(client, path, f"{len(page.items)} events came, X-Total-Count says {page.total}")
    if len({event.id for event in page.items}) != len(page.items):
        raise incomplete(client, path, "one event came twice")
    return page.items


def _page(answer: Answer, read: Callable[[object], tuple[_Item, ...]], *, scope: str = _REPOSITORY) -> Page[_Item]:
    return read_page(answer, read, scope=scope)
