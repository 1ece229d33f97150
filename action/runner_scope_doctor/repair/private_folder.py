"""A folder of backups or of receipts: nobody else can look into it or put something there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from shlex import quote

from runner_scope_doctor.model.errors import RepairRefused

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class Holding(Enum):
    """What lies in such a folder, as sentences call it."""

    BACKUPS = "backups"
    """Of whole tables, with hashes, salts and tokens."""
    RECEIPTS = "receipts"
    """With their plans, and so with the uuid that is half of a runner's secret."""


@contextmanager
def private_folder(folder: Path, holding: Holding) -> Iterator[int]:
    """A descriptor of the folder, for `dir_fd`. Raises RepairRefused, which names the loose part, unless it is a folder of
    mode 0700 that belongs to the caller and no symbolic link."""
    try:
        descriptor = os.open(folder, _FOLDER_FLAGS)
    except OSError as error:
        raise RepairRefused(
            f"{folder}: the folder of the {holding.value} cannot be opened: {_why_not_opened(folder, error)}.",
            next_step="Put it back, or name the right state directory in host.yml; "
            f"`install -d -m 0700 {quote(str(folder))}` makes an empty one for the user who runs it.",
        ) from error
    try:
        _require_private(os.fstat(descriptor), folder, _PRIVATE_FOLDER, holding)
        yield descriptor
    finally:
        os.close(descriptor)


def require_private_file(status: os.stat_result, file: Path) -> None:
    """Raises RepairRefused unless the backup is a regular file of mode 0600, with one name, that belongs to the caller."""
    if not stat.S_ISREG(status.st_mode):
        raise RepairRefused(
            f"{file}: this is not a regular file, as every backup is.", next_step="Find out who put it there."
        )
    _require_private(status, file, _PRIVATE_FILE, Holding.BACKUPS)
    if status.st_nlink != 1:
        raise RepairRefused(
            f"{file}: the file has {status.st_nlink} names (hard links), so others may reach it elsewhere.",
            next_step="Find the other name (`find -samefile`) and remove it.",
        )


def _require_private(status: os.stat_result, part: Path, mode: int, holding: Holding) -> None:
    if status.st_uid != os.geteuid():
        raise RepairRefused(
            f"{part}: it belongs to user id {status.st_uid} and not to the user who runs this, {os.geteuid()}.",
            next_step=f"Run this as the owner, or look at what it holds, then run `chown {os.geteuid()} {quote(str(part))}`.",
        )
    found = stat.S_IMODE(status.st_mode)
    if found & 0o777 != mode:
        raise RepairRefused(
            f"{part}: it has mode {found:04o} and must have {mode:04o}, as {holding.value} hold secrets.",
            next_step=f"Find out who could read it, then run `chmod {mode:04o} {quote(str(part))}`.",
        )


def _why_not_opened(folder: Path, error: OSError) -> str:
    """Linux answers ENOTDIR for a symbolic link that must not be followed."""
    try:
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            return "it is a symbolic link"
    except OSError:
        pass
    return error.strerror or "for no reason the system gives"
