"""The lock that a repair holds from its first look to its receipt. It ends with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.journal.own_file import own_file, take
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused, SourceUnavailable

_PATIENCE = 0.25
"""Seconds. One who asks whether the lock is held has it for less than a thousandth of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLock:
    """Shows that this process holds the lock of that path."""

    path: Path


class Alive(Enum):
    """Whether a process is at a repair now."""

    YES = "yes"
    NO = "no"


@contextmanager
def repair_lock(path: Path) -> Iterator[HeldLock]:
    """Holds the lock for the while. Its file is made when it is not there and never deleted.

    A program started meanwhile does not inherit it; a mere fork without exec would. Raises RepairRefused when another
    process holds it or the file is not one that only root and the caller can write, and RepairFailed when it cannot be
    opened.
    """
    with ExitStack() as held:
        try:
            take(held.enter_context(own_file(path, mode=0o600)), seconds=_PATIENCE)
        except BlockingIOError as error:
            raise RepairRefused(
                f"Another repair is in progress on this host: {path} is locked.",
                next_step="Wait until it has ended; `runner-scope-doctor status` tells where it stands.",
            ) from error
        except OSError as error:
            raise RepairFailed(
                f"{path}: the lock of repairs cannot be taken: {reason(error)}.",
                next_step="See to it that its folder is there and may be written by the caller, then try again.",
            ) from error
        yield HeldLock(path=path)


def is_held(path: Path) -> Alive:
    """Whether a process holds the lock, this one included. Needs the right to read the file, and changes nothing.

    Raises SourceUnavailable when it cannot be told.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Alive.NO
    except OSError as error:
        raise _untold(path, reason(error)) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _untold(path, "it is not a regular file")
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Alive.YES
    except OSError as error:
        raise _untold(path, reason(error)) from error
    finally:
        os.close(descriptor)
    return Alive.NO


def _untold(path: Path, why: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{path}: whether a repair is in progress cannot be told: {why}.",
        next_step="Run this as a user who may read it, and see to it that it is a file and no symbolic link.",
    )
