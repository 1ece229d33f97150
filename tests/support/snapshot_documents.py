"""Arbitrary snapshots made from the types of the model alone, and their JSON documents, whole or slightly wrong."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from enum import Enum

from hypothesis import strategies as st

from runner_scope_doctor.model.snapshot import Snapshot
from runner_scope_doctor.observe.snapshot_write import snapshot_text

Document = None | bool | int | float | str | list["Document"] | dict[str, "Document"]
Place = list[Document] | dict[str, Document]

NUMBERS = st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
AMOUNTS = {"count", "seconds", "changed_jobs", "major", "live_runners"}
"""Numbers that are never negative."""
MARKS = st.sampled_from([*":#[]\"'\\%\n\r\x00\x1b\x7f\x85\u2028\u202e\U0001f600", "\ud800", "\udfff", "\\u003a"])


def _as_read_back(text: str) -> str:
    """JSON cannot tell two halves of a surrogate pair from the character they make."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


TEXTS = st.lists(MARKS | st.characters(), max_size=8).map("".join).map(_as_read_back) | st.sampled_from(
    ["::error::x", "##[error]x", ":" * 5, "##[[", "\\::", "8f0f6a3c-41b6-4a84-9c53-000000000005"]
)


def _arbitrary(kind: object) -> st.SearchStrategy[typing.Any]:  # values of whatever type was asked for
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of([_arbitrary(one) for one in inside])
    if origin is tuple:
        return st.lists(_arbitrary(inside[0]), max_size=3).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return st.builds(kind, **{name: _field(name, hint) for name, hint in typing.get_type_hints(kind).items()})
    return {int: NUMBERS, str: TEXTS, bool: st.booleans(), types.NoneType: st.none()}[typing.cast("type", kind)]


def _field(name: str, kind: object) -> st.SearchStrategy[typing.Any]:  # see above
    if name in {"taken_at", "overdue_before"}:
        seconds = st.integers(0, 253402300799)
        return st.none() | seconds if types.NoneType in typing.get_args(kind) else seconds
    if name in AMOUNTS:
        amounts = st.integers(0, 2**63 - 1)
        return st.none() | amounts if types.NoneType in typing.get_args(kind) else amounts
    return _arbitrary(kind)


SNAPSHOTS: st.SearchStrategy[Snapshot] = _arbitrary(Snapshot)
ODD: st.SearchStrategy[Document] = st.sampled_from(
    [None, True, False, 0, -1, 1, 2, 2**63, -(2**63) - 1, 10**400, 253402300800, 0.5, "", "1", "all", "idle", [], {}]
) | st.builds(dict, id=st.just(1), absent=st.booleans())


def documents(text: str) -> Iterator[Place]:
    """Every list and object in the document, outermost first."""
    waiting: list[Document] = [json.loads(text)]
    while waiting:
        place = waiting.pop(0)
        if isinstance(place, dict | list):
            yield place
            waiting += place.values() if isinstance(place, dict) else place


@st.composite
def nearly_valid(draw: st.DrawFn) -> str:
    """The text of a snapshot in which one value was replaced, removed or added."""
    places = list(documents(snapshot_text(draw(SNAPSHOTS), tool_version="0")))
    place, odd = draw(st.sampled_from(places)), draw(ODD)
    if isinstance(place, list):
        place.insert(draw(st.integers(0, len(place))), odd)
    else:
        key = draw(st.sampled_from([*place, "token_hash"]))
        if key in place and draw(st.booleans()):
            del place[key]
        else:
            place[key] = odd
    return json.dumps(places[0])
