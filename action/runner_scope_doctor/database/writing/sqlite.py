"""The repair's connection to a SQLite file: as its owner or root, never creating it, and with the write lock held briefly."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from runner_scope_doctor.database.address import SqliteAddress, described
from runner_scope_doctor.database.engines.sqlite import is_odd
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.sql import locked as sql_locked
from runner_scope_doctor.database.statement import Scalar, Statement
from runner_scope_doctor.database.writing.session import Counted, SessionError, Trouble
from runner_scope_doctor.model.errors import RepairRefused, SourceUnavailable
from runner_scope_doctor.model.server import Engine

_COMMIT_MILLISECONDS = 20
"""How long a commit may wait for readers while it keeps the server from writing; afterwards it gives way and begins anew."""
_SETTINGS = (
    "PRAGMA foreign_keys = OFF",  # as Forgejo has it: no cascade can come of our change
    "PRAGMA trusted_schema = OFF",
    "PRAGMA synchronous = FULL",
)
"""All of this connection alone; nothing is written to the file."""
_BESIDE = ("-wal", "-shm", "-journal")


class SqliteSession:
    """One `mode=rw` connection in autocommit; a transaction is BEGIN IMMEDIATE … COMMIT."""

    engine = Engine.SQLITE

    def __init__(self, connection: sqlite3.Connection, address: SqliteAddress, patience: Patience) -> None:
        self._connection = connection
        self._address = address
        self._milliseconds = max(1, int(patience.seconds * 1000))

    def begin(self) -> None:
        """Waits for the write lock; from then on nothing waits for long."""
        self._run(f"PRAGMA busy_timeout = {self._milliseconds}")
        self._run("BEGIN IMMEDIATE")
        self._run(f"PRAGMA busy_timeout = {_COMMIT_MILLISECONDS}")

    def locked_row(self, runner_id: int) -> Row | None:
        """The whole file is locked already."""
        row: Row | None = self._run(sql_locked.READ_RUNNER.text, {"id": runner_id}).fetchone()
        return row

    def changes(self) -> int | None:
        """All rows the connection changed since it was opened, those of triggers and foreign keys included."""
        return self._connection.total_changes

    def execute(self, statement: Statement, parameters: dict[str, Scalar]) -> Counted:
        """SQLite writes every row that it matches."""
        rows = self._run(statement.text, parameters).rowcount
        return Counted(rows, rows)

    def transaction(self) -> str | None:
        """None: SQLite does not number them."""
        return None

    def fate(self, transaction: str) -> str | None:
        """None."""
        return None

    def commit(self) -> None:
        """Raises SessionError with CROWDED when readers did not give way."""
        try:
            self._run("COMMIT")
        except SessionError as error:
            if error.trouble is Trouble.LOCKED:
                raise SessionError(Trouble.CROWDED, error.said) from error
            raise

    def rollback(self) -> None:
        """Closes the connection where a rollback fails; the next one to open the file finishes it."""
        if self._connection_is_idle():
            return
        try:
            self._run("ROLLBACK")
        except SessionError:
            self.close()

    def close(self) -> None:
        """Closing twice is no error."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _connection_is_idle(self) -> bool:
        # After some errors SQLite has already rolled back by itself.
        return not self._connection.in_transaction

    def _run(self, text: str, values: dict[str, Scalar] | None = None) -> sqlite3.Cursor:
        try:
            return self._connection.execute(text, values or {})
        except sqlite3.Error as error:
            raise SessionError(_trouble(error), f"{described(self._address)}: {error}") from error


@contextmanager
def opened_session(address: SqliteAddress, patience: Patience) -> Iterator[SqliteSession]:
    """A session of its own. Raises RepairRefused when another user owns the file, SourceUnavailable when it cannot be
    opened. While a session is open nothing else in this process may open or close the file but through SQLite: that
    would drop the locks of this one."""
    path = Path(os.path.realpath(address.path))
    refuse_strangers(path)
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, timeout=patience.seconds, isolation_level=None
        )
    except sqlite3.Error as error:
        raise _unopened(path, error) from error
    try:
        connection.text_factory = _text
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
            # Reads the definitions of all tables now, so that it is not done under the lock.
            connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise _unopened(path, error) from error
        yield SqliteSession(connection, address, patience)
    finally:
        connection.close()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def refuse_strangers(path: Path) -> None:
    """Raises RepairRefused unless the caller owns the file or is root, and all beside it are files.

    A -wal, -shm or -journal left by another user than the owner can keep the server from writing or from starting.
    SQLite run as root gives them the database's owner.
    """
    try:
        owner = path.stat().st_uid
        odd = next((name for name in (f"{path}{end}" for end in _BESIDE) if is_odd(Path(name))), None)
    except OSError as error:
        raise SourceUnavailable(
            f"The SQLite database {path} could not be looked at: {error.strerror}.", next_step="Look at that file."
        ) from error
    if odd is not None or not path.is_file():
        raise RepairRefused(
            f"{odd or path} is no regular file, so the database was not opened.",
            next_step="Find out what it is, and remove it while the server is stopped.",
        )
    if os.geteuid() not in (0, owner):
        raise RepairRefused(
            f"{path} belongs to user id {owner}, and this is user id {os.geteuid()}: files left beside it by anyone but "
            "its owner can keep the server from writing. It was not opened.",
            next_step=f"Run the same command as the file's owner (sudo -u '#{owner}' …) or as root.",
        )


def _unopened(path: Path, error: sqlite3.Error) -> SourceUnavailable:
    return SourceUnavailable(
        f"{path} could not be opened for writing: {error}.",
        next_step="Look whether it is the server's own file, and whether another program holds it.",
    )


def _trouble(error: sqlite3.Error) -> Trouble:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    return Trouble.LOCKED if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else Trouble.OTHER
