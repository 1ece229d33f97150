"""Names of backup files, and how one is made and opened inside the private folder."""

from __future__ import annotations

import calendar
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from runner_scope_doctor.database.exact.scratch_store import ScratchStore, scratch_in_file, scratch_in_memory
from runner_scope_doctor.model.errors import RepairFailed
from runner_scope_doctor.repair.private_folder import require_private_file

_NAME = re.compile(r"([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{12})-[0-9a-f]{8}\.jsonl")
_UNFINISHED = re.compile(r"\.[0-9A-Za-z-]+(?:\.jsonl\.partial|\.scratch)")
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PRIVATE = 0o600
_MOST_IN_MEMORY = 1 << 24
"""Bytes of a backup whose scratch store is held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An open private folder: `descriptor` for `dir_fd`, `path` for sentences and for SQLite, which takes nothing else."""

    descriptor: int
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParts:
    """`created` is UTC in Unix seconds, `plan` the first 12 digits of the plan's digest."""

    created: int
    plan: str


def new_name(*, plan: str, created: int) -> str:
    """The name of a backup that is about to be made, which no other has. Raises RepairFailed for a time without a date of four
    digits, which only a broken clock gives."""
    with suppress(ValueError, OverflowError, OSError):
        name = f"{time.strftime(_TIME_FORMAT, time.gmtime(created))}-{plan[:12]}-{secrets.token_hex(4)}.jsonl"
        if name_parts(name) == NameParts(created=created, plan=plan[:12]):
            return name
    raise RepairFailed(
        f"No backup can be named for the time {created} of this host's clock. Nothing was changed on the server.",
        next_step="Set the clock, then apply the plan again.",
    )


def name_parts(name: str) -> NameParts | None:
    """What the name of a backup says; None for a name that `new_name` cannot have made."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        created = calendar.timegm(time.strptime(found.group(1), _TIME_FORMAT))
    except ValueError:
        return None
    return NameParts(created=created, plan=found.group(2))


def is_unfinished_name(name: str) -> bool:
    """Whether it is of a file that a process left which was killed while it wrote or proved a backup."""
    return _UNFINISHED.fullmatch(name) is not None


@contextmanager
def opened_new(place: Place, name: str) -> Iterator[int]:
    """A descriptor of a new empty file of mode 0600. It gets the name at the end, synced; at an error nothing is left.

    Until then it is called otherwise, so that nobody takes it for a backup. Raises OSError.
    """
    partial = f".{name}.partial"
    descriptor = os.open(partial, _NEW_FILE, _PRIVATE, dir_fd=place.descriptor)
    try:
        os.fchmod(descriptor, _PRIVATE)  # whatever the umask took away
        yield descriptor
        os.fsync(descriptor)
        os.rename(partial, name, src_dir_fd=place.descriptor, dst_dir_fd=place.descriptor)
        partial = name
        os.fsync(place.descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(partial, dir_fd=place.descriptor)
        raise
    finally:
        os.close(descriptor)


@contextmanager
def opened_old(place: Place, name: str) -> Iterator[BinaryIO]:
    """The file, for reading. Raises RepairFailed when it is not there, RepairRefused when it is not as private as it was
    made."""
    file = place.path / name
    if name_parts(name) is None:
        raise RepairFailed(f"{file}: this is not the name of a backup.", next_step="Give a name of those listed.")
    try:
        descriptor = os.open(name, _OLD_FILE, dir_fd=place.descriptor)
    except OSError as error:
        raise RepairFailed(
            f"{file}: the backup cannot be opened: {error.strerror}.", next_step="Look at what is in the folder."
        ) from error
    try:
        require_private_file(os.fstat(descriptor), file)
    except BaseException:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as opened:
        # What is read next should be what the disk holds and not what memory remembers.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        yield opened


@contextmanager
def scratch(place: Place, *, backup_bytes: int) -> Iterator[ScratchStore]:
    """An empty store for a backup of that size, in memory or in a private file of the folder, gone at the end."""
    if backup_bytes <= _MOST_IN_MEMORY:
        with scratch_in_memory() as store:
            yield store
    else:
        with scratch_file(place) as file, scratch_in_file(file) as store:
            yield store


@contextmanager
def scratch_file(place: Place) -> Iterator[Path]:
    """A new empty file of mode 0600 in the folder, gone at the end. Raises RepairFailed when it cannot be made."""
    name = f".{secrets.token_hex(8)}.scratch"
    try:
        os.close(os.open(name, _NEW_FILE, _PRIVATE, dir_fd=place.descriptor))
    except OSError as error:
        raise RepairFailed(
            f"{place.path}: no file can be made for proving the backup: {error.strerror}.",
            next_step="Make room there, then try again.",
        ) from error
    try:
        yield place.path / name
    finally:
        with suppress(OSError):
            os.unlink(name, dir_fd=place.descriptor)
