"""Who calls: the connection this process was started with, and the account at its other end by what the kernel says."""

from __future__ import annotations

import os
import pwd
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runner_scope_doctor.model.errors import RepairRefused, UsageError
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.service.lines import Limits, LineReader, Stop
from runner_scope_doctor.service.protocol import MOST_REQUEST_BYTES, Request, request_of_line

REQUEST_SECONDS = 5.0
"""For the whole line."""
_CREDENTIALS = struct.Struct("iII")
"""Linux's `struct ucred`: process, user and group id."""
_LIMITS = Limits(line_bytes=MOST_REQUEST_BYTES, total_bytes=MOST_REQUEST_BYTES)


@contextmanager
def own_connection() -> Iterator[socket.socket]:
    """The socket that is standard input, under another number; in its place, and in that of standard output, stands
    /dev/null, so that nothing a program prints by accident reaches the caller.

    Raises UsageError when standard input is no connected Unix socket.
    """
    try:
        connection = socket.socket(fileno=os.dup(0))  # which no program started from here inherits
    except OSError as error:
        raise _no_connection() from error
    with connection:
        _require_connected(connection)
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for number in (2, 1, 0):
            if number != 2 or os.path.sameopenfile(0, 2):  # systemd lets standard error follow standard output
                os.dup2(nothing, number)
        os.close(nothing)
        yield connection


def caller_uid(connection: socket.socket) -> int:
    """The user id the other side had when it connected (SO_PEERCRED), whatever it says or does now."""
    size = _CREDENTIALS.size
    _process, uid, _group = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(uid)


def require_caller(uid: int, logins: tuple[str, ...]) -> None:
    """Raises RepairRefused unless the user id is root's or that of one of these accounts of the host."""
    if uid != 0 and uid not in (_uid_of(login) for login in logins):
        raise RepairRefused(
            f"{_name_of(uid)} may not use this socket.",
            next_step="Name its login in host.yml under service.callers, or ask as one that stands there.",
        )


def request_from(connection: socket.socket) -> Request:
    """The caller's one line. Raises UsageError when it does not come whole, in time, short and alone."""
    reader = LineReader(connection, _LIMITS)
    line = reader.line(until=time.monotonic() + REQUEST_SECONDS)
    if isinstance(line, Stop):
        raise _no_request(f"The caller {line.value}.")
    if reader.has_more():
        raise _no_request("The caller sent more than one line.")
    return request_of_line(line)


def _require_connected(connection: socket.socket) -> None:
    unix_stream = connection.family == socket.AF_UNIX and connection.type == socket.SOCK_STREAM
    if not unix_stream or connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise _no_connection()


def _no_connection() -> UsageError:
    return UsageError(
        "Standard input is no connection of a Unix socket.",
        next_step="Let systemd start this for each connection, by a socket unit with Accept=yes; docs/service.md tells how.",
    )


def _no_request(problem: str) -> UsageError:
    return UsageError(
        problem, next_step=f"Send one line of at most {MOST_REQUEST_BYTES} bytes within {REQUEST_SECONDS:g} seconds."
    )


def _uid_of(login: str) -> int | None:
    try:
        return pwd.getpwnam(login).pw_uid
    except KeyError:
        return None


def _name_of(uid: int) -> str:
    try:
        return f"{named(pwd.getpwuid(uid).pw_name)} (uid {uid})"
    except (KeyError, OverflowError):
        return f"uid {uid}"
