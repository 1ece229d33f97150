"""The repair's connection to PostgreSQL: READ COMMITTED, with every limit set inside the transaction itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from runner_scope_doctor.database.address import PostgresAddress, described
from runner_scope_doctor.database.engines.cut_off import cut_off_after
from runner_scope_doctor.database.engines.postgres import PostgresReader, connection_to, words_of
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.sql import locked as sql_locked
from runner_scope_doctor.database.sql.check import SELECT_POSTGRES_SCHEMA
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.database.writing.session import Counted, SessionError, Trouble
from runner_scope_doctor.model.server import Engine

# LOCAL settings end with the transaction, so that a pooler may give the session to someone else afterwards. The idle limit
# frees the row when this process stops or the line breaks. Under READ COMMITTED the server's heartbeats are no conflict.
# A server that does not wait for its disk is told to, for this one commit.
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {patience}; "
    "SET LOCAL statement_timeout = {longer}; SET LOCAL idle_in_transaction_session_timeout = {longer}; "
    "SET LOCAL row_security = off; SELECT pg_catalog.set_config('synchronous_commit', 'local', true) "
    "WHERE pg_catalog.current_setting('synchronous_commit') = 'off'"
)
# Named last, because PostgreSQL otherwise looks for a temporary table first.
_CHOOSE_SCHEMA = "; SET LOCAL search_path = {schema}, pg_temp"
_LONGER = 1.0
"""Seconds that other limits are longer than the one for locks, whose error says more."""
_LOST_STATES = ("08", "57P", "25P03")
"""SQLSTATEs after which the server ends the connection: its own failures, a shutdown or kill, the idle limit."""


class PostgresSession:
    """One autocommit connection on which transactions are begun and ended in so many words."""

    engine = Engine.POSTGRES

    def __init__(
        self, connection: psycopg.Connection[Row], address: PostgresAddress, schema: str | None, patience: Patience
    ) -> None:
        self._connection = connection
        self._address = address
        self._begin = _beginning(schema, patience)
        self._seconds = patience.seconds + 2 * _LONGER

    def begin(self) -> None:
        """One round trip; touches no table."""
        self._run(self._begin, None)

    def locked_row(self, runner_id: int) -> Row | None:
        """Waits for whoever holds the row."""
        return self._select(sql_locked.LOCK_RUNNER, id=runner_id)

    def changes(self) -> int | None:
        """The engine's statistics of this transaction, which everybody may read of their own."""
        row = self._select(sql_locked.COUNT_POSTGRES_CHANGES)
        return row[0] if row is not None and isinstance(row[0], int) else None

    def execute(self, statement: Statement, parameters: dict[str, Scalar]) -> Counted:
        """PostgreSQL writes every row that it matches."""
        text, values = written_for(Engine.POSTGRES, statement, parameters)
        rows = self._run(text.encode(), values).rowcount
        return Counted(rows, rows)

    def transaction(self) -> str | None:
        """The 64-bit transaction id."""
        row = self._select(sql_locked.SELECT_POSTGRES_TRANSACTION)
        return None if row is None else str(row[0])

    def fate(self, transaction: str) -> str | None:
        """None also for an id that this server has not given out yet, such as a standby that took over."""
        try:
            row = self._select(sql_locked.SELECT_POSTGRES_FATE, number=transaction)
        except SessionError as error:
            if error.trouble is Trouble.LOST:
                raise
            return None
        return None if row is None or row[0] is None else str(row[0])

    def commit(self) -> None:
        """COMMIT, which answers ROLLBACK when the transaction had failed before."""
        if self._run("COMMIT", None).statusmessage != "COMMIT":
            raise SessionError(Trouble.OTHER, "the server answered COMMIT with ROLLBACK")

    def rollback(self) -> None:
        """Closes the connection where it can no longer carry the word."""
        try:
            self._run("ROLLBACK", None)
        except SessionError:
            self.close()

    def close(self) -> None:
        """Closing twice is no error."""
        self._connection.close()

    def _select(self, statement: Statement, **parameters: Scalar) -> Row | None:
        text, values = written_for(Engine.POSTGRES, statement, parameters)
        return self._run(text.encode(), values).fetchone()

    def _run(self, text: str | bytes | Composed, values: dict[str, Scalar] | None) -> psycopg.Cursor[Row]:
        try:
            # libpq itself would wait for ever for a server that fell silent.
            with cut_off_after(self._seconds, self._connection.fileno()):
                # psycopg wants literal strings against injection; ours are constants with placeholders only.
                query = text.encode() if isinstance(text, str) else text
                return self._connection.cursor().execute(query, values)
        except psycopg.Error as error:
            said = f"{described(self._address)}: {words_of(error)}"
            raise SessionError(_trouble(error, self._connection), said) from error


@contextmanager
def opened_session(address: PostgresAddress, patience: Patience) -> Iterator[PostgresSession]:
    """A session of its own. Raises SourceUnavailable when there is no way in."""
    with connection_to(address, patience) as connection:
        schema = address.schema
        if schema is None:
            found = PostgresReader(connection, address, patience).read(SELECT_POSTGRES_SCHEMA)
            schema = next((str(name) for (name,) in found), None)
        yield PostgresSession(connection, address, schema, patience)


def _beginning(schema: str | None, patience: Patience) -> Composed:
    limits = {
        "patience": Literal(max(1, int(patience.seconds * 1000))),  # 0 would mean no limit
        "longer": Literal(int((patience.seconds + _LONGER) * 1000)),
    }
    text = SQL(_BEGIN).format(**limits)
    return text if schema is None else text + SQL(_CHOOSE_SCHEMA).format(schema=Identifier(schema))


def _trouble(error: psycopg.Error, connection: psycopg.Connection[Row]) -> Trouble:
    state = error.sqlstate
    if connection.closed or state is None or state.startswith(_LOST_STATES):
        return Trouble.LOST
    match error:
        case psycopg.errors.SerializationFailure() | psycopg.errors.DeadlockDetected():
            return Trouble.CONFLICT
        case psycopg.errors.LockNotAvailable() | psycopg.errors.QueryCanceled():
            return Trouble.LOCKED
        case psycopg.errors.InsufficientPrivilege():
            return Trouble.DENIED
        case _:
            return Trouble.OTHER
