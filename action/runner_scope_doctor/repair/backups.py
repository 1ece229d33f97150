"""The backups that are there: listed, verified, pruned, withdrawn, and turned back into something a person can read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.database.exact.scratch_store import scratch_in_file
from runner_scope_doctor.model.backup import Backup
from runner_scope_doctor.model.errors import RepairFailed
from runner_scope_doctor.repair.backup import WrittenBackup
from runner_scope_doctor.repair.backup_files import (
    Place,
    is_unfinished_name,
    name_parts,
    opened_old,
    scratch,
    scratch_file,
)
from runner_scope_doctor.repair.loading import loaded_backup
from runner_scope_doctor.repair.private_folder import Holding, private_folder, require_private_file

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE = 0o600
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBackup:
    """A file by its name; nothing in it was looked at. `created` is UTC in Unix seconds, `plan` the first 12 digits of the
    plan's digest; both are from the name."""

    name: str
    created: int
    plan: str
    bytes: int


def listed(folder: Path) -> tuple[ListedBackup, ...]:
    """All backups of the folder, the oldest first. Raises RepairRefused when the folder, or a backup in it, is not private."""
    with private_folder(folder, Holding.BACKUPS) as descriptor, _translated(folder):
        return _listed(Place(descriptor=descriptor, path=folder))


def verified(folder: Path, name: str, *, sha256: str | None) -> Backup:
    """The backup, after all of its own hashes and counts were found right and its rows went through a scratch store.

    `sha256` (64 hex digits) is the one the journal or the receipt names for it; without one (None) a file that was written
    anew as a whole is not found out. Raises RepairFailed when it is damaged or another, RepairRefused when the folder or
    the file is not private.
    """
    with private_folder(folder, Holding.BACKUPS) as descriptor, _translated(folder):
        place = Place(descriptor=descriptor, path=folder)
        with opened_old(place, name) as opened, scratch(place, backup_bytes=os.fstat(opened.fileno()).st_size) as store:
            backup = loaded_backup(opened, folder / name, store)
    _require_same(folder / name, backup, sha256)
    return backup


def pruned(folder: Path, *, keep: Collection[str], created_before: int) -> tuple[str, ...]:
    """Removes the backups made before that time (Unix seconds), and what killed processes left unfinished; returns their names.

    The latest backup stays, and those whose names are in `keep`, which an undo needs. The caller holds the lock of the
    repair, so that nothing unfinished is alive. Raises RepairRefused as `listed` does, RepairFailed when a file cannot be
    removed.
    """
    with private_folder(folder, Holding.BACKUPS) as descriptor, _translated(folder):
        place = Place(descriptor=descriptor, path=folder)
        old = [backup.name for backup in _listed(place)[:-1] if backup.created < created_before]
        unfinished = sorted(name for name in os.listdir(descriptor) if is_unfinished_name(name))
        removed = tuple(name for name in (*old, *unfinished) if name not in keep)
        for name in removed:
            os.unlink(name, dir_fd=descriptor)
        os.fsync(descriptor)
    return removed


def withdraw(folder: Path, written: WrittenBackup) -> None:
    """Removes a backup that its own attempt does not need any more. A file that is no longer, byte for byte, what that
    attempt wrote stays: somebody will want to see it.

    The caller holds the lock of the repair. Raises RepairRefused when folder or file is not private, RepairFailed when the
    file is not there or cannot be removed.
    """
    name = written.backup.name
    with private_folder(folder, Holding.BACKUPS) as descriptor, _translated(folder):
        with opened_old(Place(descriptor=descriptor, path=folder), name) as opened:
            status = os.fstat(opened.fileno())
            found = hashlib.sha256()
            while piece := opened.read(_PIECE):
                found.update(piece)
        if (status.st_dev, status.st_ino, found.hexdigest()) == (written.device, written.inode, written.backup.sha256):
            os.unlink(name, dir_fd=descriptor)


def restored(folder: Path, name: str, target: Path, *, sha256: str | None) -> Backup:
    """Writes the tables of a backup to a new SQLite file of mode 0600, for an administrator to read, and verifies them.

    Columns have no type there, so that every value is as it was; `saved tables` and `saved columns` tell definitions and
    types. Raises as `verified` does, and RepairFailed when the file is there already or cannot be written; then no
    file is left.
    """
    with private_folder(folder, Holding.BACKUPS) as descriptor, _translated(folder):
        place = Place(descriptor=descriptor, path=folder)
        # Made in our own folder first: nobody can see it grow, or put another file in its place while SQLite writes.
        with scratch_file(place) as made:
            with opened_old(place, name) as opened, scratch_in_file(made) as store:
                backup = loaded_backup(opened, folder / name, store)
                store.commit()
            _require_same(folder / name, backup, sha256)
            _copy(made, target)
    return backup


def _listed(place: Place) -> tuple[ListedBackup, ...]:
    found: list[ListedBackup] = []
    for name in os.listdir(place.descriptor):
        parts = name_parts(name)
        if parts is None:
            continue
        status = os.stat(name, dir_fd=place.descriptor, follow_symlinks=False)
        require_private_file(status, place.path / name)
        found.append(ListedBackup(name=name, created=parts.created, plan=parts.plan, bytes=status.st_size))
    return tuple(sorted(found, key=lambda backup: (backup.created, backup.name)))


def _require_same(file: Path, backup: Backup, sha256: str | None) -> None:
    if sha256 is not None and backup.sha256 != sha256:
        raise RepairFailed(
            f"{file}: the file is whole, but another one than was proven: its SHA-256 is {backup.sha256} and should be "
            f"{sha256}.",
            next_step="Do not restore from it; find out who replaced it.",
        )


def _copy(made: Path, target: Path) -> None:
    try:
        descriptor = os.open(target, _NEW_FILE, _PRIVATE)
    except OSError as error:
        raise RepairFailed(
            f"{target}: the file cannot be made: {error.strerror}.", next_step="Name a file that is not there yet."
        ) from error
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as copy, made.open("rb") as source:
            os.fchmod(descriptor, _PRIVATE)  # whatever the umask took away
            while piece := source.read(_PIECE):
                rest = memoryview(piece)
                while rest:
                    rest = rest[copy.write(rest) or 0 :]
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RepairFailed(
            f"{error.filename2 or error.filename or folder}: {error.strerror} (errno {error.errno}).",
            next_step="Look at the file system of the state directory, and at that of the file to be written.",
        ) from error
