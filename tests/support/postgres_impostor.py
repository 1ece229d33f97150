"""Somebody on the loopback address who speaks enough of PostgreSQL's protocol to ask for a password."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

from support.mysql_impostor import Impostor

_PROTECTION_REQUESTS = (80877103, 80877104)
"""SSLRequest and GSSENCRequest (PostgreSQL's `protocol.h`); the answer N leaves the line as it is."""
_CLEARTEXT = b"R" + struct.pack("!II", 8, 3)
"""AuthenticationCleartextPassword."""


@contextlib.contextmanager
def impostor_asking_in_clear() -> Iterator[Impostor]:
    """Refuses one client any protection, then asks it for the password itself and listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        impostor = Impostor(port=listener.getsockname()[1])

        def serve() -> None:
            with contextlib.suppress(OSError):  # the client went away, as it should
                client, _ = listener.accept()
                with client:
                    client.settimeout(5)
                    while _asks_for_protection(piece := client.recv(65536)):
                        client.sendall(b"N")
                    impostor.heard.extend(piece)
                    client.sendall(_CLEARTEXT)
                    while piece := client.recv(65536):
                        impostor.heard.extend(piece)

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        yield impostor
        worker.join(5)


def _asks_for_protection(piece: bytes) -> bool:
    return len(piece) == 8 and struct.unpack("!II", piece)[1] in _PROTECTION_REQUESTS
