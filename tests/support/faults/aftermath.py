"""What must hold whatever happened to an apply, and how the story ends when people go on from there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import attempts
from runner_scope_doctor.model.journal import OutcomeUnknown
from runner_scope_doctor.model.standing import (
    Begun,
    Changed,
    FailedBefore,
    PerhapsChanged,
    Settled,
    Spent,
    Unused,
)
from runner_scope_doctor.repair.backups import verified
from runner_scope_doctor.repair.needed import needed_backups
from runner_scope_doctor.repair.receipts import read_receipt
from support.command import Ended
from support.faults.scene import Approved, Row, Scene

POSSIBLE = {
    Row.OLD: (Unused, Begun, PerhapsChanged, FailedBefore),
    Row.NEW: (PerhapsChanged, Changed, Settled),
}
"""What the journal may say when nobody looked the outcome up yet."""
OPEN = (Begun, PerhapsChanged, Changed)


class Ending(Enum):
    """How it ended."""

    FINISHED = "the same apply, 0"
    NEW_PLAN = "the same apply refused with the reason, a new plan, 0"


class Depth(Enum):
    """How far the story is told once the row is repaired."""

    TO_THE_RECEIPT = "to the receipt"
    TO_THE_UNDO_PLAN = "to the undo's plan"
    TO_THE_UNDO = "to the undo carried out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What was found right after the fault, and how it ended. `standing` is the journal's word for the plan."""

    row: Row
    standing: str
    ending: Ending


def aftermath(scene: Scene, plan: Approved, depth: Depth) -> Aftermath:
    """Proves it all, then ends the story: the row is repaired, the receipt proven, and the way back is open."""
    row, where = scene.row(plan), scene.standing(plan)
    assert isinstance(where, POSSIBLE[row]), (row, where)
    assert scene.nobody_is_at_it()
    for name in needed_backups(read_journal(scene.state.journal)):
        verified(scene.state.backups, name, sha256=None)
    _status_tells(scene, plan, is_open=isinstance(where, OPEN))
    again = scene.apply(plan)
    used, ending = plan, Ending.FINISHED
    if again.code != 0:
        assert row is Row.OLD, again
        assert isinstance(where, PerhapsChanged), (where, again)
        used, ending = _with_a_new_plan(scene, plan, again), Ending.NEW_PLAN
    done(scene, used)
    _taken_back(scene, used, depth)
    return Aftermath(row=row, standing=type(where).__name__, ending=ending)


def _with_a_new_plan(scene: Scene, plan: Approved, again: Ended) -> Approved:
    """The plan was refused for a reason that the journal keeps, stays refused, and another one is made and works."""
    assert again.code == 5, again
    assert "cannot be told" in again.last_line, again
    assert isinstance(read_journal(scene.state.journal).entries[-1].event, OutcomeUnknown)
    assert isinstance(scene.standing(plan), Spent)
    assert scene.row(plan) is Row.OLD
    new = scene.approved("plan", *(("--with-counter-fence",) if plan.fenced else ()))
    assert new.digest != plan.digest
    ended = scene.apply(new)
    assert ended.code == 0, ended
    assert scene.apply(plan).code == 5
    return new


def done(scene: Scene, plan: Approved) -> None:
    """The row is new, the plan settled, and receipt and backup are what the journal says they are."""
    where = scene.standing(plan)
    assert isinstance(where, Settled), where
    _status_tells(scene, plan, is_open=False)
    assert scene.row(plan) is Row.NEW
    receipt = read_receipt(scene.state.receipts, plan.digest, sha256=where.receipt)
    assert [one.purpose for one in receipt.statements] == [one.purpose for one in receipt.plan.statements]
    verified(scene.state.backups, receipt.backup, sha256=receipt.backup_sha256)
    changes = [one for one in attempts(read_journal(scene.state.journal)) if one.committed_at is not None]
    assert len(changes) == 1


def _taken_back(scene: Scene, plan: Approved, depth: Depth) -> None:
    """The receipt allows the way back, under the same gate; what the fence raised stays raised."""
    if depth is Depth.TO_THE_RECEIPT:
        return
    undo = scene.approved("undo", plan.digest)
    if depth is Depth.TO_THE_UNDO_PLAN:
        return
    before = scene.repaired(plan)
    ended = scene.apply(undo)
    assert ended.code == 0, ended
    found = scene.everything()
    assert found == {**before, "action_runner": scene.original["action_runner"]}


def _status_tells(scene: Scene, plan: Approved, *, is_open: bool) -> None:
    said = scene.doctor("status")
    assert said.code == (10 if is_open else 0), said
    assert (f"apply {plan.digest}" in said.last_line) is is_open, said
