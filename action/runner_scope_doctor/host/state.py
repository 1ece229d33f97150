"""The state directory: plans, journal, backups, receipts. Private, and in a place nobody else can swap."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from shlex import quote

from runner_scope_doctor.host.trust import require_kind, require_owner, trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration

_PRIVATE = 0o700


def prepared_state_directory(configuration: HostConfiguration, *, operator: int) -> Path:
    """The state directory, made when it was not there; never repaired when it is loose.

    It is a folder of mode 0700 that belongs to root or the user id `operator`, and so is trusted every folder above it.
    Raises SettingsInvalid when it is not so or cannot be made.
    """
    folder = configuration.state
    with trusted_folder(folder.parent, operator=operator) as parent:
        try:
            _make(folder.name, parent)
            status = os.stat(folder.name, dir_fd=parent, follow_symlinks=False)
        except OSError as error:
            raise _unmade(folder, error) from error
    require_kind(status, folder, stat.S_IFDIR)
    require_owner(status, folder, operator=operator)
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o777 != _PRIVATE:
        raise SettingsInvalid(
            f"{folder}: the state directory has mode {mode:04o} and must have 0700, as backups hold secrets.",
            next_step=f"Look at what it holds, then run `chmod 0700 {quote(str(folder))}`.",
        )
    return folder


def _make(name: str, parent: int) -> None:
    """Makes the folder unless the name is taken, by whatever: the look afterwards judges what is there."""
    try:
        os.mkdir(name, _PRIVATE, dir_fd=parent)
    except FileExistsError:
        return
    with suppress(PermissionError):  # a parent that may be written and not read cannot be synced
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unmade(folder: Path, error: OSError) -> SettingsInvalid:
    return SettingsInvalid(
        f"{folder}: the state directory cannot be made: {error.strerror}.",
        next_step=f"As root, run `install -d -m 0700 -o USER {quote(str(folder))}` with the user who runs this.",
    )
