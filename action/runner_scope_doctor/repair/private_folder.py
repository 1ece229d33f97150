"""The folder of the backups: nobody else can look into it or put something there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from runner_scope_doctor.model.errors import RepairRefused

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


@contextmanager
def private_folder(folder: Path) -> Iterator[int]:
    """A descriptor of the folder, for `dir_fd`. Raises RepairRefused, which names the loose part, unless it is a folder of
    mode 0700 that belongs to the caller and no symbolic link."""
    try:
        descriptor = os.open(folder, _FOLDER_FLAGS)
    except OSError as error:
        raise RepairRefused(
            f"{folder}: the folder of the backups cannot be opened: {_why_not_opened(folder, error)}.",
            next_step="Make it, or name the right state directory in host.yml; "
            f"`install -d -m 0700 {quote(str(folder))}` makes it for the user who runs it.",
        ) from error
    try:
        _require_private(os.fstat(descriptor), folder, _PRIVATE_FOLDER)
        yield descriptor
    finally:
        os.close(descriptor)


def require_private_file(status: os.stat_result, file: Path) -> None:
    """Raises RepairRefused unless it is a regular file of mode 0600, with one name, that belongs to the caller."""
    if not stat.S_ISREG(status.st_mode):
        raise RepairRefused(
            f"{file}: this is not a regular file, as every backup is.", next_step="Find out who put it there."
        )
    _require_private(status, file, _PRIVATE_FILE)
    if status.st_nlink != 1:
        raise RepairRefused(
            f"{file}: the file has {status.st_nlink} names (hard links), so others may reach it elsewhere.",
            next_step="Find the other name (`find -samefile`) and remove it.",
        )


def _require_private(status: os.stat_result, part: Path, mode: int) -> None:
    if status.st_uid != os.geteuid():
        raise RepairRefused(
            f"{part}: it belongs to user id {status.st_uid} and not to the user who runs this, {os.geteuid()}.",
            next_step=f"Run this as the owner, or look at what it holds, then run `chown {os.geteuid()} {quote(str(part))}`.",
        )
    found = stat.S_IMODE(status.st_mode)
    if found & 0o777 != mode:
        raise RepairRefused(
            f"{part}: it has mode {found:04o} and must have {mode:04o}, as backups hold secrets.",
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
