"""The bytes of a whole journal to its entries, and the bytes that an event adds to them.

A write can be cut by a crash or a full disk, also the write that comes after a cut one. What the cut left is never taken
away: the next write closes it with a mark that no entry can end in, then notes how much it was. So after any cut, at any
byte, the journal can be read and goes on; and a line that neither is an entry nor bears that mark was changed by somebody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from runner_scope_doctor.canonical.fields import NewerDocument, WrongDocument
from runner_scope_doctor.journal.lines import BEFORE_THE_FIRST, begins_with_object, entry_from_line, line_of
from runner_scope_doctor.model.errors import JournalDamaged, RepairFailed
from runner_scope_doctor.model.journal import ApprovalNoted, AttemptEvent, JournalEntry, TornLine

CUT_OFF = b"\tcut off"
"""Ends a line that was cut. No JSON line of ours has a tab, and no change of one byte makes this of the end of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What a journal says, its whole chain verified.

    `torn` tells that the last write was cut and nothing came after it; what it would have said is not among the entries.
    """

    entries: tuple[JournalEntry, ...]
    torn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What an event adds to the file, and the entry that a reader then finds there."""

    content: bytes
    entry: JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """`cut` is everything behind the last entry that a cut left there; `rest` is what of it, or of the last entry, has
    no line end."""

    entries: tuple[JournalEntry, ...]
    cut: bytes
    rest: bytes


def journal_from_bytes(content: bytes, *, file: str) -> Journal:
    """The journal of that content. Raises JournalDamaged, which names the line, when the chain does not hold."""
    reading = _reading(content, file)
    return Journal(entries=reading.entries, torn=reading.cut != b"")


def addition(content: bytes, event: ApprovalNoted | AttemptEvent, *, at: int, file: str) -> Addition:
    """What is to be written behind that content to note the event at the Unix second `at`.

    Raises JournalDamaged as the reader does, and RepairFailed for an event that no line can hold.
    """
    reading = _reading(content, file)
    number, previous = _next(reading.entries)
    added = b""
    if reading.cut:
        end = CUT_OFF + b"\n" if reading.rest else b""
        cut = reading.cut + end
        torn = TornLine(bytes=len(cut), sha256=hashlib.sha256(cut).hexdigest())
        line = line_of(torn, number=number, at=at, previous=previous)
        number, previous = number + 1, entry_from_line(line[:-1], number=number, previous=previous).hash
        added = end + line
    elif reading.rest:
        added = b"\n"
    line = line_of(event, number=number, at=at, previous=previous)
    try:
        entry = entry_from_line(line[:-1], number=number, previous=previous)
    except WrongDocument as error:
        raise RepairFailed(
            f"{file}: a {type(event).__name__} entry cannot be noted: the line {error}.",
            next_step="Report this as a fault of runner-scope-doctor.",
        ) from error
    return Addition(content=added + line, entry=entry)


def _reading(content: bytes, file: str) -> _Reading:
    *lines, rest = content.split(b"\n")
    entries: list[JournalEntry] = []
    start, after_entry = 0, 0
    for position, line in enumerate(lines, 1):
        place = f"{file}:{position}"
        start += len(line) + 1
        if line.endswith(CUT_OFF):
            _require_cut(line, place)
            continue
        before = content[after_entry : start - len(line) - 1]
        entries.append(_entry(line, before, tuple(entries[-1:]), place))
        after_entry = start
    place = f"{file}:{len(lines) + 1}"
    if begins_with_object(rest) == len(rest) > 0:  # all but its line end is there, and that proves itself
        entries.append(_entry(rest, content[after_entry:start], tuple(entries[-1:]), place))
        return _Reading(entries=tuple(entries), cut=b"", rest=rest)
    _require_cut(rest, place)
    return _Reading(entries=tuple(entries), cut=content[after_entry:], rest=rest)


def _next(entries: tuple[JournalEntry, ...]) -> tuple[int, str]:
    """Number and `previous` of the entry behind these."""
    return (entries[-1].number + 1, entries[-1].hash) if entries else (1, BEFORE_THE_FIRST)


def _entry(line: bytes, before: bytes, last: tuple[JournalEntry, ...], place: str) -> JournalEntry:
    """The entry of the line. `before` is what a cut left between it and the last entry."""
    number, previous = _next(last)
    try:
        entry = entry_from_line(line, number=number, previous=previous)
    except NewerDocument as error:
        raise JournalDamaged(
            f"{place}: this line of the journal {error}.",
            next_step="Use that release, or a later one: this one cannot tell which plans were used.",
        ) from error
    except WrongDocument as error:
        raise _damaged(place, str(error)) from error
    named = (entry.event.bytes, entry.event.sha256) if isinstance(entry.event, TornLine) else None
    if named != ((len(before), hashlib.sha256(before).hexdigest()) if before else None):
        raise _damaged(place, "does not agree with what was cut off before it")
    return entry


def _require_cut(line: bytes, place: str) -> None:
    """A cut line is never whole."""
    if begins_with_object(line) is not None:
        raise _damaged(place, "is a whole entry and goes on behind its end")


def _damaged(place: str, reason: str) -> JournalDamaged:
    return JournalDamaged(
        f"{place}: this line of the journal {reason}.",
        next_step="Keep a copy of the file as it is, find out who or what changed it, and put the right one back from a "
        "backup of this host. Until then nothing is repaired.",
    )
