"""The named steps of an apply. A fault harness kills the process at each of them; people are told of some."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import assert_never

from runner_scope_doctor.database.writing.values import Moment


class Checkpoint(Enum):
    """In the order they are reached. From STARTED on the journal knows of the attempt; from UPDATING on a commit may have
    happened; from COMMITTED on it has."""

    APPROVED = "approved"
    ROW_SEEN = "row seen"
    STARTED = "started"
    BACKUP_WRITTEN = "backup written"
    BACKUP_PROVEN = "backup proven"
    UPDATING = "updating"
    LOCKED = "locked"
    UPDATED = "updated"
    COMMITTING = "committing"
    COMMITTED = "committed"
    COMMIT_NOTED = "commit noted"
    VERIFIED = "verified"
    RECEIPT_WRITTEN = "receipt written"
    DONE = "done"


Announce = Callable[[Checkpoint], None]


def checkpoint_of(moment: Moment) -> Checkpoint:
    """The step that a moment of the transaction is."""
    match moment:
        case Moment.LOCKED:
            return Checkpoint.LOCKED
        case Moment.UPDATED:
            return Checkpoint.UPDATED
        case Moment.COMMITTING:
            return Checkpoint.COMMITTING
        case Moment.COMMITTED:
            return Checkpoint.COMMITTED
        case _:
            assert_never(moment)
