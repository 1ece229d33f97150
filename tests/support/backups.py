"""Backups of a test's own database, in a folder as private as the host's."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.exact.backup_tables import pages, tables_to_save
from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.database.exact.values import ExactValue, RawText
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.repair.backup import BackupSubject, WrittenBackup, written_backup
from runner_scope_doctor.repair.backup_records import (
    End,
    Header,
    Record,
    SavedRow,
    TableHead,
    TableTail,
    end_line,
    head_line,
    parsed_record,
    row_line,
)
from runner_scope_doctor.repair.column_hashes import ColumnHashes

PLAN = "0123456789abcdef" * 4
CREATED = 1_800_000_000
"""2027-01-15 08:00:00 UTC."""
PATIENCE = Patience(10)


def private_backups(parent: Path) -> Path:
    """A new empty folder as the state directory has it."""
    folder = parent / "backups"
    folder.mkdir(mode=0o700)
    folder.chmod(0o700)
    return folder


def backed_up(
    address: DatabaseAddress,
    folder: Path,
    *,
    scope: BackupScope = BackupScope.RUNNER_TABLES,
    now: int = CREATED,
    plan: str = PLAN,
) -> WrittenBackup:
    """A backup of that database."""
    with opened_for_backup(address, PATIENCE) as reader:
        subject = BackupSubject(
            identity=database_identity(reader, address), forgejo="15.0.3", plan=plan, scope=scope
        )  # fmt: skip
        return written_backup(reader, subject, folder, now=now)


def exact_rows(
    address: DatabaseAddress, table: str, scope: BackupScope = BackupScope.RUNNER_TABLES
) -> list[dict[str, ExactValue]]:
    """What a backup reads of a table, each row by the names of its columns."""
    with opened_for_backup(address, PATIENCE) as reader:
        (found,) = [one for one in tables_to_save(reader, scope) if one.name == table]
        names = [column.name for column in found.columns]
        return [dict(zip(names, row, strict=True)) for page in pages(reader, found) for row in page]


def forged(file: Path, change: Callable[[list[Record]], None]) -> None:
    """Rewrites the backup in place with other records, and with every count and hash in the file made right again."""
    first, *lines = file.read_bytes().splitlines(keepends=True)
    records = [parsed_record(line) for line in lines]
    change(records)
    written = bytearray(first)
    tables = 0
    for record in records:
        match record:
            case Header():
                raise AssertionError("a backup has one header")
            case TableHead():
                written += head_line(record)
                hashes = ColumnHashes(len(record.columns))
                tables += 1
            case SavedRow(values):
                written += row_line(values)
                hashes.add(values)
            case TableTail():
                written += _tail(record.name, hashes)
            case End():
                written += end_line(End(tables=tables, sha256=_sha256(written)))
    file.write_bytes(written)


def _tail(name: str, hashes: ColumnHashes) -> bytes:
    fields = {"kind": "end of table", "name": name, "rows": hashes.rows, "sha256": list(hashes.sha256())}
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _sha256(content: bytes | bytearray) -> str:
    return hashlib.sha256(content).hexdigest()


def names_in(folder: Path) -> list[str]:
    """Everything in the folder, hidden files too."""
    return sorted(os.listdir(folder))


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


exact_values: st.SearchStrategy[ExactValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**63) - 2, -(2**63) + 2),
    st.integers(2**63 - 2, 2**64),
    st.floats(),
    st.decimals(),
    st.text(st.characters()),
    st.text(st.characters(categories=("Cs", "Cc", "Lu"))),
    st.sampled_from(["", "null", "true", "1", "\x00", "a\x00b", "\ud83d\ude00", "😀", '{"bytes":"AA=="}', "\u2028"]),
    st.binary(),
    st.binary(min_size=1).filter(lambda content: not _is_text(content)).map(RawText),
)
"""Everything a column can hold, and what looks like something else."""


def same(first: ExactValue, second: ExactValue) -> bool:
    """Whether the values are the same to the last bit: of one type, zeros with one sign, numbers that are none alike."""
    return type(first) is type(second) and repr(first) == repr(second)
