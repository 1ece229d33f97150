"""A service that says what a test wants said, for clients."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner_scope_doctor import __version__
from runner_scope_doctor.observe.snapshot_write import SCHEMA_VERSION
from support.processes import fresh_folder

GREETING = f"runner-scope-doctor {__version__} protocol 1 snapshot {SCHEMA_VERSION}\n".encode()


@contextmanager
def scripted(play: Callable[[socket.socket], None]) -> Iterator[Path]:
    """Listens until the end of the block; each connection is played in turn, then closed."""
    path = fresh_folder("scripted") / "doctor.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        play(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield path
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            path.unlink()
            path.parent.rmdir()


def saying(*answer: bytes, greeting: bytes = GREETING) -> Callable[[socket.socket], None]:
    """Greets, reads one line, and answers with these bytes."""

    def play(connection: socket.socket) -> None:
        connection.sendall(greeting)
        connection.recv(300)
        for piece in answer:
            connection.sendall(piece)

    return play
