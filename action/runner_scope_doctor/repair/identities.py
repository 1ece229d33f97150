"""Who all other rows of `action_runner` are, before and after a change, and whether any of them is another one now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import locked as sql_locked
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.wording import counted_noun

_PAGE = 2000
"""Rows in one statement: in SQLite's DELETE mode a server cannot write meanwhile."""
_NAMED = 5
"""How many ids a sentence names."""
_LOWEST = -(2**63)


class Identity(NamedTuple):
    """What makes a row the one it is, as the engine stores it: values of any type, compared and never shown."""

    uuid: object
    owner_id: object
    repo_id: object
    live: bool


Identities = Mapping[int, Identity]
"""By row id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`notes` are sentences about rows that came or went, which is the server's own business. `moved` are sentences about
    rows that are there before and after and are not the same; empty when nothing else moved."""

    notes: tuple[str, ...]
    moved: tuple[str, ...]


def identities(reader: Reader, runner_id: int) -> Identities:
    """All rows but that one, soft-deleted ones included, read in pages so that no statement holds a lock for long.

    Rows written between two pages are seen as either page saw them. Raises SourceUnavailable.
    """
    return dict(_rows(reader, runner_id))


def _rows(reader: Reader, runner_id: int) -> Iterator[tuple[int, Identity]]:
    after = _LOWEST
    while rows := reader.read(sql_locked.SELECT_IDENTITIES, id=runner_id, after=after, page=_PAGE):
        for number, uuid, owner_id, repo_id, live in rows:
            if not isinstance(number, int):
                raise SourceUnavailable(
                    "action_runner has a row id that is no number: this is not Forgejo's own table.",
                    next_step="Look at what stands in place of that table, such as a view.",
                )
            after = number
            yield number, Identity(uuid, owner_id, repo_id, live == 1)


def compared(before: Identities, after: Identities) -> Compared:
    """What came, what went and what moved between two passes.

    A row that Forgejo marked deleted meanwhile went, whatever else it wrote to it: deleting rewrites the uuid.
    """
    live_before = {number for number, identity in before.items() if identity.live}
    live_after = {number for number, identity in after.items() if identity.live}
    added = sorted(after.keys() - before.keys())
    removed = sorted((live_before - live_after) | (before.keys() - after.keys()))
    back = sorted((live_after & before.keys()) - live_before)
    same_life = (live_before & live_after) | ((before.keys() - live_before) & (after.keys() - live_after))
    moved = sorted(number for number in same_life if before[number] != after[number])
    return Compared(
        notes=(*_counted(added, "added"), *_counted(removed, "removed")),
        moved=(
            *(_moved(number, before[number], after[number]) for number in moved),
            *(f"Runner {number} was deleted before and is live now." for number in back),
        ),
    )


def _counted(numbers: list[int], what: str) -> Iterator[str]:
    if numbers:
        named = ", ".join(map(str, numbers[:_NAMED])) + (", …" if len(numbers) > _NAMED else "")
        yield f"{counted_noun(len(numbers), 'runner')} {what} meanwhile: {named}."


def _moved(number: int, before: Identity, after: Identity) -> str:
    columns = ("uuid", "owner_id", "repo_id")
    changed = [column for column, old, new in zip(columns, before, after, strict=False) if old != new]
    return f"Runner {number} has another {' and '.join(changed)} than before."
