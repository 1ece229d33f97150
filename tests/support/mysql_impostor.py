"""Somebody on the loopback address who speaks enough of MySQL's protocol to ask for a password."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

# Capability flags of the protocol (`mysql_com.h`); no CLIENT_SSL, so that `prefer` goes on in clear.
_CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000
_SALT = b"abcdefghijklmnopqrst"
_PROMPT = {b"mysql_clear_password": b"", b"dialog": b"\x02Password: "}
"""What each way to log in is told when it is switched to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impostor:
    """Where it listens, and every byte it was sent."""

    port: int
    heard: bytearray = field(default_factory=bytearray)


@contextlib.contextmanager
def impostor_asking_by(plugin: bytes) -> Iterator[Impostor]:
    """Greets one client as a server would, then asks it to log in by that plugin and listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        impostor = Impostor(port=listener.getsockname()[1])

        def serve() -> None:
            with contextlib.suppress(OSError):  # the client went away, as it should
                client, _ = listener.accept()
                with client:
                    client.settimeout(5)
                    client.sendall(_packet(0, _greeting()))
                    impostor.heard.extend(client.recv(65536))
                    client.sendall(_packet(2, b"\xfe" + plugin + b"\0" + _PROMPT[plugin]))
                    while piece := client.recv(65536):
                        impostor.heard.extend(piece)

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        yield impostor
        worker.join(5)


def _packet(number: int, payload: bytes) -> bytes:
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def _greeting() -> bytes:
    low, high = _CAPABILITIES & 0xFFFF, _CAPABILITIES >> 16
    return (
        b"\x0a8.0.36\0" + struct.pack("<I", 7) + _SALT[:8] + b"\0"
        + struct.pack("<HBHHB", low, 45, 2, high, len(_SALT) + 1)
        + bytes(10) + _SALT[8:] + b"\0mysql_native_password\0"
    )  # fmt: skip
