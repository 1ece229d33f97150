"""A table's definition, read from the engine's own catalog."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import groupby
from typing import assert_never

from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import catalog as sql
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.errors import TableMissing
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.table import (
    NEXT_NUMBER,
    ForgejoTable,
    IndexKind,
    Oddity,
    OddityKind,
    TableColumn,
    TableDefinition,
    TableIndex,
    Unseen,
)

_QUOTED_OR_COMMENT = re.compile(
    r"""`(?:[^`]|``)*`|"(?:[^"]|"")*"|\[[^\]]*\]|'(?:[^']|'')*'|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
_WORD = re.compile(r"[A-Z_]\w*")
_PLAIN_WORDS = frozenset({"CREATE", "TABLE", "NOT", "NULL", "PRIMARY", "KEY", "AUTOINCREMENT", "DEFAULT"})
"""What a CREATE TABLE of Forgejo's ORM says on SQLite besides names and types. Everything else, such as CHECK, COLLATE or
ON CONFLICT REPLACE, changes what an update does and stands in no pragma."""
_NEXT_VALUE = re.compile(r"nextval\('[^']*'::regclass\)")
_DISPLAY_WIDTH = re.compile(r"\b(?!tinyint\(1\))((?:tiny|small|medium|big)?int)\(\d+\)")
"""MySQL's number in brackets, which means nothing and which 8.0.19 and later leave out but for truth values."""


def observed_definition(reader: Reader, table: ForgejoTable = ForgejoTable.RUNNERS) -> TableDefinition:
    """The table as these credentials see it.

    PostgreSQL and SQLite show all of it to everyone. MySQL and MariaDB show an account only the columns it has a right on,
    and triggers for the TRIGGER right: what may be missing stands in `unseen`. Raises TableMissing, or SourceUnavailable
    when the engine does not answer.
    """
    match reader.engine:
        case Engine.SQLITE:
            return _sqlite_definition(reader, table)
        case Engine.POSTGRES:
            return _postgres_definition(reader, table)
        case Engine.MYSQL:
            return _mysql_definition(reader, table)
        case _:
            assert_never(reader.engine)


def seen_together(first: TableDefinition, second: TableDefinition) -> TableDefinition:
    """One table as two accounts of one server see it, read shortly after each other; what either sees is seen."""
    fuller = second if Unseen.COLUMNS in first.unseen else first
    return TableDefinition(
        table=first.table,
        columns=fuller.columns,
        indexes=fuller.indexes,
        oddities=_sorted_oddities({*first.oddities, *second.oddities}),
        unseen=tuple(part for part in first.unseen if part in second.unseen),
    )


def fingerprint(definition: TableDefinition) -> str:
    """SHA-256 over the definition as canonical JSON, 64 lower-case hex digits. The order of columns is part of it. An account
    that sees fewer columns finds another one; that triggers may be hidden from it does not count: `unseen` tells that."""
    document = {
        "table": definition.table.value,
        "columns": [[one.name, one.type, one.nullable, one.default] for one in definition.columns],
        "indexes": [[one.name, one.kind.value, *one.columns] for one in definition.indexes],
        "oddities": [[one.kind.value, one.name] for one in definition.oddities],
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _sqlite_definition(reader: Reader, table: ForgejoTable) -> TableDefinition:
    (kind, text), *_ = _present(reader, sql.SELECT_SQLITE_TABLE, table)
    rows = reader.read(sql.SELECT_SQLITE_COLUMNS, table=table.value)
    words = _words(str(text))
    key = tuple(str(row[0]) for row in sorted(rows, key=lambda row: int(str(row[4]))) if row[4])
    columns = tuple(
        _column(row, default=NEXT_NUMBER if (str(row[0]),) == key and "AUTOINCREMENT" in words else row[3])
        for row in rows
    )
    oddities = _oddities(reader, sql.SELECT_SQLITE_ODDITIES, table)
    if kind == "table":
        names = {word for column in columns for word in _WORD.findall(f"{column.name} {column.type}".upper())}
        foreign = words - _PLAIN_WORDS - names - {table.value.upper()}
        oddities |= {Oddity(kind=OddityKind.CLAUSE, name=word) for word in foreign}
    else:
        oddities.add(Oddity(kind=OddityKind.KIND_OF_TABLE, name=str(kind)))
    # A key over one INTEGER column has no index of its own.
    primary = [TableIndex(name="PRIMARY", kind=IndexKind.PRIMARY, columns=key)] if key else []
    others = [index for index in _indexes(reader, sql.SELECT_SQLITE_UNIQUE_INDEXES, table) if index.columns != key]
    return _definition(table, columns, [*primary, *others], oddities)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_QUOTED_OR_COMMENT.sub(" ", text).upper()))


def _postgres_definition(reader: Reader, table: ForgejoTable) -> TableDefinition:
    _present(reader, sql.SELECT_POSTGRES_TABLE, table)
    columns = tuple(
        # The sequence is shown with or without its schema, as the search path is.
        _column(row, default=NEXT_NUMBER if _NEXT_VALUE.fullmatch(str(row[3])) else row[3])
        for row in reader.read(sql.SELECT_POSTGRES_COLUMNS, table=table.value)
    )
    indexes = _indexes(reader, sql.SELECT_POSTGRES_UNIQUE_INDEXES, table)
    return _definition(table, columns, indexes, _oddities(reader, sql.SELECT_POSTGRES_ODDITIES, table))


def _mysql_definition(reader: Reader, table: ForgejoTable) -> TableDefinition:
    _present(reader, sql.SELECT_MYSQL_TABLE, table)
    oddities = _oddities(reader, sql.SELECT_MYSQL_ODDITIES, table)
    columns = []
    for row in reader.read(sql.SELECT_MYSQL_COLUMNS, table=table.value):
        extra = str(row[4]).strip().lower()
        columns.append(_column(row, default=NEXT_NUMBER if extra == "auto_increment" else row[3]))
        if extra.endswith("generated") and extra != "default_generated":
            oddities.add(Oddity(kind=OddityKind.GENERATED_COLUMN, name=str(row[0])))
        elif extra not in ("", "auto_increment"):
            oddities.add(Oddity(kind=OddityKind.COLUMN_OPTION, name=f"{row[0]} {extra}"))
    selects, triggers = reader.read(sql.SELECT_MYSQL_SIGHT, table=table.value)[0]
    unseen = [part for part, seen in ((Unseen.COLUMNS, selects), (Unseen.TRIGGERS, triggers)) if not seen]
    indexes = _indexes(reader, sql.SELECT_MYSQL_UNIQUE_INDEXES, table)
    return _definition(table, tuple(columns), indexes, oddities, tuple(unseen))


def _definition(
    table: ForgejoTable,
    columns: tuple[TableColumn, ...],
    indexes: list[TableIndex],
    oddities: set[Oddity],
    unseen: tuple[Unseen, ...] = (),
) -> TableDefinition:
    return TableDefinition(
        table=table,
        columns=columns,
        indexes=tuple(sorted(indexes, key=lambda index: index.name)),
        oddities=_sorted_oddities(oddities),
        unseen=unseen,
    )


def _present(reader: Reader, statement: Statement, table: ForgejoTable) -> list[Row]:
    rows = reader.read(statement, table=table.value)
    if not rows:
        raise TableMissing(
            f"There is no table {table.value} that these credentials can see.",
            next_step="Check that this is the database of a Forgejo server ([database] in app.ini), and its schema.",
        )
    return rows


def _column(row: Row, *, default: object) -> TableColumn:
    return TableColumn(
        name=str(row[0]),
        type=_DISPLAY_WIDTH.sub(r"\1", str(row[1]).lower()),
        nullable=bool(row[2]),
        default=None if default is None else str(default),
    )


def _indexes(reader: Reader, statement: Statement, table: ForgejoTable) -> list[TableIndex]:
    rows = reader.read(statement, table=table.value)
    return [
        TableIndex(
            name=name,
            kind=IndexKind.PRIMARY if primary else IndexKind.UNIQUE,
            columns=tuple(str(row[2]) for row in members),
        )
        for (name, primary), members in groupby(rows, key=lambda row: (str(row[0]), bool(row[1])))
    ]


def _oddities(reader: Reader, statement: Statement, table: ForgejoTable) -> set[Oddity]:
    rows = reader.read(statement, table=table.value)
    return {Oddity(kind=OddityKind(str(kind)), name=str(name)) for kind, name in rows}


def _sorted_oddities(oddities: set[Oddity]) -> tuple[Oddity, ...]:
    return tuple(sorted(oddities, key=lambda oddity: (oddity.kind.value, oddity.name)))
