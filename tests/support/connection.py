"""What the test support needs from a DB-API connection, whichever driver made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.definitions import quoted

Value = int | float | str | bytes | None
"""Anything a test may want to find in a column, odd values included."""


class Cursor(Protocol):
    """A DB-API cursor, as far as it is used here."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None: ...  # drivers differ in the type of an entry

    def execute(self, query: str, parameters: Sequence[Value] = ..., /) -> object: ...

    def executemany(self, query: str, parameters: Iterable[Sequence[Value]], /) -> object: ...

    def fetchall(self) -> Sequence[Any]: ...  # a row's types are the table's

    def close(self) -> None: ...


class Connection(Protocol):
    """A DB-API connection in autocommit mode: what a test writes is seen by others at once."""

    def cursor(self) -> Any: ...  # each driver's own cursor; used as `Cursor`

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshDatabase:
    """An empty database made for one test, and a connection that may do everything in it.

    `connect` opens one more such connection; who calls it closes it.
    """

    engine: Engine
    address: SqliteAddress | PostgresAddress | MysqlAddress
    connection: Connection
    connect: Callable[[], Connection]


def placeholder(engine: Engine) -> str:
    """The engine's driver's sign for one parameter."""
    return "?" if engine is Engine.SQLITE else "%s"


def run(connection: Connection, statement: str, parameters: Sequence[Value] = ()) -> tuple[tuple[Any, ...], ...]:
    """Executes one statement in the driver's own style and returns its rows, none when it returns none."""
    cursor: Cursor = connection.cursor()
    try:
        if parameters:
            cursor.execute(
                statement, tuple(int(value) if isinstance(value, IntEnum) else value for value in parameters)
            )
        else:
            cursor.execute(statement)
        return tuple(tuple(row) for row in cursor.fetchall()) if cursor.description else ()
    finally:
        cursor.close()


def inserted(connection: Connection, engine: Engine, table: str, values: Mapping[str, Value]) -> int:
    """Inserts one row and returns its id. After a given id the engine counts on behind it, as a server's would."""
    names = ", ".join(quoted(engine, name) for name in values)
    places = ", ".join([placeholder(engine)] * len(values))
    statement = f"INSERT INTO {quoted(engine, table)} ({names}) VALUES ({places})"
    if engine is Engine.MYSQL:
        run(connection, statement, tuple(values.values()))
        given = values.get("id")
        return given if isinstance(given, int) else int(run(connection, "SELECT LAST_INSERT_ID()")[0][0])
    number = int(run(connection, f"{statement} RETURNING id", tuple(values.values()))[0][0])
    if engine is Engine.POSTGRES and "id" in values:
        sequence = f"pg_get_serial_sequence('{quoted(engine, table)}', 'id')"
        run(connection, f"SELECT setval({sequence}, (SELECT MAX(id) FROM {quoted(engine, table)}))")
    return number
