"""An HTTP server on the loopback address that answers as a test says, badly where it should."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import assert_never


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it arrived. `path` holds the query; header names are lower case; `body` is empty where nothing was sent."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An orderly answer. `delay` is seconds before it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """Promises more bytes than it sends, then closes."""

    body: bytes
    promised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Endless:
    """Sends `piece` again and again, `pause` seconds apart, until the server stops."""

    piece: bytes
    pause: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Takes the request and never answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Closes the connection without a byte."""


Behaviour = Reply | CutOff | Endless | Silence | HangUp


@dataclass(slots=True)
class Loopback:
    """A running server: its URL without trailing slash, and all it has received so far."""

    url: str
    received: list[Received] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    """Carries what its handlers need."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Received], Behaviour], scheme: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.stopped = Event()
        self.running = Loopback(url=f"{scheme}://127.0.0.1:{self.server_port}")

    def handle_error(self, request: object, client_address: object) -> None:
        """A client may refuse the certificate or have had enough, which is what some tests are about."""
        error = sys.exception() if sys.version_info >= (3, 11) else None
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the base class's own argument


@contextmanager
def loopback(answer: Callable[[Received], Behaviour], *, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """Serves `answer` on a free port of 127.0.0.1 until the block ends."""
    server = _Server(answer, "https" if tls else "http")
    if tls is not None:
        # The handshake belongs to the connection's own thread: a client that refuses must not end the server.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.running
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an unbuffered answer costs more time than the network it plays
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        request = Received(path=self.path, headers=headers, method=self.command, body=body)
        self.server.running.received.append(request)
        self._behave(self.server.answer(request))
        self.wfile.flush()

    def _behave(self, behaviour: Behaviour) -> None:
        self.close_connection = not isinstance(behaviour, Reply)
        match behaviour:
            case Reply():
                self.server.stopped.wait(behaviour.delay)
                self._send(behaviour.status, {**behaviour.headers, "Content-Length": str(len(behaviour.body))})
                self.wfile.write(behaviour.body)
            case CutOff(body=body, promised=promised):
                self._send(200, {"Content-Type": "application/json", "Content-Length": str(promised)})
                self.wfile.write(body)
            case Endless(piece=piece, pause=pause):
                self._send(200, {"Content-Type": "application/json"})
                while not self.server.stopped.wait(pause):
                    self.wfile.write(piece)
                    self.wfile.flush()
            case Silence():
                self.server.stopped.wait()
            case HangUp():
                pass
            case _:
                assert_never(behaviour)

    def _send(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Says nothing: the tests look at `received`."""
