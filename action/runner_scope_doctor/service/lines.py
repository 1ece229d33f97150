"""Reads lines from somebody who may send anything, or nothing, for ever."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from enum import Enum

_PIECE = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes, line ends not counted, of one line; and of everything that is read, line ends included."""

    line_bytes: int
    total_bytes: int


class Stop(Enum):
    """Why there is no further line. The value ends a sentence that begins with who should have sent it."""

    CLOSED = "closed the connection"
    CUT = "closed the connection in the middle of a line"
    LATE = "did not send a whole line in time"
    LONG = "sent a line that is too long"
    MUCH = "sent too much"


class LineReader:
    """The lines of one connection. Nothing beyond the limits is kept in memory, and no wait is longer than was asked for."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._content = bytearray()
        self._searched = 0
        self._read = 0

    def line(self, *, until: float) -> bytes | Stop:
        """The next line without its end. `until` is a second of the monotonic clock, for the whole line."""
        while (end := self._content.find(b"\n", self._searched)) < 0:
            self._searched = len(self._content)
            if self._searched > self._limits.line_bytes:
                return Stop.LONG
            if (stop := self._fill(until)) is not None:
                return stop
        if end > self._limits.line_bytes:
            return Stop.LONG
        line = bytes(self._content[:end])
        del self._content[: end + 1]
        self._searched = 0
        return line

    def has_more(self) -> bool:
        """Whether something was read behind the last line."""
        return bool(self._content)

    def _fill(self, until: float) -> Stop | None:
        if self._read > self._limits.total_bytes:
            return Stop.MUCH
        left = until - time.monotonic()
        if left <= 0:
            return Stop.LATE
        self._connection.settimeout(left)
        try:
            piece = self._connection.recv(_PIECE)
        except TimeoutError:
            return Stop.LATE
        except OSError:  # such as a reset: the other side ended with bytes of ours unread
            piece = b""
        if not piece:
            return Stop.CUT if self._content else Stop.CLOSED
        self._read += len(piece)
        self._content += piece
        return None
