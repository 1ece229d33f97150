"""The lines of a backup file: a header, for each table its head, rows and tail, and an end with the hash of all before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from runner_scope_doctor.database.exact.values import ExactValue
from runner_scope_doctor.model.backup import BackupScope, SavedTable
from runner_scope_doctor.model.table import DatabaseIdentity, place_text
from runner_scope_doctor.repair.cell_text import cell_text, cell_value

FORMAT = 1
"""The only version of the file's form so far."""
LONGEST_LINE = 1 << 28
"""Bytes. No row of Forgejo's comes near; what is longer is neither written nor read."""
_HEX_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the file says of itself. `plan` is a digest, `created` Unix seconds."""

    plan: str
    created: int
    scope: BackupScope


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHead:
    """The table whose rows follow; `columns` are names and types."""

    name: str
    definition: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTail:
    """The rows of the table are over. `sha256` has one hash for each column."""

    name: str
    rows: int
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The file is over. `sha256` is over all bytes before this line."""

    tables: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One row, with a value for every column."""

    values: tuple[ExactValue, ...]


Record = Header | TableHead | SavedRow | TableTail | End


def header_line(header: Header, identity: DatabaseIdentity, *, forgejo: str) -> bytes:
    """The first line. It also names the database and the version of Forgejo, for whoever reads the file."""
    return _line(
        {
            "kind": "backup",
            "format": FORMAT,
            "engine": identity.engine.value,
            "database": {"name": identity.name, "schema": identity.schema, "place": place_text(identity.place)},
            "forgejo": forgejo,
            "plan": header.plan,
            "created": header.created,
            "scope": header.scope.value,
        }
    )


def head_line(head: TableHead) -> bytes:
    """The line before the rows of a table."""
    columns = [{"name": name, "type": kind} for name, kind in head.columns]
    return _line({"kind": "table", "name": head.name, "definition": head.definition, "columns": columns})


def row_line(values: tuple[ExactValue, ...]) -> bytes:
    """One row. Raises OverflowError when it is longer than LONGEST_LINE."""
    line = f"[{','.join(map(cell_text, values))}]\n".encode("ascii")
    if len(line) > LONGEST_LINE:
        raise OverflowError
    return line


def tail_line(table: SavedTable) -> bytes:
    """The line behind the rows of a table."""
    hashes = [column.sha256 for column in table.columns]
    return _line({"kind": "end of table", "name": table.name, "rows": table.rows, "sha256": hashes})


def end_line(end: End) -> bytes:
    """The last line."""
    return _line({"kind": "end of backup", "tables": end.tables, "sha256": end.sha256})


def parsed_record(line: bytes) -> Record:
    """What a line says. Raises ValueError, with a sentence, when it is no line of a backup."""
    if not line.endswith(b"\n"):
        raise ValueError("it is cut off")
    try:
        parsed = json.loads(
            line.decode("ascii"), object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number
        )
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if isinstance(parsed, list):
        return SavedRow(tuple(map(cell_value, parsed)))
    if not isinstance(parsed, dict):
        raise ValueError("it is neither a row nor a record")
    return _record(parsed)


def _record(fields: Mapping[str, object]) -> Record:
    match fields:
        case {"kind": "backup", "format": int(number), **rest}:
            return _header(number, rest)
        case {"kind": "table", "name": str(name), "definition": str(definition), "columns": list(columns), **rest} if (
            not rest
        ):
            return TableHead(name=name, definition=definition, columns=tuple(map(_column, columns)))
        case {"kind": "end of table", "name": str(name), "rows": int(rows), "sha256": list(hashes), **rest} if not rest:
            return TableTail(name=name, rows=rows, sha256=tuple(map(_hash, hashes)))
        case {"kind": "end of backup", "tables": int(tables), "sha256": found, **rest} if not rest:
            return End(tables=tables, sha256=_hash(found))
        case _:
            raise ValueError("it is no record of a backup")


def _header(number: int, fields: Mapping[str, object]) -> Header:
    if number != FORMAT:
        raise ValueError(f"the backup is of format {number}, and this program reads format {FORMAT}")
    match fields:
        case {
            "engine": str(),
            "database": dict(),
            "forgejo": str(),
            "plan": str(plan),
            "created": int(created),
            "scope": str(scope),
            **rest,
        } if not rest:
            return Header(plan=plan, created=created, scope=BackupScope(scope))
        case _:
            raise ValueError("it is no header of a backup")


def _column(column: object) -> tuple[str, str]:
    match column:
        case {"name": str(name), "type": str(kind), **rest} if not rest:
            return name, kind
        case _:
            raise ValueError("it describes no column")


def _hash(text: object) -> str:
    if not isinstance(text, str) or len(text) != _HEX_DIGITS or set(text) - set("0123456789abcdef"):
        raise ValueError("it has a hash that is none")
    return text


def _line(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("it has a key twice")
    return fields


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"it holds the number {text[:20]}, which no backup writes")
