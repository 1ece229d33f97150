"""Which backups must stay."""

from __future__ import annotations

from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.standing import attempts
from runner_scope_doctor.model.standing import Attempt


def needed_backups(journal: Journal) -> frozenset[str]:
    """Names of the backups an undo or a person may still need: of each runner the latest that a change was made behind,
    and every one of an attempt that is not settled."""
    latest: dict[tuple[str, int], str] = {}
    needed: set[str] = set()
    for attempt in attempts(journal):
        if attempt.backup is None:
            continue
        if attempt.done is not None:
            latest[attempt.started.instance, attempt.started.runner_id] = attempt.backup.backup
        elif _is_open(attempt):
            needed.add(attempt.backup.backup)
    return frozenset(needed | set(latest.values()))


def _is_open(attempt: Attempt) -> bool:
    """Also one whose outcome is unknown: only a person can settle it."""
    return attempt.failed is None
