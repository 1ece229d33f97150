"""Receipts that a journal does not know: it was lost, or put back from before the repair, and has forgotten used plans."""

from __future__ import annotations

import os
from pathlib import Path

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.standing import attempts
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.standing import Attempt

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def forgotten(journal: Journal, receipts: Path) -> tuple[str, ...]:
    """The digests of the plans there is a receipt of in that folder, though by the journal none of them came to its update,
    sorted; none when there is no folder. Raises RepairRefused when the folder cannot be looked at."""
    there = {name.removesuffix(".json") for name in _names(receipts) if name.endswith(".json")}
    return tuple(
        sorted(there - {attempt.started.plan for attempt in attempts(journal) if _came_to_its_update(attempt)})
    )


def _came_to_its_update(attempt: Attempt) -> bool:
    """Whether the row was changed, or may have been."""
    is_settled = attempt.committed_at is not None or attempt.done is not None or attempt.unknown is not None
    return is_settled or (attempt.updating_at is not None and attempt.failed is None)


def _names(folder: Path) -> list[str]:
    try:
        descriptor = os.open(folder, _FLAGS)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RepairRefused(
            f"{folder}: the receipts cannot be looked at: {reason(error)}.",
            next_step="Run this as the folder's owner, and see to it that it is a folder and no symbolic link.",
        ) from error
    try:
        return os.listdir(descriptor)
    finally:
        os.close(descriptor)
