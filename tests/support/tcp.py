"""Bad company on the loopback address: ports that are closed, servers that are silent, connections that are cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from enum import Enum


class After(Enum):
    """What becomes of a connection once it has carried its share."""

    CLOSED = "closed"
    SILENT = "silent"


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else gets meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def cut_line(target: int, *, after_bytes: int, then: After) -> Iterator[int]:
    """A way to another port for one connection that carries this many bytes of its answers and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as open_ones:

        def serve() -> None:
            with contextlib.suppress(OSError):  # the test is over, or one end went away
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", target))
                open_ones.enter_context(client)
                open_ones.enter_context(server)
                threading.Thread(target=_pass_on, args=(client, server, None), daemon=True).start()
                _pass_on(server, client, after_bytes)
                if then is After.CLOSED:
                    client.shutdown(socket.SHUT_RDWR)

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):  # wakes a worker that nobody connected to
                socket.create_connection(listener.getsockname(), timeout=1).close()
            worker.join(5)


def _pass_on(source: socket.socket, target: socket.socket, limit: int | None) -> None:
    carried = 0
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            carried += len(piece)
            if limit is not None and carried > limit:
                return
            target.sendall(piece)
