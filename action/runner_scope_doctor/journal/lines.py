"""One entry of the journal as one line of JSON, and back. An entry has one form: sorted keys, no white space, ASCII."""

from __future__ import annotations

import json

from runner_scope_doctor.canonical import form
from runner_scope_doctor.canonical.fields import Fields, Value, WrongDocument
from runner_scope_doctor.journal.events import event_from, event_object
from runner_scope_doctor.model.journal import Event, JournalEntry

SCHEMA_VERSION = 1
BEFORE_THE_FIRST = "0" * 64
"""What the first line has as the hash of the line before."""
LARGEST_LINE = 1 << 20
"""Bytes. A reason or a name is some hundred, and a plan has few approvals."""
_KEYS = ("schema_version", "number", "at", "event", "previous", "hash")


def line_of(event: Event, *, number: int, at: int, previous: str) -> bytes:
    """The line, ending in a line end. Its hash is SHA-256 over the same line without the key `hash` and the line end."""
    document: dict[str, Value] = {
        "schema_version": SCHEMA_VERSION,
        "number": number,
        "at": at,
        "event": event_object(event),
        "previous": previous,
    }
    document["hash"] = form.digest_of(form.canonical_bytes(document))
    return form.canonical_bytes(document) + b"\n"


def entry_from_line(line: bytes, *, number: int, previous: str) -> JournalEntry:
    """The entry of a line without its line end, which must be the one of that number behind the line of that hash.

    A text comes back as it was given, but that the two halves of a character beyond U+FFFF become that character.
    Raises WrongDocument for anything but the canonical line, NewerDocument when its schema is of a later release.
    """
    if len(line) > LARGEST_LINE:
        raise WrongDocument(f"is longer than {LARGEST_LINE} bytes, which no entry is")
    fields = Fields(form.parsed(line, version=SCHEMA_VERSION, most_bytes=LARGEST_LINE), "").only(*_KEYS)
    if fields.integer("number") != number:
        raise WrongDocument(f"should have the number {number}, as lines are missing, moved or there twice")
    if fields.text("previous") != previous:
        raise WrongDocument("does not follow the line before it: one of the two was changed, or lines are missing")
    at, event = fields.integer("at"), event_from(fields.part("event"))
    if line_of(event, number=number, at=at, previous=previous) != line + b"\n":
        raise WrongDocument("was changed after it was written: its hash is of other words")
    return JournalEntry(number=number, at=at, event=event, hash=fields.text("hash"))


def begins_with_object(line: bytes) -> int | None:
    """How many bytes of the line are one whole JSON object; None when it does not begin with one.

    A line that was cut while it was written never does, as only its last byte closes the object.
    """
    if not line.startswith(b"{"):
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(line.decode("latin-1"))
    except (ValueError, RecursionError):
        return None
    return end
