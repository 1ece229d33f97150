"""The repair's connection to MySQL and MariaDB: the session is ours alone, so its limits are set for the session."""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT, CR, ER
from pymysql.cursors import Cursor

from runner_scope_doctor.database.address import MysqlAddress, described
from runner_scope_doctor.database.engines.mysql_connection import connection_to, limited, words_of
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.sql import locked as sql_locked
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.database.writing.session import Counted, SessionError, Trouble
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import Engine

# Locks of rows and of definitions; how long an idle session keeps its locks, should this process stop; no answer cut short.
# The isolation level stays the server's: below REPEATABLE READ a server that logs statements refuses to write.
_LIMITS = (
    "SET SESSION innodb_lock_wait_timeout = %(seconds)s, lock_wait_timeout = %(seconds)s, wait_timeout = %(longer)s, "
    "sql_select_limit = 18446744073709551615"
)
_MATCHED_AND_CHANGED = re.compile(rb"Rows matched: (\d+)  Changed: (\d+)")
"""In the answer to an UPDATE; these words are the same in every language of the server."""
_LONGER = 2
"""Seconds that other limits are longer than the one for locks, whose error says more."""

_RECORD_CHANGED = 1020
"""ER_CHECKREAD: MariaDB with `innodb_snapshot_isolation`."""
_STATEMENT_TIMES = (1969, 3024)
"""A statement ran longer than MariaDB's or MySQL's own limit."""
_DENIED = (
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
)
_LOST = (0, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, ER.SERVER_SHUTDOWN, 1927, 4031)
"""1927: MariaDB, the connection was killed; 4031: MySQL, it was idle for too long; 0: PyMySQL, it is closed."""


class MysqlSession:
    """One connection with CLIENT.FOUND_ROWS, so that matched rows are counted beside changed ones."""

    engine = Engine.MYSQL

    def __init__(self, connection: Connection, line: socket.socket, address: MysqlAddress, patience: Patience) -> None:
        """`line` is a duplicate of the connection's socket."""
        self._connection = connection
        self._line = line
        self._address = address
        self._patience = patience

    def begin(self) -> None:
        """Takes no snapshot: the first statement that looks is the one that locks."""
        self._run("START TRANSACTION READ WRITE", None)

    def locked_row(self, runner_id: int) -> Row | None:
        """Waits for whoever holds the row."""
        rows = self._select(sql_locked.LOCK_RUNNER, id=runner_id)
        return rows[0] if rows else None

    def changes(self) -> int | None:
        """Rows handed to a storage engine by this session, which a trigger's are too.

        MySQL counts its temporary tables among the inserted rows, MariaDB apart; where they cannot be told, inserted
        rows are left out.
        """
        counts = {str(name): int(str(value)) for name, value in self._select(sql_locked.COUNT_MYSQL_CHANGES)}
        if not {"Handler_update", "Handler_delete"} <= counts.keys():
            return None
        inserted = counts["Handler_write"] if "Handler_tmp_write" in counts else 0
        return counts["Handler_update"] + counts["Handler_delete"] + inserted

    def execute(self, statement: Statement, parameters: dict[str, Scalar]) -> Counted:
        """Reads both counts from the words of the answer."""
        text, values = written_for(Engine.MYSQL, statement, parameters)
        matched = self._run(text, values).rowcount  # what FOUND_ROWS makes of it
        message = self._connection._result.message  # type: ignore[attr-defined]  # PyMySQL has no public way to it
        found = _MATCHED_AND_CHANGED.search(message or b"")
        if found is None and matched == 0:  # a condition that cannot hold is answered without a count
            return Counted(0, 0)
        if found is None:
            raise SessionError(Trouble.OTHER, "the server did not say how many rows an UPDATE matched and changed")
        return Counted(int(found[1]), int(found[2]))

    def transaction(self) -> str | None:
        """None: no account may ask what became of a transaction."""
        return None

    def fate(self, transaction: str) -> str | None:
        """None."""
        return None

    def commit(self) -> None:
        """In so many words, whatever `completion_type` says."""
        self._run("COMMIT AND NO CHAIN NO RELEASE", None)

    def rollback(self) -> None:
        """Closes the connection where it can no longer carry the word."""
        try:
            self._run("ROLLBACK AND NO CHAIN NO RELEASE", None)
        except SessionError:
            self.close()

    def close(self) -> None:
        """Closing twice is no error."""
        if self._connection.open:
            with suppress(pymysql.Error, OSError):
                self._connection.close()

    def limit(self) -> None:
        """Sets the limits of the session; whole seconds, one at least."""
        seconds = max(1, math.ceil(self._patience.seconds))
        self._run(_LIMITS, {"seconds": seconds, "longer": seconds + _LONGER})

    def _select(self, statement: Statement, **parameters: Scalar) -> list[Row]:
        text, values = written_for(Engine.MYSQL, statement, parameters)
        return list(self._run(text, values).fetchall())

    def _run(self, text: str, values: dict[str, Scalar] | None) -> Cursor:
        try:
            with limited(self._line, _longer(self._patience)), self._connection.cursor() as cursor:
                cursor.execute(text, values)
                return cursor
        except (pymysql.Error, OSError) as error:
            said = f"{described(self._address)}: {words_of(error)}"
            raise SessionError(_trouble(error, self._connection), said) from error


@contextmanager
def opened_session(address: MysqlAddress, patience: Patience) -> Iterator[MysqlSession]:
    """A session of its own. Raises SourceUnavailable when there is no way in."""
    with connection_to(address, _longer(patience), client_flag=CLIENT.FOUND_ROWS) as (connection, line):
        session = MysqlSession(connection, line, address, patience)
        try:
            session.limit()
        except SessionError as error:
            raise SourceUnavailable(f"{error.said}.", next_step="Check that the server runs.") from error
        yield session


def _longer(patience: Patience) -> Patience:
    return Patience(math.ceil(patience.seconds) + _LONGER)


def _trouble(error: Exception, connection: Connection) -> Trouble:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if not isinstance(error, pymysql.Error) or not connection.open or number in _LOST:
        return Trouble.LOST
    if number in (ER.LOCK_DEADLOCK, _RECORD_CHANGED):
        return Trouble.CONFLICT
    if number == ER.LOCK_WAIT_TIMEOUT or number in _STATEMENT_TIMES:
        return Trouble.LOCKED
    return Trouble.DENIED if number in _DENIED else Trouble.OTHER
