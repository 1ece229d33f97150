"""Read access to a Forgejo database, whatever the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, assert_never

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.statement import Scalar, Statement
from runner_scope_doctor.model.errors import SourceBusy, SourceUnavailable
from runner_scope_doctor.model.server import Engine

Row = tuple[object, ...]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
"""Seconds between tries at a busy server."""
_NO_LIBPQ = "no pq wrapper"
"""How psycopg begins to say that it is there and PostgreSQL's own client library, which it needs, is not."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, one connection or one statement may take, waiting for locks included."""

    seconds: float


class Reader(Protocol):
    """A connection that can only read. Every `read` is a read-only transaction of its own."""

    @property
    def engine(self) -> Engine:
        """Which engine answers."""

    @property
    def schema(self) -> str | None:
        """The PostgreSQL schema that every table is read from; None when `action_runner` is in none, and for others."""

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """All rows of one statement.

        Raises TableMissing, ColumnMissing or AccessDenied for what the engine says of the statement, and
        SourceUnavailable for everything else, a lock held longer than the patience included.
        """


class EngineReader(Reader, Protocol):
    """A reader as the module of its engine makes it."""

    def keep_exact(self) -> None:
        """Every later `read` gives `exact_values.ExactValue`s that lose nothing of what is stored."""


@contextmanager
def driver(package: str, extra: str) -> Iterator[None]:
    """For the import of an engine's module. Raises SourceUnavailable that says how to install what is missing."""
    try:
        yield
    except ImportError as error:
        if str(error).startswith(_NO_LIBPQ):
            raise SourceUnavailable(
                f"PostgreSQL's client library libpq is not on this machine, or cannot be loaded: {_last_words(error)}.",
                next_step="Install the system's (Debian: apt-get install libpq5; Fedora: dnf install libpq), "
                f"or pip install '{package}'",
            ) from error
        raise SourceUnavailable(
            f"The driver {package} for this database could not be loaded: {error}.",
            next_step=f"Install it: pip install '{package}', or from a checkout pip install '.[{extra}]'",
        ) from error


def _last_words(error: ImportError) -> str:
    """What psycopg says of the last way it tried, which is the system's library."""
    return str(error).strip().splitlines()[-1].rpartition(": ")[2].rstrip(".")


@contextmanager
def opened_for_reading(address: DatabaseAddress, patience: Patience) -> Iterator[Reader]:
    """A reader on the database, closed at the end. Raises SourceUnavailable when it cannot be opened."""
    with opened_engine(address, patience) as reader:
        yield reader


@contextmanager
def opened_engine(address: DatabaseAddress, patience: Patience) -> Iterator[EngineReader]:
    """The same, for `exact_reader`, which chooses how values are read."""
    with ExitStack() as stack:
        yield _when_there_is_room(lambda: stack.enter_context(_opened(address, patience)), patience)


def _opened(address: DatabaseAddress, patience: Patience) -> AbstractContextManager[EngineReader]:
    # Each engine is imported only when it is the one asked for: drivers cost most of a run's start-up time.
    match address:
        case SqliteAddress():
            from runner_scope_doctor.database.engines import sqlite

            return sqlite.opened_for_reading(address, patience)
        case PostgresAddress():
            with driver("psycopg[binary]", "postgres"):
                from runner_scope_doctor.database.engines import postgres
            return postgres.opened_for_reading(address, patience)
        case MysqlAddress():
            with driver("PyMySQL", "mysql"):
                from runner_scope_doctor.database.engines import mysql
            return mysql.opened_for_reading(address, patience)
        case _:
            assert_never(address)


def _when_there_is_room(open_once: Callable[[], EngineReader], patience: Patience) -> EngineReader:
    """Tries again while the server is starting or has no connection free, as long as the patience lasts."""
    deadline = time.monotonic() + patience.seconds
    pause = _FIRST_PAUSE
    while True:
        try:
            return open_once()
        except SourceBusy:
            if time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
