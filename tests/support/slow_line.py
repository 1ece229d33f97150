"""A way to a server on the loopback address that carries its answers, from some byte on, a byte at a time."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

PAUSE = 0.5
"""Seconds between two bytes: less than any time limit a check can be given for one of them."""


@contextlib.contextmanager
def dripping_line(target: int, *, after_bytes: int) -> Iterator[int]:
    """A port that leads one connection to another port; what the client says is passed on at once."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as open_ones:

        def serve() -> None:
            with contextlib.suppress(OSError):  # the test is over, or one end went away
                client, _ = listener.accept()
                open_ones.enter_context(client)
                server = open_ones.enter_context(socket.create_connection(("127.0.0.1", target)))
                threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
                _drip(server, client, after_bytes, over)

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            with contextlib.suppress(OSError):  # wakes a worker that nobody connected to
                socket.create_connection(listener.getsockname(), timeout=1).close()
            worker.join(5)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)


def _drip(source: socket.socket, target: socket.socket, after_bytes: int, over: threading.Event) -> None:
    carried = 0
    while not over.is_set() and (piece := source.recv(65536 if carried < after_bytes else 1)):
        at_once = piece[: max(0, after_bytes - carried)]
        target.sendall(at_once)
        for byte in piece[len(at_once) :]:
            if over.wait(PAUSE):
                return
            target.sendall(bytes([byte]))
        carried += len(piece)
