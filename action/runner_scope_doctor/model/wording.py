"""How a value is worded in a sentence. Not an escape: foreign text stays foreign until `report` prints it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from runner_scope_doctor.model.runner import NotANumber, ObservedId, ObservedRunner

_PLAIN_NAME = re.compile(r"[A-Za-z0-9._@+/-]+")
_LONGEST_NAME = 200
_UUID_MASK = "********-****-****-****-********"
_UUID_TAIL = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LAST_SECOND = 253402300799
"""Of the year 9999."""


def named(name: str) -> str:
    """A foreign name in a sentence: bare when it is a plain word, else in double quotes, cut after 200 characters.

    Without the quotes a name with spaces could pass for further words of ours.
    """
    if len(name) > _LONGEST_NAME:
        name = name[:_LONGEST_NAME] + "…"
    if _PLAIN_NAME.fullmatch(name):
        return name
    return '"' + name.replace('"', "'") + '"'


def stored(value: ObservedId) -> str:
    """An id as the table holds it."""
    match value:
        case None:
            return "NULL"
        case NotANumber(text=text):
            return named(text)
        case int():
            return str(value)


def row_line(runner: ObservedRunner) -> str:
    """One row of `action_runner` as the operators of the original script know it."""
    return (
        f"id={runner.id} {named(runner.name)} owner_id={stored(runner.owner_id)} "
        f"repo_id={stored(runner.repo_id)} deleted={stored(runner.deleted)}"
    )


def masked_uuid(uuid: str | None) -> str | None:
    """The uuid with only its last 4 characters left, and none of a text too short to be one; None for None.

    A runner registered with `forgejo-cli` has 16 characters of its secret as its uuid (Forgejo
    `models/actions/forgejo.go`), so the whole uuid is never shown. Masking twice changes nothing.
    """
    if uuid is None:
        return None
    tail = uuid[-_UUID_TAIL:] if len(uuid) >= len(_UUID_MASK) else "*" * _UUID_TAIL
    return _UUID_MASK + tail


def counted_noun(count: int, noun: str) -> str:
    """`1 runner`, `2 runners`; the noun's plural takes an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def moment(seconds: int) -> str:
    """A Unix second as people and machines read it, in UTC; as a bare number where no calendar has it."""
    if not 0 <= seconds <= _LAST_SECOND:
        return f"second {seconds}"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: int) -> str:
    """A span in its two largest units: `3 h 12 min`. Negative spans, from clocks that disagree, read as 0 s."""
    seconds = max(seconds, 0)
    for unit, size, lesser, part in (("d", _DAY, "h", _HOUR), ("h", _HOUR, "min", _MINUTE), ("min", _MINUTE, "s", 1)):
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {lesser}" if rest else "")
    return f"{seconds} s"
