"""Reads a backup file into a scratch store, and takes the hashes of its columns from what the store gives back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from runner_scope_doctor.database.exact.backup_tables import ExactRow
from runner_scope_doctor.database.exact.scratch_store import ScratchStore
from runner_scope_doctor.database.sql.backup import refuse_hostile_names
from runner_scope_doctor.model.backup import Backup, SavedColumn, SavedTable
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused
from runner_scope_doctor.repair.backup_files import NameParts, name_parts
from runner_scope_doctor.repair.backup_records import (
    LONGEST_LINE,
    End,
    Header,
    Record,
    SavedRow,
    TableHead,
    TableTail,
    parsed_record,
)
from runner_scope_doctor.repair.column_hashes import ColumnHashes


class _Damage(Exception):
    """Why the file is no whole backup, as the rest of a sentence."""


class _Records:
    """The records of a file, one after the other, with the hash of the bytes that were read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.line = 0
        self.bytes = 0

    def next(self) -> Record:
        self.line += 1
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise _Damage("the file ends before its end")
        try:
            record = parsed_record(line)
        except ValueError as error:
            raise _Damage(str(error) or "it is no line of a backup") from error
        if isinstance(record, End) and record.sha256 != self._hash.hexdigest():
            raise _Damage("the hash of all lines before is another one")
        self._hash.update(line)
        self.bytes += len(line)
        return record

    def at_end(self) -> bool:
        return not self._file.read(1)

    def sha256(self) -> str:
        return self._hash.hexdigest()


def loaded_backup(file: BinaryIO, path: Path, store: ScratchStore) -> Backup:
    """The backup as the store gives it back, which is empty before. `path` names the file.

    Every count and hash the file holds was found right. Raises RepairFailed, which names the line, when one is wrong.
    """
    records = _Records(file)
    try:
        return _loaded(records, path.name, store)
    except _Damage as damage:
        raise RepairFailed(
            f"{path}:{records.line}: the backup is damaged: {damage}.",
            next_step="Rely on another backup, and find out what changed the file.",
        ) from damage
    except OSError as error:
        raise RepairFailed(
            f"{path}: the backup cannot be read: {error.strerror} (errno {error.errno}).",
            next_step="Look at the disk it is on.",
        ) from error


def _loaded(records: _Records, name: str, store: ScratchStore) -> Backup:
    header = records.next()
    if not isinstance(header, Header):
        raise _Damage("it does not begin with a header")
    if name_parts(name) != NameParts(created=header.created, plan=header.plan[:12]):
        raise _Damage("its plan or time is not that of its name, so it is another backup")
    tables: list[SavedTable] = []
    while isinstance(record := records.next(), TableHead):
        if record.name in {table.name for table in tables}:
            raise _Damage("it has a table twice")
        tables.append(_table(records, record, store))
    if not isinstance(record, End):
        raise _Damage("there is something else than a table")
    if record.tables != len(tables):
        raise _Damage(f"it says {record.tables} tables and has {len(tables)}")
    if not records.at_end():
        raise _Damage("something stands behind its end")
    return Backup(
        name=name,
        sha256=records.sha256(),
        bytes=records.bytes,
        plan=header.plan,
        created=header.created,
        scope=header.scope,
        tables=tuple(tables),
    )


def _table(records: _Records, head: TableHead, store: ScratchStore) -> SavedTable:
    names = tuple(name for name, _ in head.columns)
    try:
        refuse_hostile_names(head.name, names)
    except RepairRefused as error:
        raise _Damage("it names a table or column as no backup does") from error
    if not names or len(set(names)) != len(names):
        raise _Damage("it has a table without columns, or a column twice")
    store.add_table(head.name, names)
    tail = _rows_stored(records, head, store)
    hashes = ColumnHashes(len(names))
    for row in store.rows(head.name):
        hashes.add(row)
    if tail.name != head.name or tail.rows != hashes.rows:
        raise _Damage(f"{head.name} ends with {tail.rows} rows of {tail.name} and has {hashes.rows}")
    if len(tail.sha256) != len(names):
        raise _Damage(f"{head.name} has {len(names)} columns and {len(tail.sha256)} hashes")
    for column, said, found in zip(names, tail.sha256, hashes.sha256(), strict=True):
        if said != found:
            _differs(head.name, column)
    columns = tuple(
        SavedColumn(name=name, type=kind, sha256=found)
        for (name, kind), found in zip(head.columns, hashes.sha256(), strict=True)
    )
    table = SavedTable(name=head.name, definition=head.definition, rows=hashes.rows, columns=columns)
    store.describe_table(
        table.name, table.definition, table.rows, ((column.name, column.type, column.sha256) for column in columns)
    )
    return table


def _rows_stored(records: _Records, head: TableHead, store: ScratchStore) -> TableTail:
    last: list[TableTail] = []

    def rows() -> Iterator[ExactRow]:
        while isinstance(record := records.next(), SavedRow):
            if len(record.values) != len(head.columns):
                raise _Damage(f"it has {len(record.values)} values for {len(head.columns)} columns")
            yield record.values
        if not isinstance(record, TableTail):
            raise _Damage("the rows of a table do not end")
        last.append(record)

    store.add_rows(head.name, rows())
    return last[0]


def _differs(table: str, column: str) -> NoReturn:
    raise _Damage(f"{table}.{column} gives other values than its hash is of")
