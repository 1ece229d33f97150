"""A file of the state directory that is only this product's: made private, opened without a detour, taken by one."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from runner_scope_doctor.model.errors import RepairRefused

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PAUSE = 0.01
"""Seconds between two tries to take a file."""


@contextmanager
def own_file(path: Path, *, mode: int) -> Iterator[int]:
    """A descriptor to read the file and to write at its end. Where there is no file one is made, empty, with that mode,
    whatever the umask.

    No child that is started by `exec` inherits it. Raises RepairRefused for a symbolic link, anything but a regular
    file, one that belongs neither to root nor to the caller and one that others may write; else OSError.
    """
    descriptor = _opened(path, mode)
    try:
        _require_own(os.fstat(descriptor), path)
        yield descriptor
    finally:
        os.close(descriptor)


def take(descriptor: int, *, seconds: float) -> None:
    """Takes the file for this process until the descriptor is closed, by whatever ends the process as well.

    A moment's wait is for those who only ask whether it is taken. Raises BlockingIOError when it still is after that
    many seconds.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _opened(path: Path, mode: int) -> int:
    while True:
        try:
            made = os.open(path, os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        except FileExistsError:
            pass
        else:
            os.fchmod(made, mode)
            return made
        try:
            _require_regular(os.lstat(path), path)
            return os.open(path, _FLAGS)
        except FileNotFoundError:
            continue  # it went away between the two, so one is made after all


def _require_regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise RepairRefused(
            f"{path}: this is a symbolic link, and this product makes none.",
            next_step=f"Find out who made it, then put the file it leads to in its place: "
            f"`readlink -f {quote(str(path))}`.",
        )
    if not stat.S_ISREG(status.st_mode):
        raise RepairRefused(
            f"{path}: this is not a regular file, and this product makes no other.",
            next_step="Find out who put it there, then move it away.",
        )


def _require_own(status: os.stat_result, path: Path) -> None:
    _require_regular(status, path)
    if status.st_uid not in (0, os.geteuid()):
        raise RepairRefused(
            f"{path}: it belongs to the user id {status.st_uid}, who is neither root nor the caller and could change it.",
            next_step=f"Look at what it holds, then run `chown root {quote(str(path))}`.",
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise RepairRefused(
            f"{path}: others than its owner may write it (mode {mode:04o}).",
            next_step=f"Look at what it holds, then run `chmod go-w {quote(str(path))}`.",
        )
