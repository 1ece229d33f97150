"""A fresh SQLite file for one test."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.connection import Connection, FreshDatabase


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """A writing connection in autocommit mode that leaves reaching the disk to the kernel."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


@contextlib.contextmanager
def fresh_sqlite(path: Path) -> Iterator[FreshDatabase]:
    """An empty database in this file, which must not be there yet. The folder's owner removes it."""
    connection = connect_sqlite(path)
    try:
        yield FreshDatabase(
            engine=Engine.SQLITE,
            address=SqliteAddress(path=path),
            connection=_as_connection(connection),
            connect=lambda: _as_connection(connect_sqlite(path)),
        )
    finally:
        connection.close()


def _as_connection(connection: sqlite3.Connection) -> Connection:
    return connection
