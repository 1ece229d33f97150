"""Writes a backup: everything that is in the tables, typed, with a hash for each column and one for the file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.database.exact.backup_tables import TableToSave, pages, tables_to_save
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.model.backup import Backup, BackupScope, SavedColumn, SavedTable
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused, SourceUnavailable
from runner_scope_doctor.model.table import DatabaseIdentity
from runner_scope_doctor.repair.backup_files import Place, new_name, opened_new
from runner_scope_doctor.repair.backup_records import (
    End,
    Header,
    TableHead,
    end_line,
    head_line,
    header_line,
    row_line,
    tail_line,
)
from runner_scope_doctor.repair.column_hashes import ColumnHashes
from runner_scope_doctor.repair.private_folder import Holding, private_folder

_LEAST_FREE = 1 << 20
"""Bytes. With less than this neither the smallest backup nor the receipt behind it has room."""
_PIECE = 1 << 20
"""Bytes that are collected before they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSubject:
    """What is saved, and for what. `plan` is a digest, `forgejo` the server's version as a plan names it."""

    identity: DatabaseIdentity
    forgejo: str
    plan: str
    scope: BackupScope


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBackup:
    """A backup as its writer remembers it: the hashes are of what the driver gave, not of what the file says."""

    backup: Backup
    device: int
    inode: int


def written_backup(reader: Reader, subject: BackupSubject, folder: Path, *, now: int) -> WrittenBackup:
    """Saves the tables to a new file in the folder, synced to the disk.

    `reader` is one of `exact_reader`, `now` Unix seconds. Raises RepairRefused when the folder is not private, has no room
    at all or a table is not as Forgejo makes it, RepairFailed when reading or writing failed. No part of a file is left then.
    """
    with private_folder(folder, Holding.BACKUPS) as descriptor, _nothing_changed(folder):
        place = Place(descriptor=descriptor, path=folder)
        _require_room(place)
        tables = tables_to_save(reader, subject.scope)
        name = new_name(plan=subject.plan, created=now)
        with opened_new(place, name) as file:
            lines = _Lines(file)
            header = Header(plan=subject.plan, created=now, scope=subject.scope)
            lines.add(header_line(header, subject.identity, forgejo=subject.forgejo))
            saved = tuple(_saved_table(reader, table, lines) for table in tables)
            lines.add(end_line(End(tables=len(saved), sha256=lines.sha256())))
            lines.flush()
            status = os.fstat(file)
        backup = Backup(
            name=name,
            sha256=lines.sha256(),
            bytes=lines.bytes,
            plan=subject.plan,
            created=now,
            scope=subject.scope,
            tables=saved,
        )
        return WrittenBackup(backup=backup, device=status.st_dev, inode=status.st_ino)


class _Lines:
    """What is written to the descriptor, with its size in bytes and its hash."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self.bytes = 0

    def add(self, line: bytes) -> None:
        self._hash.update(line)
        self._waiting += line
        self.bytes += len(line)
        if len(self._waiting) >= _PIECE:
            self.flush()

    def flush(self) -> None:
        while self._waiting:
            # A full disk first writes less than it was given, and says why at the next try.
            written = os.write(self._descriptor, self._waiting)
            del self._waiting[:written]

    def sha256(self) -> str:
        return self._hash.hexdigest()


def _saved_table(reader: Reader, table: TableToSave, lines: _Lines) -> SavedTable:
    columns = tuple((column.name, column.type) for column in table.columns)
    lines.add(head_line(TableHead(name=table.name, definition=table.definition, columns=columns)))
    hashes = ColumnHashes(len(columns))
    for page in pages(reader, table):
        for row in page:
            hashes.add(row)
            try:
                lines.add(row_line(row))
            except OverflowError as error:
                raise RepairRefused(
                    f"A row of {table.name} is larger than the backup can hold (256 MiB).",
                    next_step="Look at the size of its values; Forgejo writes none that large.",
                ) from error
    saved = SavedTable(
        name=table.name,
        definition=table.definition,
        rows=hashes.rows,
        columns=tuple(
            SavedColumn(name=name, type=kind, sha256=found)
            for (name, kind), found in zip(columns, hashes.sha256(), strict=True)
        ),
    )
    lines.add(tail_line(saved))
    return saved


def _require_room(place: Place) -> None:
    room = os.fstatvfs(place.descriptor)
    free = room.f_bavail * room.f_frsize
    if free < _LEAST_FREE:
        raise RepairRefused(
            f"{place.path}: the file system has {free} bytes free, too few for any backup. Nothing was changed.",
            next_step="Make room there, or move the state directory, then apply the plan again.",
        )


@contextmanager
def _nothing_changed(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RepairFailed(
            f"{folder}: the backup could not be written: {error.strerror} (errno {error.errno}). "
            "Nothing was changed on the server.",
            next_step="Make room or mend the file system, then apply the plan again.",
        ) from error
    except SourceUnavailable as error:
        raise RepairFailed(
            f"The backup could not be read from the server: {error.problem} Nothing was changed on the server.",
            next_step=error.next_step,
        ) from error
