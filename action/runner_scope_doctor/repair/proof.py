"""Proves a backup: what a store of our own gives back from the file is what the driver gave while the server was read."""

from __future__ import annotations

import os
from pathlib import Path

from runner_scope_doctor.model.backup import Backup, ProvenBackup, SavedTable
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused
from runner_scope_doctor.repair.backup import WrittenBackup
from runner_scope_doctor.repair.backup_files import Place, opened_old, scratch
from runner_scope_doctor.repair.loading import loaded_backup
from runner_scope_doctor.repair.private_folder import Holding, private_folder

_NEXT_STEP = "Nothing was changed on the server. Find out what else writes to that folder, then apply the plan again."


def proven(folder: Path, written: WrittenBackup) -> ProvenBackup:
    """The backup, after its file was opened anew by its name, checked, loaded into a scratch store and found equal.

    Raises RepairFailed when the file is gone, another one, not private or says anything else than was read from the
    server, and when there is no room for the store. The store is gone afterwards; the file stays as it is.
    """
    try:
        with private_folder(folder, Holding.BACKUPS) as descriptor:
            _prove(Place(descriptor=descriptor, path=folder), written)
    except (RepairFailed, RepairRefused) as error:
        raise RepairFailed(f"The backup could not be proven. {error.problem}", next_step=_NEXT_STEP) from error
    except OSError as error:
        raise RepairFailed(
            f"The backup {folder / written.backup.name} could not be proven: {error.strerror} (errno {error.errno}).",
            next_step=_NEXT_STEP,
        ) from error
    return ProvenBackup(backup=written.backup)


def _prove(place: Place, written: WrittenBackup) -> None:
    remembered = written.backup
    file = place.path / remembered.name
    with opened_old(place, remembered.name) as opened:
        status = os.fstat(opened.fileno())
        if (status.st_dev, status.st_ino) != (written.device, written.inode):
            raise _differs(file, "this is another file than was written")
        with scratch(place, backup_bytes=status.st_size) as store:
            found = loaded_backup(opened, file, store)
    _compare(file, remembered, found)


def _compare(file: Path, remembered: Backup, found: Backup) -> None:
    if [table.name for table in found.tables] != [table.name for table in remembered.tables]:
        raise _differs(file, "it has other tables than were read")
    for read, given_back in zip(remembered.tables, found.tables, strict=True):
        _compare_table(file, read, given_back)
    if (found.sha256, found.bytes) != (remembered.sha256, remembered.bytes):
        raise _differs(file, "its bytes are others than were written")
    if found != remembered:
        raise _differs(file, "it says another plan, time or scope than was written")


def _compare_table(file: Path, read: SavedTable, given_back: SavedTable) -> None:
    if given_back.rows != read.rows:
        raise _differs(file, f"{read.name} has {given_back.rows} rows, and {read.rows} were read")
    if [(one.name, one.type) for one in given_back.columns] != [(one.name, one.type) for one in read.columns]:
        raise _differs(file, f"{read.name} has other columns than were read")
    for column, other in zip(read.columns, given_back.columns, strict=True):
        if other.sha256 != column.sha256:
            raise _differs(file, f"{read.name}.{column.name} gives other values than were read")
    if given_back.definition != read.definition:
        raise _differs(file, f"{read.name} has another definition than was read")


def _differs(file: Path, how: str) -> RepairFailed:
    return RepairFailed(f"{file}: {how}.", next_step=_NEXT_STEP)
