"""The tables of a backup as the server has them, and their rows page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.database.exact.values import ExactValue, exact_value
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import backup as sql
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import AccessDenied, RepairRefused, TableMissing
from runner_scope_doctor.model.server import Engine

RUNNER_TABLES = ("action_runner", "action_runner_token", "action_tasks_version")
_SINCE_7 = (
    *RUNNER_TABLES,
    "action_artifact",
    "action_run",
    "action_run_index",
    "action_run_job",
    "action_schedule",
    "action_schedule_spec",
    "action_task",
    "action_task_output",
    "action_task_step",
    "action_variable",
)
"""What every Forgejo from 7 to 16 has (`models/actions`); 14 added `action_user`."""
_COLUMNS_OF_CHECK = "docs/access.md"
_ROWS_OF_RUNNERS, _ROWS_OF_OTHERS = 1_000, 50
"""Rows of one page. A row of other tables can hold a payload of megabytes."""

ExactRow = tuple[ExactValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnToSave:
    """`type` is the engine's word for it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableToSave:
    """`definition` is the engine's own CREATE TABLE with its indexes, on PostgreSQL one made from the catalog. `key` is the
    only column of the primary key: `id`, but for `action_run_index`."""

    name: str
    key: str
    definition: str
    columns: tuple[ColumnToSave, ...]


def tables_to_save(reader: Reader, scope: BackupScope) -> tuple[TableToSave, ...]:
    """The tables in the order of their names, with every column.

    The reader is one of `exact_reader`. Raises TableMissing or AccessDenied when one of them is not there or may not be
    read whole, RepairRefused when one is not as Forgejo makes it, SourceUnavailable when the engine does not answer.
    """
    kinds = dict(_listed(reader))
    wanted = set(RUNNER_TABLES) if scope is BackupScope.RUNNER_TABLES else {*RUNNER_TABLES, *kinds}
    if scope is BackupScope.ALL_ACTIONS:
        _refuse_hidden(reader, kinds)
        wanted = {name for name in wanted if kinds.get(name) != "view" or name in _SINCE_7}
    return tuple(_table(reader, name, kinds.get(name)) for name in sorted(wanted))


def pages(reader: Reader, table: TableToSave) -> Iterator[list[ExactRow]]:
    """All rows in the order of their keys, whatever those are, a page at a time; the last page may be empty.

    Raises as `tables_to_save`, for a key that is no whole number RepairRefused.
    """
    columns = tuple(column.name for column in table.columns)
    size = _ROWS_OF_RUNNERS if table.name in RUNNER_TABLES else _ROWS_OF_OTHERS
    first = sql.select_page(reader.engine, table.name, columns, table.key)
    following = sql.select_next_page(reader.engine, table.name, columns, table.key)
    place, after = columns.index(table.key), None
    while True:
        if after is None:
            page = _read(reader, table.name, first, rows=size)
        else:
            page = _read(reader, table.name, following, rows=size, after=after)
        after = _last_key(table, page, place, after)
        yield [tuple(map(exact_value, row)) for row in page]
        if len(page) < size:
            return


def _listed(reader: Reader) -> list[tuple[str, str]]:
    match reader.engine:
        case Engine.SQLITE:
            rows = reader.read(sql.SELECT_SQLITE_TABLES)
        case Engine.POSTGRES:
            rows = [] if reader.schema is None else reader.read(sql.SELECT_POSTGRES_TABLES, schema=reader.schema)
        case Engine.MYSQL:
            rows = reader.read(sql.SELECT_MYSQL_TABLES)
        case _:
            assert_never(reader.engine)
    return [(_catalog_text(name, "a table's name"), _catalog_text(kind, "a table's kind")) for name, kind in rows]


def _refuse_hidden(reader: Reader, kinds: dict[str, str]) -> None:
    """MySQL lists no table on which an account has no right: a backup of all tables would lack it without a word."""
    if reader.engine is not Engine.MYSQL:
        return
    for name in _SINCE_7:
        if name not in kinds:
            try:
                _read(reader, name, sql.select_right_to_all(name))
            except TableMissing:
                continue  # only who may read the whole database is told so


