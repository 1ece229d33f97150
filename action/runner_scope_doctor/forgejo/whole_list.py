"""Lists of the Forgejo API that come in pages and count their entries in X-Total-Count: each whole, or an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from runner_scope_doctor.forgejo.answers import record_of
from runner_scope_doctor.forgejo.client import Answer, ApiClient, ask
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.model.errors import SourceUnavailable

_Item = TypeVar("_Item")
_PAGE_LENGTH = 50
"""Forgejo's default MAX_RESPONSE_ITEMS; a server set to less sends shorter pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_Item]):
    """`total` is X-Total-Count: how many there are on all pages."""

    items: tuple[_Item, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPath(Generic[_Item]):
    """A list: its path, its query without page and length (empty or ending in `&`), how a page is read, and by which scope."""

    path: str
    query: str
    read: Callable[[object], tuple[_Item, ...]]
    scope: str


def whole_list(client: ApiClient, wanted: ListPath[_Item], *, most: int) -> tuple[_Item, ...]:
    """All pages, and the one after the last, which must be empty. Raises SourceUnavailable, also for more than `most`."""
    first = page_of(client, wanted, 1)
    if first.total > most:
        raise failure(Situation.LONG_LIST, Facts(where=client.address.base_url + wanted.path, detail=str(first.total)))
    items, number = list(first.items), 1
    page = first
    while page.items and len(items) <= first.total:
        number += 1
        page = page_of(client, wanted, number)
        items += page.items
        if page.total != first.total:
            raise incomplete(client, wanted.path, "it changed while it was read")
    if len(items) != first.total:
        raise incomplete(client, wanted.path, f"{len(items)} came, X-Total-Count says {first.total}")
    return tuple(items)


def page_of(client: ApiClient, wanted: ListPath[_Item], number: int) -> Page[_Item]:
    """One page, counted from 1."""
    return read_page(ask(client, wanted.path, page_query(wanted.query, number)), wanted.read, scope=wanted.scope)


def read_page(answer: Answer, read: Callable[[object], tuple[_Item, ...]], *, scope: str) -> Page[_Item]:
    """The entries of an answer and how many there are in all. Raises SourceUnavailable, also without X-Total-Count."""
    items = record_of(answer, read, scope=scope)
    text = answer.total_count
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(2**63)):
        raise failure(Situation.NO_LIST_TOTAL, Facts(where=answer.where))
    return Page(items=items, total=int(text))


def page_query(query: str, number: int) -> str:
    """The query of one page."""
    return f"?{query}limit={_PAGE_LENGTH}&page={number}"


def incomplete(client: ApiClient, path: str, detail: str) -> SourceUnavailable:
    """The error of a list that did not come whole."""
    return failure(Situation.INCOMPLETE_LIST, Facts(where=client.address.base_url + path, detail=detail))
