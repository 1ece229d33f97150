"""The check's statements on a large server, by our reader and by the bare driver."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence

import psycopg
import pymysql

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.reader import Patience, Reader, Row, opened_for_reading
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.snapshot import Coverage
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest

Sent = tuple[str, dict[str, Scalar]]


class Recording:
    """A reader that notes what it is asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.statements: list[tuple[Statement, dict[str, Scalar | tuple[Scalar, ...]]]] = []

    @property
    def engine(self) -> Engine:
        """The engine of the reader behind."""
        return self._reader.engine

    @property
    def schema(self) -> str | None:
        """The schema of the reader behind."""
        return self._reader.schema

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """Notes and reads."""
        self.statements.append((statement, parameters))
        return self._reader.read(statement, **parameters)


def compared_statements(address: DatabaseAddress, runs: int) -> tuple[float, float]:
    """Median seconds of all statements of one check: through our reader, and through the bare driver, in turn."""
    with opened_for_reading(address, Patience(60)) as reader:
        recording = Recording(reader)
        request = LookRequest(address="bench", instance=None, now=int(time.time()), coverage=Coverage.CANDIDATES)
        observe_database(recording, request)
        asked = recording.statements
        sent = [written_for(reader.engine, statement, parameters) for statement, parameters in asked]
        bare = bare_runner(address)
        ours_seconds, bare_seconds = [], []
        for _ in range(runs):
            ours_seconds.append(timed(lambda: [reader.read(statement, **values) for statement, values in asked]))
            bare_seconds.append(timed(lambda: bare(sent)))
    return statistics.median(ours_seconds), statistics.median(bare_seconds)


def timed(action: Callable[[], object]) -> float:
    """Seconds it takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def bare_runner(address: DatabaseAddress) -> Callable[[Sequence[Sent]], object]:
    """Runs texts on a connection of the driver's own, each in autocommit and fetched whole."""
    match address:
        case SqliteAddress(path=path):
            lite = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            return lambda sent: [lite.execute(text, values).fetchall() for text, values in sent]
        case PostgresAddress(host=host, port=port, name=name, user=user):
            post = psycopg.connect(
                host=host, port=port, dbname=name, user=user, autocommit=True, prepare_threshold=None
            )
            return lambda sent: [post.execute(text.encode(), values or None).fetchall() for text, values in sent]
        case MysqlAddress(socket=socket, name=name, user=user):
            my = pymysql.connect(unix_socket=str(socket), user=user, database=name, autocommit=True)

            def run(sent: Sequence[Sent]) -> None:
                with my.cursor() as cursor:
                    for text, values in sent:
                        cursor.execute(text, values)
                        cursor.fetchall()

            return run