def _table(reader: Reader, name: str, kind: str | None) -> TableToSave:
    sql.refuse_hostile_names(name, ())
    if kind not in (None, "table"):
        raise RepairRefused(
            f"{name} is not a table as Forgejo makes it but a {kind}.",
            next_step="Find out who made it; a backup of it could not be restored.",
        )
    if reader.engine is Engine.MYSQL:
        _read(reader, name, sql.select_right_to_all(name))
    columns, key = _columns(reader, name)
    if not columns:
        raise TableMissing(
            f"There is no table {name} that these credentials can see.",
            next_step="Check that the backup login looks at the database of the Forgejo server, and at its schema.",
        )
    if len(key) != 1:
        raise RepairRefused(
            f"The primary key of {name} is ({', '.join(key)}) and not one column, as Forgejo makes it.",
            next_step="Find out who changed the table; it cannot be read page by page.",
        )
    names = tuple(column.name for column in columns)
    sql.refuse_hostile_names(name, names)
    if reader.engine is Engine.POSTGRES:  # which shows how a table is made to who may not read it, too
        _read(reader, name, sql.select_page(reader.engine, name, names, key[0]), rows=0)
    return TableToSave(name=name, key=key[0], definition=_definition(reader, name), columns=columns)


def _columns(reader: Reader, table: str) -> tuple[tuple[ColumnToSave, ...], list[str]]:
    """All columns, and the names of those in the primary key."""
    statement = {
        Engine.SQLITE: sql.SELECT_SQLITE_COLUMNS,
        Engine.POSTGRES: sql.SELECT_POSTGRES_COLUMNS,
        Engine.MYSQL: sql.SELECT_MYSQL_COLUMNS,
    }[reader.engine]
    rows = [
        (_catalog_text(name, f"a column of {table}"), _catalog_text(kind, f"a type of {table}"), place)
        for name, kind, place in _read(reader, table, statement, table=table)
    ]
    for name, kind, _ in rows:
        if reader.engine is Engine.MYSQL and kind.lower().startswith("float"):
            raise RepairRefused(
                f"{table}.{name} is a {kind}, of which MySQL gives out six digits only; Forgejo has no such column.",
                next_step="Find out who added it, and drop it or make it a DOUBLE; then try again.",
            )
    columns = tuple(ColumnToSave(name=name, type=kind) for name, kind, _ in rows)
    return columns, [name for name, _, place in sorted(rows, key=lambda row: int(str(row[2]))) if place]


def _definition(reader: Reader, table: str) -> str:
    match reader.engine:
        case Engine.SQLITE:
            texts = [row[0] for row in reader.read(sql.SELECT_SQLITE_DEFINITION, table=table)]
        case Engine.POSTGRES:
            return _postgres_definition(table, reader.read(sql.SELECT_POSTGRES_DEFINITION, table=table))
        case Engine.MYSQL:
            texts = [row[1] for row in _read(reader, table, sql.show_mysql_definition(table))]
        case _:
            assert_never(reader.engine)
    return "".join(f"{_catalog_text(text, f'the definition of {table}')};\n" for text in texts)


def _postgres_definition(table: str, rows: list[Row]) -> str:
    parts = [(part, _catalog_text(text, f"the definition of {table}")) for part, text in rows]
    before = [f"{text};\n" for part, text in parts if part == "sequence"]
    inside = ",\n  ".join(text for part, text in parts if part in ("column", "constraint"))
    behind = [f"{text};\n" for part, text in parts if part in ("index", "trigger", "owner of a sequence")]
    return "".join([*before, f"CREATE TABLE {table} (\n  {inside}\n);\n", *behind])


def _read(reader: Reader, table: str, statement: Statement, /, **parameters: int | str) -> list[Row]:
    try:
        return reader.read(statement, **parameters)
    except AccessDenied as error:
        # Other advice than the check's list of columns, such as on row security, holds for a backup too.
        if _COLUMNS_OF_CHECK not in error.next_step:
            raise
        raise AccessDenied(
            error.problem,
            next_step=f"Grant the backup login SELECT on the whole table {table}, secrets included, as docs/backup.md says.",
        ) from error


def _last_key(table: TableToSave, page: list[Row], place: int, after: int | None) -> int | None:
    """Keys must climb: then no row is read twice and none is passed over."""
    for row in page:
        found = row[place]
        if type(found) is not int or (after is not None and found <= after):
            raise RepairRefused(
                f"{table.name} has a row whose {table.key} is no whole number, or that comes twice or out of order.",
                next_step="Look at that column; Forgejo gives every row a number of its own.",
            )
        after = found
    return after


def _catalog_text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise RepairRefused(
            f"What the database says of {what} is no UTF-8 text.",
            next_step="Look at the table's definition; Forgejo makes no such one.",
        )
    return value
