"""Write access to a Forgejo database: a type of its own, which can do one thing. Only `repair` may import it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol, assert_never

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.reader import Patience, driver
from runner_scope_doctor.database.writing import lookup as repairing_lookup
from runner_scope_doctor.database.writing.session import Session, SessionError
from runner_scope_doctor.database.writing.steps import Announce, CommitUnanswered, carried_out
from runner_scope_doctor.database.writing.values import Changed, ChangeOrder, Moment, NotChanged, RowNow
from runner_scope_doctor.model.errors import RepairFailed, SourceUnavailable
from runner_scope_doctor.model.server import Engine


class RepairAccess(Protocol):
    """A connection that can change one row, once it is found to be the one that was planned for."""

    @property
    def engine(self) -> Engine:
        """Which engine answers."""

    def change(self, order: ChangeOrder, *, at: Announce) -> Changed | NotChanged:
        """Carries the order out in one transaction, and returns when it is committed or the row was found different.

        `at` is called at each moment, inside the transaction but for the last; what it raises before COMMIT undoes the
        change and passes through. After an error the access is used up. Raises RepairRefused for a missing grant,
        RepairFailed when nothing is changed, RepairUncertain when a person must look; never a driver's error.
        """


class _Access:
    """The one kind of access there is, on a session of any engine."""

    def __init__(self, session: Session, address: DatabaseAddress, patience: Patience) -> None:
        self._session = session
        self._address = address
        self._patience = patience

    @property
    def engine(self) -> Engine:
        return self._session.engine

    def change(self, order: ChangeOrder, *, at: Announce) -> Changed | NotChanged:
        try:
            return carried_out(self._session, order, at, self._patience)
        except CommitUnanswered as lost:
            self._session.close()  # its locks must not stand in the way of the look
            found = repairing_lookup.after_commit_sent(self._fresh, order, self._patience, lost)
        except SessionError as lost:
            self._session.close()
            raise repairing_lookup.before_commit_sent(self._fresh, order, self._patience, lost) from lost
        at(Moment.COMMITTED)
        return found

    def _fresh(self, patience: Patience) -> AbstractContextManager[Session]:
        return _opened(self._address, patience)


@contextmanager
def opened_for_repair(address: DatabaseAddress, patience: Patience) -> Iterator[RepairAccess]:
    """Write access, closed at the end. `patience` is for each lock and each statement.

    Raises RepairFailed when the database cannot be opened, RepairRefused when it may not be (SQLite: another user's file).
    """
    with ExitStack() as stack:
        try:
            session = stack.enter_context(_opened(address, patience))
        except SourceUnavailable as error:
            raise RepairFailed(f"{error.problem} Nothing is changed.", next_step=error.next_step) from error
        yield _Access(session, address, patience)


def outcome_of(address: DatabaseAddress, order: ChangeOrder, patience: Patience) -> RowNow:
    """The row as it is under its lock, on a connection of its own: a transaction that still runs is waited for.

    Waits up to twice the patience, also for a server that is starting. Says what the row is, not who made it so: a runner
    registered again can be as before although the change was committed. Raises RepairUncertain when it cannot be seen.
    """
    return repairing_lookup.outcome(lambda longer: _opened(address, longer), order, patience)


def _opened(address: DatabaseAddress, patience: Patience) -> AbstractContextManager[Session]:
    match address:
        case SqliteAddress():
            from runner_scope_doctor.database.writing import sqlite as repairing_sqlite

            return repairing_sqlite.opened_session(address, patience)
        case PostgresAddress():
            with driver("psycopg[binary]", "postgres"):
                from runner_scope_doctor.database.writing import postgres as repairing_postgres
            return repairing_postgres.opened_session(address, patience)
        case MysqlAddress():
            with driver("PyMySQL", "mysql"):
                from runner_scope_doctor.database.writing import mysql as repairing_mysql
            return repairing_mysql.opened_session(address, patience)
        case _:
            assert_never(address)
