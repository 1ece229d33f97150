"""Read access for a backup: the same read-only transactions as the check's, and values that lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, Reader, opened_engine


@contextmanager
def opened_for_backup(address: DatabaseAddress, patience: Patience) -> Iterator[Reader]:
    """A reader whose rows hold `exact_values.ExactValue`s, closed at the end.

    Every `read` is a short transaction of its own, so that no server waits for the backup; what changes between two of
    them is in the backup as either read saw it. Raises SourceUnavailable when the database cannot be opened.
    """
    with opened_engine(address, patience) as reader:
        reader.keep_exact()
        yield reader
