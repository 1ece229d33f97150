"""Cut at any byte the journal goes on; changed at any byte it is refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.journal.chain import CUT_OFF, Journal, addition, journal_from_bytes
from runner_scope_doctor.journal.lines import LARGEST_LINE
from runner_scope_doctor.model.errors import JournalDamaged, RepairFailed
from runner_scope_doctor.model.journal import Failed, TornLine
from support.journals import (
    FIRST,
    PLAN,
    WHOLE_REPAIR,
    NotedEvent,
    committed,
    content_of,
    events,
    failed,
    proven,
    started,
    updating,
)
from support.snapshots import NOW


def read(content: bytes) -> Journal:
    """The journal of the content."""
    return journal_from_bytes(content, file="journal.jsonl")


def refused(content: bytes) -> str:
    """The problem of a content that is refused."""
    with pytest.raises(JournalDamaged) as caught:
        read(content)
    return caught.value.problem


@given(st.lists(events, max_size=6))
def test_any_events_make_a_chain(noted: list[NotedEvent]) -> None:
    """Events noted one after the other are read again in that order, with their times and numbers from 1."""
    journal = read(content_of(noted))
    assert not journal.torn
    assert [entry.event for entry in journal.entries] == noted
    assert [entry.number for entry in journal.entries] == list(range(1, len(noted) + 1))
    assert [entry.at for entry in journal.entries] == list(range(NOW, NOW + len(noted)))


def test_nothing_is_an_empty_journal() -> None:
    """No bytes are no entries."""
    assert read(b"") == Journal(entries=(), torn=False)


def test_a_cut_at_every_byte() -> None:
    """Wherever the last two lines end early, what stood before is read, and the next event is noted behind a torn line
    that names the bytes that are there; only a line that lacks nothing but its line end still counts."""
    whole = content_of(WHOLE_REPAIR)
    full = read(whole).entries
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    for cut in range(ends[-3], len(whole) + 1):
        left = whole[:cut]
        kept = sum(end - 1 <= cut for end in ends)
        torn = cut not in ends and cut + 1 not in ends
        assert read(left) == Journal(entries=full[:kept], torn=torn)
        added = addition(left, failed(), at=NOW, file="x")
        after = read(left + added.content)
        assert not after.torn
        assert after.entries[:kept] == full[:kept]
        assert after.entries[-1] == added.entry
        assert [entry.event for entry in after.entries[kept:-1]] == (
            [TornLine(bytes=len(gap := gap_of(left, added.content)), sha256=hashlib.sha256(gap).hexdigest())]
            if torn
            else []
        )


def gap_of(left: bytes, added: bytes) -> bytes:
    """The line that was cut, as it stands in the file, its line end included."""
    content = left + added
    start = left.rfind(b"\n") + 1
    return content[start : content.index(b"\n", start) + 1]


@given(st.lists(st.tuples(events, st.floats(0, 1)), min_size=1, max_size=6))
def test_cuts_of_cuts(writes: list[tuple[NotedEvent, float]]) -> None:
    """However often a write is cut, also the one that notes an earlier cut, every state can be read, no entry that was
    there is lost, the next event is noted, and then everything that was left is named."""
    content = content_of([started()])
    for event, part in writes:
        before = read(content).entries
        added = addition(content, event, at=NOW, file="x")
        assert read(content + added.content).entries[-1] == added.entry
        content += added.content[: round(len(added.content) * part)]
        assert read(content).entries[: len(before)] == before
    content += addition(content, updating(), at=NOW, file="x").content
    journal = read(content)
    assert journal.entries[-1].event == updating()
    assert not journal.torn
    unnamed = sum(len(line) + 1 for line in content.split(b"\n") if line.endswith(CUT_OFF))
    assert sum(entry.event.bytes for entry in journal.entries if isinstance(entry.event, TornLine)) == unnamed


def test_every_cut_of_the_write_that_notes_a_cut() -> None:
    """The write that closes a cut line and names it may itself be cut at every byte, twice over."""
    cut_once = content_of([started(), proven()])[:-40]
    first = addition(cut_once, updating(), at=NOW, file="x").content
    for place in range(len(first) + 1):
        content = cut_once + first[:place]
        assert read(content).entries[0].event == started()
        second = addition(content, updating(), at=NOW, file="x").content
        for step in (1, 5, len(CUT_OFF), len(CUT_OFF) + 1, len(second) // 2, len(second) - 1):
            after = content_of([failed()], content + second[:step])
            assert read(after).entries[-1].event == failed()


def twice_cut() -> bytes:
    """A journal with a cut line, one in which also the note of the cut was cut, and whole entries around them."""
    content = content_of([started(), proven()])[:-30]
    content += addition(content, updating(), at=NOW, file="x").content[:90]
    content = content_of([updating(), committed()], content)[:-1]
    return content_of([failed()], content)


def test_no_changed_bit_goes_unnoticed() -> None:
    """Any one bit changed anywhere in whole lines is refused, in cut lines that were named as well."""
    content = twice_cut()
    assert [type(entry.event).__name__ for entry in read(content).entries] == [
        "Started", "TornLine", "Updating", "Committed", "Failed",
    ]  # fmt: skip
    for place in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            refused(bytes(changed))


@given(st.integers(0, len(twice_cut()) - 1), st.integers(0, 255))
def test_no_changed_byte_goes_unnoticed(place: int, value: int) -> None:
    """Nor does any other change of one byte."""
    changed = bytearray(twice_cut())
    if changed[place] != value:
        changed[place] = value
        refused(bytes(changed))


@pytest.mark.parametrize("events_there", [1, 2])
def test_the_last_line_end_cannot_be_hidden(events_there: int) -> None:
    """Any other byte in place of the last line end does not make a cut line of the entry, also with a cut behind it."""
    content = content_of((started(), proven())[:events_there])
    for value in set(range(256)) - {10}:
        for behind in (b"", b'{"at":17', b'{"at":17' + CUT_OFF + b"\n"):
            assert "goes on behind its end" in refused(content[:-1] + bytes([value]) + behind)


def test_lines_cannot_be_taken_out_or_moved() -> None:
    """A line left out, doubled, swapped or put in front is noticed at the line where the chain breaks."""
    one, two, three, four = content_of(WHOLE_REPAIR[:4]).splitlines(keepends=True)
    for lines in ([two, three], [one, three], [one, one, two], [one, three, two], [one, two, four, three]):
        assert "should have the number" in refused(b"".join(lines))
    other = content_of([failed()])
    assert "does not follow the line before" in refused(other + two + three)


def test_what_was_cut_must_be_what_is_named() -> None:
    """A torn-line entry without a cut, a cut without its entry, or with the bytes of another cut, is refused."""
    before = content_of([started()])
    cut = content_of([started(), proven()])[:-30]
    added = addition(cut, updating(), at=NOW, file="x").content
    close, note, last = added.splitlines(keepends=True)
    assert "does not agree with what was cut" in refused(before + note + last)
    assert "does not agree with what was cut" in refused(cut[:-1] + close + note + last)
    assert "does not agree with what was cut" in refused(cut + close + cut[len(before) :] + close + note + last)
    without_note = addition(before, updating(), at=NOW, file="x").content
    assert "does not agree with what was cut" in refused(cut + close + without_note)


def test_a_cut_line_is_not_believed_by_its_looks() -> None:
    """A last line that is whole, ends in a line end and is no entry was changed, not cut: only the mark says cut."""
    cut = content_of([started(), proven()])[:-30]
    assert refused(cut + b"\n").startswith("journal.jsonl:2: this line of the journal is not the JSON it should be")
    assert read(cut + CUT_OFF + b"\n").torn
    assert addition(cut + CUT_OFF + b"\n", updating(), at=NOW, file="x").content.startswith(b"{")


def test_the_end_of_the_last_line_is_no_mark() -> None:
    """No change of one byte at the end of the last line, of which nothing behind it speaks, makes a cut line of it."""
    content = content_of([started(), proven()])
    for place in range(len(content) - 2 * len(CUT_OFF), len(content)):
        for value in set(range(256)) - {content[place]}:
            refused(content[:place] + bytes([value]) + content[place + 1 :])


def test_an_event_too_large_for_a_line_is_not_noted() -> None:
    """What could not be read again is never written: it fails before a byte of it is there."""
    event = Failed(plan=PLAN, attempt=FIRST, reason="x" * LARGEST_LINE)
    with pytest.raises(RepairFailed) as caught:
        addition(b"", event, at=NOW, file="journal.jsonl")
    assert caught.value.problem.startswith("journal.jsonl: a Failed entry cannot be noted: the line is longer")


def test_two_halves_of_a_character_are_noted_as_that_character() -> None:
    """JSON cannot tell two halves from the whole; what is returned is what a reader finds."""
    added = addition(b"", Failed(plan=PLAN, attempt=FIRST, reason="\ud83d\ude00"), at=NOW, file="x")
    assert added.entry == read(added.content).entries[0]
    assert added.entry.event == Failed(plan=PLAN, attempt=FIRST, reason="\U0001f600")
