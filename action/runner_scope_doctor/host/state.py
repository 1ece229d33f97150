"""The state directory: plans, journal, backups, receipts. In a place nobody else can swap, and private where it must be."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from runner_scope_doctor.host.trust import require_kind, require_owner, trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration

_PRIVATE = 0o700
_PASSABLE = 0o711
"""Others may reach the journal, which holds no secret, and list nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the state directory holds. The three folders are private (0700); `journal` may be read by everyone.

    `journal`, `lock` and `issues_lock`, by which checks take turns at the issues, are files that need not be there yet.
    """

    directory: Path
    plans: Path
    backups: Path
    receipts: Path
    journal: Path
    lock: Path
    issues_lock: Path


def prepared_state(configuration: HostConfiguration, *, operator: int) -> State:
    """The state directory and its folders, made when they were not there; never repaired when one is loose.

    All belong to root or the user id `operator`, and so is trusted every folder above. The directory itself can be written by
    its owner alone; what is in its folders can be seen by nobody else. Raises SettingsInvalid when it is not so or cannot
    be made.
    """
    directory = configuration.state
    _prepared(directory, _PASSABLE, operator=operator)
    for name in ("plans", "backups", "receipts"):
        _prepared(directory / name, _PRIVATE, operator=operator)
    return state_in(directory)


def state_in(directory: Path) -> State:
    """Where things are in a state directory, looked at or not."""
    return State(
        directory=directory,
        plans=directory / "plans",
        backups=directory / "backups",
        receipts=directory / "receipts",
        journal=directory / "journal.jsonl",
        lock=directory / "repair.lock",
        issues_lock=directory / "issues.lock",
    )


def _prepared(folder: Path, mode: int, *, operator: int) -> None:
    with trusted_folder(folder.parent, operator=operator) as parent:
        try:
            _make(folder.name, mode, parent)
            status = os.stat(folder.name, dir_fd=parent, follow_symlinks=False)
        except OSError as error:
            raise _unmade(folder, error) from error
    require_kind(status, folder, stat.S_IFDIR)
    require_owner(status, folder, operator=operator)
    found = stat.S_IMODE(status.st_mode)
    if mode == _PRIVATE and found & 0o777 != _PRIVATE:
        raise _loose(folder, found, "must have 0700, as what it holds is private", "0700")
    if found & 0o1022 or found & 0o700 != _PRIVATE:
        raise _loose(folder, found, "must be writable by its owner alone, such as 0711", "0711")


def _make(name: str, mode: int, parent: int) -> None:
    """Makes the folder unless the name is taken, by whatever: the look afterwards judges what is there."""
    try:
        os.mkdir(name, _PRIVATE, dir_fd=parent)
    except FileExistsError:
        return
    os.chmod(name, mode, dir_fd=parent)  # whatever the umask
    with suppress(PermissionError):  # a parent that may be written and not read cannot be synced
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _loose(folder: Path, mode: int, rule: str, wanted: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"{folder}: this folder of the state directory has mode {mode:04o} and {rule}.",
        next_step=f"Look at what it holds, then run `chmod {wanted} {quote(str(folder))}`.",
    )


def _unmade(folder: Path, error: OSError) -> SettingsInvalid:
    return SettingsInvalid(
        f"{folder}: the state directory cannot be made: {error.strerror}.",
        next_step=f"As root, run `install -d -m 0711 -o USER {quote(str(folder))}` with the user who runs this.",
    )
