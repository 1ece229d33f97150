"""MySQL and MariaDB, through PyMySQL: one read-only transaction a statement."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pymysql
from pymysql.connections import Connection

from runner_scope_doctor.database.address import MysqlAddress, described
from runner_scope_doctor.database.engines.mysql_connection import connection_to, limited, translating
from runner_scope_doctor.database.exact.mysql import keep_exact
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import Engine

_LEAST_ROW_LIMIT = 2**32 - 1
"""`sql_select_limit` of a session nobody limited is at least this, on every platform."""


class MysqlReader:
    """A connection on which every `read` is START TRANSACTION READ ONLY … ROLLBACK."""

    engine = Engine.MYSQL
    schema = None

    def __init__(self, connection: Connection, line: socket.socket, address: MysqlAddress, patience: Patience) -> None:
        """`line` is a duplicate of the connection's socket."""
        self._connection = connection
        self._line = line
        self._address = address
        self._patience = patience

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """All rows, in a transaction of its own: an older snapshot would hide what changed since."""
        text, values = written_for(Engine.MYSQL, statement, parameters)
        with translating(self._address), limited(self._line, self._patience), self._connection.cursor() as cursor:
            cursor.execute("START TRANSACTION READ ONLY")
            try:
                cursor.execute(text, values)
                return list(cursor.fetchall())
            finally:
                with suppress(pymysql.Error):  # the first error is the one to tell
                    cursor.execute("ROLLBACK")

    def keep_exact(self) -> None:
        """What Python has no exact type for is kept in the server's own words."""
        keep_exact(self._connection)


@contextmanager
def opened_for_reading(address: MysqlAddress, patience: Patience) -> Iterator[MysqlReader]:
    """A reader on a connection without session settings. Raises SourceUnavailable when there is no way in."""
    with connection_to(address, patience) as (connection, line):
        reader = MysqlReader(connection, line, address, patience)
        _refuse_short_answers(reader, address)
        yield reader


def _refuse_short_answers(reader: MysqlReader, address: MysqlAddress) -> None:
    """With `sql_select_limit` set for the whole server, rows would be missing from every answer, without a word."""
    limit = next((row[0] for row in reader.read(sql.SELECT_MYSQL_ROW_LIMIT)), 0)
    if not isinstance(limit, int) or limit < _LEAST_ROW_LIMIT:
        raise SourceUnavailable(
            f"{described(address)} returns no more than {limit} rows of any answer (its variable sql_select_limit).",
            next_step="Set it back on the server: SET GLOBAL sql_select_limit = DEFAULT.",
        )
