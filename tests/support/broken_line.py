"""A way to a server on the loopback address that breaks when a test says so, and carries later connections faithfully."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum


class Break(Enum):
    """What becomes of the next thing said on a line."""

    QUESTION_LOST = "question lost"
    """It does not reach the server, and both ends see the line close."""
    ANSWER_LOST = "answer lost"
    """It reaches the server, and the line closes before its answer is carried."""
    SILENCE = "silence"
    """It does not reach the server, and nobody sees the line close."""


@dataclass(slots=True)
class Pair:
    """One connection. `asked` is how often the client spoke, `carries` after how often the line breaks; None where it does not by
    itself."""

    client: socket.socket
    server: socket.socket
    carries: int | None
    asked: int = 0
    broken: Break | None = None
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class BrokenLine:
    """`port` leads to the server. `break_now` is about all connections there are; later ones work. `carries` is what
    connections to come carry, by their place among all."""

    port: int
    pairs: list[Pair] = field(default_factory=list)
    first: list[Callable[[], None]] = field(default_factory=list)
    carries: dict[int, int] = field(default_factory=dict)
    refusing: bool = False

    def break_now(self, how: Break) -> None:
        """From now on nothing said on the present connections has its usual effect."""
        for pair in self.pairs:
            pair.broken = how

    def refuse(self) -> None:
        """Closes every later connection at once."""
        self.refusing = True

    def before_the_next(self, act: Callable[[], None]) -> None:
        """Does this before the next connection is carried."""
        self.first.append(act)


@contextlib.contextmanager
def broken_line(target: int) -> Iterator[BrokenLine]:
    """A port that leads any number of connections to another port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = BrokenLine(listener.getsockname()[1])

        def serve() -> None:
            with contextlib.suppress(OSError):  # the listener was closed: the test is over
                while True:
                    client, _ = listener.accept()
                    if line.refusing:
                        client.close()
                        continue
                    while line.first:
                        line.first.pop()()
                    server = socket.create_connection(("127.0.0.1", target))
                    pair = Pair(client, server, line.carries.get(len(line.pairs)))
                    line.pairs.append(pair)
                    threading.Thread(target=_ask, args=(pair,), daemon=True).start()
                    threading.Thread(target=_answer, args=(pair,), daemon=True).start()

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            worker.join(5)
            for pair in line.pairs:
                pair.over.set()
                _close(pair)
                pair.client.close()
                pair.server.close()


def _ask(pair: Pair) -> None:
    with contextlib.suppress(OSError):
        while piece := pair.client.recv(65536):
            if pair.broken is Break.SILENCE:
                pair.over.wait()
                return
            if pair.broken is Break.QUESTION_LOST or pair.asked == pair.carries:
                break
            pair.asked += 1
            pair.server.sendall(piece)
    _close(pair)


def _answer(pair: Pair) -> None:
    with contextlib.suppress(OSError):
        while piece := pair.server.recv(65536):
            if pair.broken is Break.ANSWER_LOST:
                break
            pair.client.sendall(piece)
    if pair.broken is not Break.SILENCE:
        _close(pair)


def _close(pair: Pair) -> None:
    for end in (pair.client, pair.server):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
