"""SQLite, opened so that nothing is changed and nothing is left behind."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.files.beginning import beginning_of
from runner_scope_doctor.model.errors import ColumnMissing, SourceUnavailable, TableMissing
from runner_scope_doctor.model.server import Engine

_MAGIC = b"SQLite format 3\x00"
_WRITE_VERSION_OFFSET = 18
_WRITE_AHEAD_LOG = b"\x02"
"""Byte 18 of the file header is 2 for a database in WAL mode (SQLite file format, section 1.3.3)."""
_STEPS = 100_000
"""Instructions of SQLite's virtual machine between two looks at the clock: some milliseconds."""
_NOT_UTF8 = "Could not decode to UTF-8"
"""How Python's driver begins to say that a text is none (`Modules/_sqlite/cursor.c`)."""
_BESIDE = ("-wal", "-shm", "-journal")


class SqliteReader:
    """One `mode=ro` connection in autocommit: each statement locks only while it runs, so the server can write."""

    engine = Engine.SQLITE
    schema = None

    def __init__(self, connection: sqlite3.Connection, path: Path, patience: Patience) -> None:
        self._connection = connection
        self._path = path
        self._patience = patience

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """All rows at once, so that the shared lock is released before anyone looks at them."""
        text, values = written_for(Engine.SQLITE, statement, parameters)
        deadline = time.monotonic() + self._patience.seconds
        # A view can go on for ever; the timeout of the connection is for locks only.
        self._connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            return self._read(text, values)
        except sqlite3.Error as error:
            raise _translated(error, self._path) from error

    def _read(self, text: str, values: dict[str, Scalar]) -> list[Row]:
        try:
            return self._connection.execute(text, values).fetchall()
        except sqlite3.OperationalError as error:
            if self._connection.text_factory is not str or not str(error).startswith(_NOT_UTF8):
                raise
        # Rare, and three times as slow for every text of the answer.
        self._connection.text_factory = _text
        try:
            return self._connection.execute(text, values).fetchall()
        finally:
            self._connection.text_factory = str

    def keep_exact(self) -> None:
        """Text that is no UTF-8 is kept as its bytes."""
        from runner_scope_doctor.database.exact.values import exact_text  # not loaded for a check

        self._connection.text_factory = exact_text


@contextmanager
def opened_for_reading(address: SqliteAddress, patience: Patience) -> Iterator[SqliteReader]:
    """A read-only connection. Raises SourceUnavailable when the file cannot be read or must not be opened by us."""
    path = Path(os.path.realpath(address.path))
    header = _header(path)
    _refuse_what_is_no_database(path, header)
    _refuse_to_leave_files_behind(path, header)
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=patience.seconds, isolation_level=None
        )
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    with closing(connection):
        yield SqliteReader(connection, path, patience)


def _text(value: bytes) -> str:
    # SQLite stores any bytes as TEXT; a name that is no UTF-8 must not stop the check.
    return value.decode("utf-8", "backslashreplace")


def _header(path: Path) -> bytes:
    try:
        return beginning_of(path, len(_MAGIC) + 4)
    except FileNotFoundError as error:
        raise SourceUnavailable(
            f"There is no SQLite database at {path}.",
            next_step="Give the path of the server's own file ([database] PATH in its app.ini), "
            "as seen from this machine.",
        ) from error
    except IsADirectoryError as error:
        raise SourceUnavailable(
            f"{path} is a folder, not a SQLite database.",
            next_step="Name the file in it, often forgejo.db or gitea.db.",
        ) from error
    except PermissionError as error:
        raise SourceUnavailable(
            f"The SQLite database {path} may not be read by user id {os.geteuid()}.",
            next_step="Run the check as the user the Forgejo server runs as.",
        ) from error
    except OSError as error:
        raise SourceUnavailable(
            f"The SQLite database {path} could not be read: {error.strerror}.", next_step="Look at that file."
        ) from error


def _refuse_what_is_no_database(path: Path, header: bytes) -> None:
    if header and not header.startswith(_MAGIC):
        raise SourceUnavailable(
            f"{path} is not a SQLite database.",
            next_step="Name the server's own file ([database] PATH in its app.ini).",
        )
    if not header:
        raise SourceUnavailable(
            f"{path} is empty: no server has written a table there.",
            next_step="Name the server's own file ([database] PATH in its app.ini).",
        )
    for beside in (Path(f"{path}{ending}") for ending in _BESIDE):
        # SQLite opens these by itself, and would wait there for a writer.
        if is_odd(beside):
            raise SourceUnavailable(
                f"{beside} is no regular file, so the database beside it was not opened.",
                next_step="Remove it while the server is stopped.",
            )


def is_odd(beside: Path) -> bool:
    """Whether there is something else than a regular file. One look: a server at work removes its journal between two."""
    try:
        return not stat.S_ISREG(beside.lstat().st_mode)
    except OSError:
        return False


def _refuse_to_leave_files_behind(path: Path, header: bytes) -> None:
    """Opening a WAL database whose -wal or -shm is missing creates them, owned by whoever opens it, even read-only.

    Owned by a stranger they keep the server from writing (`attempt to write a readonly database`). SQLite run as
    root gives them the database's owner, so root and the owner may open it.
    """
    # A header cut short has no such byte; SQLite itself refuses that file.
    if header[_WRITE_VERSION_OFFSET : _WRITE_VERSION_OFFSET + 1] != _WRITE_AHEAD_LOG:
        return
    if Path(f"{path}-wal").exists() and Path(f"{path}-shm").exists():
        return
    owner = path.stat().st_uid
    if os.geteuid() in (0, owner):
        return
    raise SourceUnavailable(
        f"{path} is in WAL mode and no server has it open; opening it as user id {os.geteuid()} could leave "
        "files beside it that keep the server from writing. It was not opened.",
        next_step=f"Run the same command as the file's owner: sudo -u '#{owner}' runner-scope-doctor check …, "
        "or start the server first.",
    )


def _translated(error: sqlite3.Error, path: Path) -> SourceUnavailable:
    text = str(error)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        return SourceUnavailable(
            f"{path} did not give an answer within the time limit.",
            next_step="Try again, or give more time with --timeout; if it stays so, look at what stands in place of the "
            "tables, such as a view.",
        )
    if text.startswith("no such table"):
        return TableMissing(
            f"{path}: {text}.", next_step="Check that this is the database of a Forgejo server ([database] in app.ini)."
        )
    if text.startswith("no such column"):
        return ColumnMissing(
            f"{path}: {text}.",
            next_step="The tables are not those of the Forgejo version recorded in them; finish the upgrade first.",
        )
    if "locked" in text or "busy" in text:
        return SourceUnavailable(
            f"{path} stayed locked by another program for the whole time limit.",
            next_step="Try again, or give more time with --timeout.",
        )
    if "readonly" in text and Path(f"{path}-journal").exists():
        return SourceUnavailable(
            f"{path} was left in the middle of a write: its -journal lies beside it, and undoing that write is not ours.",
            next_step="Start the Forgejo server once, which undoes it, then run the check again.",
        )
    if "readonly" in text or "unable to open" in text:
        return SourceUnavailable(
            f"{path} could not be opened read-only ({text}); SQLite needs the server's -wal and -shm files beside it, "
            "or the right to make them.",
            next_step="Run the check as the user the Forgejo server runs as.",
        )
    return SourceUnavailable(
        f"{path} could not be read: {text}.", next_step="Run `PRAGMA integrity_check` on a copy of the file."
    )
