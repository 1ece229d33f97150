"""Reads the beginning of a file without ever waiting for somebody to write to it."""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from pathlib import Path

PIPE_SECONDS = 30.0
"""How long what writes into a pipe may take in all: a person may have to unlock a password store first."""
_OPEN_ALREADY = (Path("/dev/fd"), Path("/proc/self/fd"))


def beginning_of(path: Path, limit: int, *, pipe_seconds: float = PIPE_SECONDS) -> bytes:
    """At most `limit` bytes of a regular file, or of a pipe that this process was started with: `/dev/stdin` and
    `/dev/fd/N`, which a shell makes of `<(…)`.

    A named pipe is refused: who opens it waits for a writer that may never come. Raises OSError, always with a
    `strerror`, for it, for a device, for a folder, and for a pipe that is not written to the end in time.
    """
    # Without O_NONBLOCK the opening itself would wait; on a regular file it has no effect.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return file.read(limit)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if stat.S_ISFIFO(mode) and _is_open_already(path):
            return _piped(descriptor, limit, pipe_seconds)
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")


def _is_open_already(path: Path) -> bool:
    return path == Path("/dev/stdin") or path.parent in _OPEN_ALREADY


def _piped(descriptor: int, limit: int, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    content = b""
    while len(content) < limit:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(errno.ETIMEDOUT, f"what writes into this pipe did not end within {seconds:g} s")
        piece = os.read(descriptor, limit - len(content))
        if not piece:
            break
        content += piece
    return content
