"""An entry has one line, and a line that is not exactly that is refused with what is wrong about it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given

from runner_scope_doctor.canonical.fields import NewerDocument, WrongDocument
from runner_scope_doctor.journal.chain import journal_from_bytes
from runner_scope_doctor.journal.lines import LARGEST_LINE, entry_from_line, line_of
from runner_scope_doctor.model.errors import JournalDamaged
from runner_scope_doctor.model.journal import Event, JournalEntry, TornLine
from support.journals import NotedEvent, events, failed, integers, noted, sealed, started
from support.snapshots import NOW

ZEROS = "0" * 64
LINE = line_of(started(), number=1, at=NOW, previous=ZEROS)


def changed(**changes: object) -> bytes:
    """The line of a start with these keys of its event changed or added, and its hash made right again."""
    document: dict[str, Any] = json.loads(LINE)
    document["event"].update(changes)
    return sealed(document)


def changed_top(**changes: object) -> bytes:
    """The same with keys of the whole line."""
    return sealed({**json.loads(LINE), **changes})


def lacking(key: str) -> bytes:
    """The line without that key of its event."""
    document: dict[str, Any] = json.loads(LINE)
    del document["event"][key]
    return sealed(document)


def approval_with(**changes: object) -> bytes:
    """The line with a change in its only approval."""
    document: dict[str, Any] = json.loads(LINE)
    document["event"]["approvals"][0].update(changes)
    return sealed(document)


def replaced(old: str, new: str) -> bytes:
    """The line with a piece of its text changed."""
    assert old.encode() in LINE
    return LINE.replace(old.encode(), new.encode())


@given(events, integers, integers)
def test_any_event_survives_its_line(event: NotedEvent, number: int, at: int) -> None:
    """Whatever names and reasons hold, the line is one line of printable ASCII and says the very same event."""
    line = line_of(event, number=number, at=at, previous=ZEROS)
    assert re.fullmatch(rb"[ -~]+\n", line)
    entry = entry_from_line(line[:-1], number=number, previous=ZEROS)
    assert entry == JournalEntry(number=number, at=at, event=event, hash=entry.hash)


def test_the_line_is_canonical_and_its_hash_covers_the_rest() -> None:
    """Keys sorted, no white space, and the hash is SHA-256 of the same text without the hash, `previous` within."""
    document = json.loads(LINE)
    assert set(document) == {"schema_version", "number", "at", "event", "previous", "hash"}
    assert (document["schema_version"], document["number"], document["at"]) == (1, 1, NOW)
    assert document["previous"] == ZEROS
    claimed = document.pop("hash")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert claimed == hashlib.sha256(text.encode("ascii")).hexdigest()
    assert sealed(document) == LINE


@pytest.mark.parametrize("event", [noted(), started(), failed(), TornLine(bytes=3, sha256="f" * 64)])
def test_the_hash_depends_on_the_line_before(event: Event) -> None:
    """The same event behind another line has another hash."""
    one, other = (line_of(event, number=2, at=NOW, previous=before * 64) for before in "12")
    assert json.loads(one)["hash"] != json.loads(other)["hash"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\n", "is not the JSON it should be"),
        (b"null\n", "must have 1 at schema_version"),
        (b"[]\n", "must have 1 at schema_version"),
        (b"[" * 100_000 + b"\n", "is not the JSON it should be"),
        (b'{"a":' * 100_000 + b"\n", "is not the JSON it should be"),
        (b"1" * 5_000 + b"\n", "is not the JSON it should be"),
        (b"\xff\n", "is not the JSON it should be"),
        (b" " * (LARGEST_LINE + 1) + b"\n", "is longer than 1048576 bytes, which no entry is"),
        (replaced("rs2000", "ä"), "is not the JSON it should be"),
        (replaced('"number":1', '"number":1,"number":1'), "has a key twice"),
        (replaced('"owner_id":1', '"owner_id":2,"owner_id":1'), "has a key twice"),
        (replaced('"owner_id":1', '"owner_id":' + "9" * 5_000), "is not the JSON it should be"),
        (replaced('"owner_id":1', '"owner_id":NaN'), "must have a whole number of 64 bits at event.owner_id"),
        (replaced(":", ": "), "was changed after it was written: its hash is of other words"),
        (replaced("rs2000", "\\u0072s2000"), "was changed after it was written: its hash is of other words"),
        (replaced("rs2000", "rs2001"), "was changed after it was written: its hash is of other words"),
        (changed(owner_id=2**63), "must have a whole number of 64 bits at event.owner_id"),
        (changed(owner_id=1.0), "must have a whole number of 64 bits at event.owner_id"),
        (changed(owner_id=True), "must have a whole number of 64 bits at event.owner_id"),
        (changed(runner_name=None), "must have a text at event.runner_name"),
        (changed(direction="sideways"), "must have repair or undo at event.direction"),
        (changed(kind="celebrated"), "must have an event this tool knows at event.kind"),
        (changed(kind=7), "must have a text at event.kind"),
        (changed(force=True), "has an unknown key at event.force"),
        (changed(approvals={}), "must have a list at event.approvals"),
        (changed(approvals=[7]), "has no object at event.approvals[0]"),
        (approval_with(kind="shrug"), "must have dispatch or review or signature at event.approvals[0].kind"),
        (approval_with(facts=[["key"]]), "must have pairs of texts at event.approvals[0].facts"),
        (approval_with(facts=[["key", 1]]), "must have pairs of texts at event.approvals[0].facts"),
        (approval_with(secret=""), "has an unknown key at event.approvals[0].secret"),
        (lacking("runner_id"), "lacks event.runner_id"),
        (changed_top(event=[]), "has no object at event"),
        (changed_top(note=""), "has an unknown key at note"),
        (changed_top(at="1"), "must have a whole number of 64 bits at at"),
        (changed_top(number=2), "should have the number 1, as lines are missing, moved or there twice"),
        (changed_top(number=10**30), "must have a whole number of 64 bits at number"),
        (changed_top(previous="1" * 64), "does not follow the line before it: one of the two was changed"),
        (changed_top(schema_version=True), "must have 1 at schema_version"),
        (changed_top(schema_version=0), "must have 1 at schema_version"),
        (changed_top(schema_version="1"), "must have 1 at schema_version"),
    ],
)
def test_a_wrong_line_is_refused(line: bytes, reason: str) -> None:
    """Each way a line can be wrong has its own sentence with file and line, also where its hash was made right."""
    with pytest.raises(WrongDocument, match=f"^{re.escape(reason)}"):
        entry_from_line(line[:-1], number=1, previous=ZEROS)
    with pytest.raises(JournalDamaged) as caught:
        journal_from_bytes(line, file="journal.jsonl")
    assert caught.value.problem.startswith(f"journal.jsonl:1: this line of the journal {reason}")
    assert "nothing is repaired" in caught.value.next_step


@pytest.mark.parametrize("version", [2, 10**30])
def test_a_line_of_a_newer_tool_is_called_that(version: int) -> None:
    """A later schema, with keys of its own and another hash, is no damage: the way out is the newer release."""
    line = changed_top(schema_version=version, signed_by="tpm").replace(b'"hash":"', b'"hash":"v2-')
    with pytest.raises(NewerDocument):
        entry_from_line(line[:-1], number=1, previous=ZEROS)
    with pytest.raises(JournalDamaged) as caught:
        journal_from_bytes(line, file="journal.jsonl")
    assert caught.value.problem.endswith("has a schema_version above 1: a newer release of this tool wrote it.")
    assert caught.value.next_step.startswith("Use that release")
