"""Writing to somebody who does not read."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from runner_scope_doctor.service import reply as reply_module
from runner_scope_doctor.service.protocol import Channel, Said
from runner_scope_doctor.service.reply import MOST_KEPT, Reply, ReplyStream
from support.socket_service import lines_of

LINE = Said(channel=Channel.OUT, text="x" * 1000)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Who writes, and who should read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(10)
        yield ours, theirs


def test_a_caller_who_reads_gets_every_line_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    """A step of the work is seen when it happens, not when all is done."""
    ours, theirs = ends
    reply = Reply(ours)
    reply.say(LINE)
    assert theirs.recv(65536) == b"out " + b"x" * 1000 + b"\n"
    reply.end(6)
    assert theirs.recv(65536) == b"exit 6\n"


def test_a_caller_who_never_reads_costs_no_time_and_little_memory(ends: tuple[socket.socket, socket.socket]) -> None:
    """Twenty times what is kept is said in a moment, and the wait at the end is short."""
    ours, theirs = ends
    ours.settimeout(30)  # as reading the request leaves it
    reply = Reply(ours)
    begun = time.monotonic()
    for _ in range(20 * MOST_KEPT // 1000):
        reply.say(LINE)
    assert time.monotonic() - begun < 5
    begun = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reply_module, "_STALL_SECONDS", 0.2)
        reply.end(0)
    assert time.monotonic() - begun < 2
    ours.close()
    assert not any(line.startswith("exit") for line in lines_of(theirs))


def test_a_caller_who_reads_late_gets_what_was_kept(ends: tuple[socket.socket, socket.socket]) -> None:
    """Lines that were dropped are counted, and the exit code comes all the same."""
    ours, theirs = ends
    reply = Reply(ours)
    said = 2 * MOST_KEPT // 1000
    for _ in range(said):
        reply.say(LINE)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.extend(lines_of(theirs)))
    reader.start()
    reply.end(7)
    ours.close()
    reader.join()
    assert got[-1] == "exit 7"
    assert got[-2] == f"err {said - len(got) + 2} lines were not sent, because they were not read."


def test_a_caller_who_went_away_is_no_error(ends: tuple[socket.socket, socket.socket]) -> None:
    """Not even where a write to nobody would kill the process."""
    ours, theirs = ends
    theirs.close()
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        reply = Reply(ours)
        for _ in range(10):
            reply.say(LINE)
        assert not reply.has_room()
        reply.end(0)
    finally:
        signal.signal(signal.SIGPIPE, before)


def test_a_stream_makes_lines_of_whatever_is_printed(ends: tuple[socket.socket, socket.socket]) -> None:
    """Pieces become whole lines, a last one without its end included; text from a stranger stays one line, escaped."""
    ours, theirs = ends
    reply = Reply(ours)
    stream = ReplyStream(reply, Channel.ERR)
    for piece in ("one ", "two\nthree\n\n::error::x\na\rb\u2028c\\x1b", ""):
        assert stream.write(piece) == len(piece)
    stream.flush()
    stream.finish()
    reply.end(0)
    ours.close()
    assert lines_of(theirs) == [
        "err one two",
        "err three",
        "err ",
        "err \\x3a\\x3aerror\\x3a\\x3ax",
        "err a\\x0db\\u2028c\\\\x1b",
        "exit 0",
    ]


def test_a_snapshot_waits_for_room_and_is_never_held_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    """Ten megabytes arrive to the last line through a buffer of less than one; with nobody reading it ends soon."""
    ours, theirs = ends
    reply = Reply(ours)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.extend(lines_of(theirs)))
    reader.start()
    for _ in range(10_000):
        reply.say(LINE)
        assert reply.has_room()
    reply.end(0)
    ours.close()
    reader.join()
    assert (len(got), got[-1]) == (10_001, "exit 0")


def test_a_snapshot_nobody_reads_is_given_up(ends: tuple[socket.socket, socket.socket]) -> None:
    """And what is said afterwards costs nothing."""
    ours, _theirs = ends
    reply = Reply(ours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reply_module, "_STALL_SECONDS", 0.1)
        said = 0
        while reply.has_room():
            reply.say(LINE)
            said += 1
            assert said < 2000
