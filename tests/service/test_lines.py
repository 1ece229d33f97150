"""Reading from somebody who sends anything, or nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from runner_scope_doctor.service.lines import Limits, LineReader, Stop

LIMITS = Limits(line_bytes=10, total_bytes=40)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Who reads, and who sends."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds: float = 5) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (b"0123456789\n", b"0123456789"),
        (b"\n", b""),
        (b"0123456789a\n", Stop.LONG),
        (b"0123456789a", Stop.LONG),
        (b"\0\0\0\n", b"\0\0\0"),
        (b"", Stop.CLOSED),
        (b"half", Stop.CUT),
        (b"x" * 1_000_000, Stop.LONG),
    ],
)
def test_a_line_is_whole_and_short(ends: tuple[socket.socket, socket.socket], sent: bytes, found: bytes | Stop) -> None:
    """Ten bytes are ten bytes; longer, cut and missing lines are told apart."""
    ours, theirs = ends

    def send() -> None:
        with theirs:
            theirs.sendall(sent)

    sender = threading.Thread(target=send)
    sender.start()
    assert LineReader(ours, LIMITS).line(until=soon()) == found
    while ours.recv(65536):
        pass
    sender.join()


def test_lines_come_one_by_one(ends: tuple[socket.socket, socket.socket]) -> None:
    """However the pieces arrive; what stands behind a line is known to stand there."""
    ours, theirs = ends
    reader = LineReader(ours, LIMITS)
    theirs.sendall(b"one\ntwo\nthr")
    assert (reader.line(until=soon()), reader.has_more(), reader.line(until=soon())) == (b"one", True, b"two")
    theirs.sendall(b"ee\n")
    assert (reader.line(until=soon()), reader.has_more()) == (b"three", False)


def test_all_lines_together_are_bounded(ends: tuple[socket.socket, socket.socket]) -> None:
    """Short lines without end are too much all the same."""
    ours, theirs = ends
    reader = LineReader(ours, LIMITS)
    for _ in range(5):
        theirs.sendall(b"12345678\n")
        assert reader.line(until=soon()) == b"12345678"
    theirs.sendall(b"12345678\n")
    assert reader.line(until=soon()) is Stop.MUCH


def test_half_a_line_and_silence_ends_in_time(ends: tuple[socket.socket, socket.socket]) -> None:
    """The wait is for the whole line, so a drip of bytes does not make it longer."""
    ours, theirs = ends
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.1):
            theirs.sendall(b"x")

    dripper = threading.Thread(target=drip)
    begun = time.monotonic()
    dripper.start()
    found = LineReader(ours, LIMITS).line(until=soon(0.4))
    stop.set()
    dripper.join()
    assert found is Stop.LATE
    assert time.monotonic() - begun < 2
