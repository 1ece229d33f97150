"""Writes lines to a caller who may be stopped, slow or gone. The work goes on as if nobody were there."""

from __future__ import annotations

import io
import select
import socket
import time

from runner_scope_doctor.service.protocol import Channel, Ended, ReplyLine, Said, reply_line

MOST_KEPT = 4_194_304
"""Bytes of a command's words that are kept for a caller who does not read; what is more is not sent, and that is said."""
_ROOM = 262_144
"""Bytes that are kept before the next piece of a snapshot is made."""
_PIECE = 65536
_STALL_SECONDS = 5.0
"""How long a caller may take nothing at all once the work is done."""
_TOTAL_SECONDS = 60.0
"""How long a caller may take for everything that is left then."""
_HOW = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL


class Reply:
    """The answer to one caller. Nothing here waits but `has_room` and `end`, which are for when the work is done."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._kept = bytearray()
        self._dropped = 0
        self._gone = False
        self._until: float | None = None

    def say(self, line: ReplyLine) -> None:
        """One line, sent when the caller has room for it, kept when not, dropped when too much is kept already."""
        if self._gone:
            return
        if len(self._kept) > MOST_KEPT:
            self._dropped += 1
            return
        self._kept += reply_line(line)
        self._push()

    def has_room(self) -> bool:
        """Waits until the caller has taken most of what was said. False when nobody takes it any more."""
        return not self._gone if len(self._kept) <= _ROOM else self._drained(_PIECE)

    def end(self, code: int) -> None:
        """The last line, and a little time for the caller to take what is left."""
        if self._dropped:
            text = f"{self._dropped} lines were not sent, because they were not read."
            self._kept += reply_line(Said(channel=Channel.ERR, text=text))
        self._kept += reply_line(Ended(code=code))
        self._drained(0)

    def _push(self) -> None:
        """Sends what the system takes at once."""
        self._connection.setblocking(False)  # a time limit, set for reading, would make sending wait as well
        while self._kept and not self._gone:
            try:
                sent = self._connection.send(self._kept[:_PIECE], _HOW)
            except BlockingIOError:
                return
            except OSError:
                self._give_up()
                return
            del self._kept[:sent]

    def _drained(self, rest: int) -> bool:
        """Whether no more than `rest` bytes are kept, after some waiting where it must be."""
        if self._until is None:
            self._until = time.monotonic() + _TOTAL_SECONDS
        writable = select.poll()
        writable.register(self._connection, select.POLLOUT)
        self._push()
        while len(self._kept) > rest and not self._gone:
            seconds = min(_STALL_SECONDS, self._until - time.monotonic())
            if seconds <= 0 or not writable.poll(1000 * seconds):
                self._give_up()
            self._push()
        return not self._gone

    def _give_up(self) -> None:
        self._gone = True
        self._kept.clear()


class ReplyStream(io.TextIOBase):
    """A stream for what a command prints: each line of it is a line of the reply."""

    def __init__(self, reply: Reply, channel: Channel) -> None:
        super().__init__()
        self._reply = reply
        self._channel = channel
        self._begun = ""

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Takes any text; a line is sent once it is whole. What nobody takes is dropped in silence."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._send(line)
        return len(text)

    def finish(self) -> None:
        """Sends a last line that has no end."""
        if self._begun:
            self._send(self._begun)
            self._begun = ""

    def _send(self, line: str) -> None:
        self._reply.say(Said(channel=self._channel, text=line))
