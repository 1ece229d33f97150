"""Which repair explains that a problem is gone."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.plan import Direction
from runner_scope_doctor.model.standing import Attempt
from runner_scope_doctor.notify.marker import Marker

_CURED = frozenset({FindingKind.COMBINED_SCOPE.value, FindingKind.SCOPE_RECURRED.value})
"""What setting the row's owner right ends. Whatever else is gone may have ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A repair whose receipt is written. `plan` is its digest, `receipt` the SHA-256 of the receipt's file, `at` Unix seconds."""

    plan: str
    receipt: str
    runner_id: int
    at: int


def repairs_of(changes: tuple[Attempt, ...], instance: str) -> tuple[Repair, ...]:
    """Those of that server among the changes of a journal, in their order."""
    return tuple(
        Repair(
            plan=change.started.plan,
            receipt=change.done.receipt,
            runner_id=change.started.runner_id,
            at=change.last_at if change.committed_at is None else change.committed_at,
        )
        for change in changes
        if change.done is not None
        and change.started.direction is Direction.REPAIR
        and change.started.instance.rstrip("/") == instance.rstrip("/")
    )


def repair_behind(marker: Marker, repairs: tuple[Repair, ...]) -> Repair | None:
    """The latest repair of that row since the problem was first found; None when there was none."""
    if marker.code not in _CURED:
        return None
    fitting = [one for one in repairs if one.runner_id == marker.runner_id and one.at >= marker.first]
    return fitting[-1] if fitting else None
