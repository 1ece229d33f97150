"""A SQLite store of our own for the rows of a backup: never a table on the server.

Columns have no type, so that SQLite keeps every value as it was given. What SQLite has no type for is kept in a form that can be
read, and the column `cell kinds` of its row says what it was: a letter for each column, NULL where SQLite's own types say it
all. Names with a space are ours; those of a backup have none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import assert_never

from runner_scope_doctor.database.exact.values import ExactValue, RawText, exact_text
from runner_scope_doctor.model.errors import RepairFailed

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_OWN = "."
_TABLES = """
CREATE TABLE "saved tables" ("table" TEXT, "definition" TEXT, "rows" INTEGER)"""
_COLUMNS = """
CREATE TABLE "saved columns" ("table" TEXT, "column" TEXT, "type" TEXT, "sha256" TEXT)"""
_INSERT_TABLE = """INSERT INTO "saved tables" VALUES (?, ?, ?)"""
_INSERT_COLUMN = """INSERT INTO "saved columns" VALUES (?, ?, ?, ?)"""

Stored = None | int | float | str | bytes


class ScratchStore:
    """An open store. Every method raises RepairFailed when SQLite cannot do it, such as for want of space."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_table(self, table: str, columns: tuple[str, ...]) -> None:
        """An empty table. The names must be of small letters, digits and underscores; who reads the backup looks to that."""
        names = ", ".join(f'"{column}"' for column in columns)
        self._execute(f'CREATE TABLE "{table}" ("row number" INTEGER PRIMARY KEY, {names}, "cell kinds")')

    def add_rows(self, table: str, rows: Iterable[tuple[ExactValue, ...]]) -> None:
        """Rows behind those that are there, each with a value for every column."""
        for row in rows:
            kinds, values = zip(*map(_stored, row), strict=True)
            pattern = "".join(kinds)
            # What is bytes and not UTF-8 must become TEXT inside SQLite: Python's driver takes no such text.
            places = ", ".join("CAST(? AS TEXT)" if kind in "rs" else "?" for kind in kinds)
            said = None if pattern == _OWN * len(row) else pattern
            self._execute(f'INSERT INTO "{table}" VALUES (NULL, {places}, ?)', (*values, said))

    def rows(self, table: str) -> Iterator[tuple[ExactValue, ...]]:
        """The rows in the order they were added."""
        cursor = self._execute(f'SELECT * FROM "{table}" ORDER BY "row number"')
        while True:
            try:
                row = cursor.fetchone()
            except sqlite3.Error as error:
                raise _translated(error) from error
            if row is None:
                return
            values, kinds = row[1:-1], row[-1]
            if kinds is None:
                yield values
            else:
                yield tuple(_given(kind, value) for kind, value in zip(kinds, values, strict=True))

    def describe_table(self, table: str, definition: str, rows: int, columns: Iterable[tuple[str, str, str]]) -> None:
        """What the backup says of the table, for a reader of the store; `columns` are name, type and SHA-256."""
        self._execute(_INSERT_TABLE, (table, definition, rows))
        for column in columns:
            self._execute(_INSERT_COLUMN, (table, *column))

    def commit(self) -> None:
        """Everything that was added is in the file."""
        self._execute("COMMIT")

    def _execute(self, statement: str, values: tuple[Stored, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise _translated(error) from error


@contextmanager
def scratch_in_memory() -> Iterator[ScratchStore]:
    """An empty store that is gone at the end."""
    with _opened(":memory:") as store:
        yield store


@contextmanager
def scratch_in_file(file: Path) -> Iterator[ScratchStore]:
    """An empty store in this file, which must be there and be empty; nothing is made beside it.

    Its rows are in the file after `commit` only.
    """
    with _opened(str(file)) as store:
        yield store


@contextmanager
def _opened(name: str) -> Iterator[ScratchStore]:
    try:
        connection = sqlite3.connect(name, isolation_level=None, cached_statements=256)
    except sqlite3.Error as error:
        raise _translated(error) from error
    with closing(connection):
        connection.text_factory = exact_text
        store = ScratchStore(connection)
        # Nobody else has the file, and after a crash it is thrown away.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "temp_store = MEMORY"):
            store._execute(f"PRAGMA {setting}")
        for statement in ("BEGIN EXCLUSIVE", _TABLES, _COLUMNS):
            store._execute(statement)
        yield store


def _stored(value: ExactValue) -> tuple[str, Stored]:
    """The letter of the kind, and the value for SQLite."""
    match value:
        case None | bytes():
            return _OWN, value
        case bool():
            return "b", int(value)
        case int():
            return (_OWN, value) if _SMALLEST <= value <= _LARGEST else ("i", str(value))
        case float():
            # SQLite makes NULL of what is no number.
            return (_OWN, value) if value == value else ("f", "nan")
        case Decimal():
            return "d", str(value)
        case str():
            try:
                value.encode()
            except UnicodeEncodeError:
                return "s", value.encode("utf-8", "surrogatepass")
            return _OWN, value
        case RawText(content):
            return "r", content
        case _:
            assert_never(value)


def _given(kind: str, value: object) -> ExactValue:
    match kind, value:
        case ".", None | int() | float() | str() | bytes():
            return value
        case "b", 0 | 1:
            return value == 1
        case "i", str():
            return int(value)
        case "f", str():
            return float(value)
        case "d", str():
            return Decimal(value)
        case "s", RawText(content):
            return content.decode("utf-8", "surrogatepass")
        case "r", RawText():
            return value
        case _:
            raise RepairFailed(
                "The scratch store gave back another kind of value than was put in.",
                next_step="Nothing was changed; report this as a fault of runner-scope-doctor.",
            )


def _translated(error: sqlite3.Error) -> RepairFailed:
    return RepairFailed(
        f"The scratch store in which the backup is proven cannot be used: {error}.",
        next_step="Nothing was changed. Make room in the state directory, then try again.",
    )
