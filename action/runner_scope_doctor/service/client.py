"""The caller's side: connects, compares what both sides speak, asks, and passes on what comes."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.service.lines import Limits, LineReader, Stop
from runner_scope_doctor.service.protocol import Ended, Greeting, Request, Said, reply_of_line, request_line

DEFAULT_SOCKET = Path("/run/runner-scope-doctor/doctor.sock")
"""Where the socket is when nobody says otherwise."""
_LONGEST_LINE = 5_000_000
"""Bytes: one record of a snapshot and its marks."""
_TURN_SECONDS = 0.05
_UNIT = "runner-scope-doctor.socket"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """Seconds to connect; seconds for everything, connecting included; bytes of the whole answer."""

    connect_seconds: float
    total_seconds: float
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """The request was sent and no whole answer came: what became of it is not known here."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A connection to a service that speaks as we do. `until` is a second of the monotonic clock."""

    connection: socket.socket
    reader: LineReader
    until: float


@contextmanager
def greeted(path: Path, own: Greeting, limits: ClientLimits) -> Iterator[Conversation]:
    """A conversation in which nothing was asked yet.

    Raises SourceUnavailable when nobody answers at that path, or somebody who speaks otherwise than `own` says.
    """
    until = time.monotonic() + limits.total_seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        _connect(connection, path, min(limits.connect_seconds, limits.total_seconds))
        bounds = Limits(line_bytes=_LONGEST_LINE, total_bytes=limits.total_bytes)
        conversation = Conversation(connection=connection, reader=LineReader(connection, bounds), until=until)
        _require_alike(_greeting(conversation, path), own)
        yield conversation


def asked(conversation: Conversation, request: Request) -> Iterator[Said | Ended | Unanswered]:
    """Sends the request and yields what is said to it, line by line. The last one is Ended or Unanswered, never Said."""
    conversation.connection.settimeout(max(0.001, conversation.until - time.monotonic()))
    with suppress(OSError):  # a service that closed has perhaps said why
        conversation.connection.sendall(request_line(request))
    while True:
        line = conversation.reader.line(until=conversation.until)
        if isinstance(line, Stop):
            yield Unanswered(reason=f"The service {line.value}.")
            return
        match reply_of_line(line):
            case Said() as said:
                yield said
            case Ended() as ended:
                yield ended
                return
            case _:
                yield Unanswered(reason="The service sent a line that the protocol does not have.")
                return


def _connect(connection: socket.socket, path: Path, seconds: float) -> None:
    try:
        _take_turn(connection, path, time.monotonic() + seconds)
    except FileNotFoundError as error:
        step = f"Set the service up on this host, or start it: systemctl start {_UNIT}"
        raise _unavailable(f"{path}: there is no socket.", step) from error
    except ConnectionRefusedError as error:
        raise _unavailable(f"{path}: nobody listens there.", f"On the host: systemctl start {_UNIT}") from error
    except PermissionError as error:
        step = "Run this as a user of the socket's group, the runner's on a host that was set up."
        raise _unavailable(f"{path}: this user may not use the socket.", step) from error
    except (TimeoutError, BlockingIOError) as error:
        raise _unavailable(f"{path}: nobody took the call within {seconds:g} s.", "Try again later.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        said = str(error) if isinstance(error, OSError) and not error.strerror else reason(error)
        raise _unavailable(f"{path}: this cannot be connected to: {said}.", "Give the path of the socket.") from error


def _take_turn(connection: socket.socket, path: Path, until: float) -> None:
    """Connects; Linux refuses at once while more callers wait to be accepted than may. Raises OSError."""
    while True:
        connection.settimeout(max(0.001, until - time.monotonic()))
        try:
            connection.connect(str(path))
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(_TURN_SECONDS)
        else:
            return


def _greeting(conversation: Conversation, path: Path) -> Greeting:
    line = conversation.reader.line(until=conversation.until)
    log = "On the host: journalctl -u 'runner-scope-doctor@*'"
    if line is Stop.CLOSED:
        step = f"Try again, it may have had too many callers. {log}"
        raise _unavailable(f"{path}: the service hung up before it said anything.", step)
    if isinstance(line, Stop):
        raise _unavailable(f"{path}: the service {line.value}. Nothing was asked.", log)
    greeting = reply_of_line(line)
    if not isinstance(greeting, Greeting):
        raise _unavailable(f"{path}: who answers there is no runner-scope-doctor.", "Give the path of its socket.")
    return greeting


def _require_alike(service: Greeting, own: Greeting) -> None:
    theirs, ours = (service.protocol, service.snapshot), (own.protocol, own.snapshot)
    if theirs == ours:
        return
    told = f"protocol {theirs[0]}, snapshot {theirs[1]} there ({service.version}); {ours[0]}, {ours[1]} here ({own.version})"
    if theirs > ours:
        step = "Upgrade this side: the action, or what runs this command."
    else:
        step = "Upgrade the host's side: the installed copy that serves the socket."
    raise _unavailable(
        f"The host's service and this program are of different releases: {told}. Nothing was asked.", step
    )


def _unavailable(problem: str, next_step: str) -> SourceUnavailable:
    return SourceUnavailable(problem, next_step=next_step)
