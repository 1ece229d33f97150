"""A writing connection as each engine makes it, and what its errors mean for the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from runner_scope_doctor.database.reader import Row
from runner_scope_doctor.database.statement import Scalar, Statement
from runner_scope_doctor.model.server import Engine


class Trouble(Enum):
    """What an engine's error means for the transaction."""

    CONFLICT = "conflict"
    """Undone by the engine for the sake of another transaction; the next try may pass."""
    CROWDED = "crowded"
    """SQLite could not commit beside a reader; tried again for as long as the patience lasts."""
    LOCKED = "locked"
    """A lock was held longer than the patience."""
    LOST = "lost"
    """The connection is gone."""
    DENIED = "denied"
    """The login may not do this."""
    OTHER = "other"


class SessionError(Exception):
    """An engine's error, sorted. `said` has where and what on one line, without a full stop."""

    def __init__(self, trouble: Trouble, said: str) -> None:
        super().__init__(said)
        self.trouble = trouble
        self.said = said


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows one statement matched and changed."""

    matched: int
    changed: int


class Session(Protocol):
    """One writing connection with at most one transaction. All but `rollback` and `close` raise SessionError."""

    @property
    def engine(self) -> Engine:
        """Which engine answers."""

    def begin(self) -> None:
        """Begins a transaction and, on SQLite, waits for the write lock."""

    def locked_row(self, runner_id: int) -> Row | None:
        """uuid, owner_id, repo_id and 1 for live of the row, locked from now on; None when there is no such row."""

    def changes(self) -> int | None:
        """How many rows of any table the session has changed so far, triggers included; None when nobody counts."""

    def execute(self, statement: Statement, parameters: dict[str, Scalar]) -> Counted:
        """Runs one changing statement."""

    def transaction(self) -> str | None:
        """The engine's number of this transaction, by which `fate` can be asked; None where there is none."""

    def fate(self, transaction: str) -> str | None:
        """'committed', 'aborted' or 'in progress' of such a number, None when the engine does not know."""

    def commit(self) -> None:
        """Commits."""

    def rollback(self) -> None:
        """Ends the transaction without a change; where that cannot be said any more, closes the connection."""

    def close(self) -> None:
        """Closes the connection; the engine undoes what was not committed."""
