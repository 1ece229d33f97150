"""kill -9, anywhere: the row is old or new, everything else untouched, and the next command tells the truth and can go on."""

from __future__ import annotations

import random

import pytest

from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.faults.aftermath import Depth, Ending
from support.faults.kills import NOTES, at_checkpoint, at_moment, in_a_write, moments
from support.faults.scene import Row, Scene

SEED = 20261124
MOMENTS = 20
LAST_OLD = Checkpoint.COMMITTING
"""The last checkpoint at which the row is certainly old."""
EXPECTED = {
    Checkpoint.APPROVED: "Unused",
    Checkpoint.ROW_SEEN: "Unused",
    Checkpoint.STARTED: "Begun",
    Checkpoint.BACKUP_WRITTEN: "Begun",
    Checkpoint.BACKUP_PROVEN: "Begun",
    Checkpoint.UPDATING: "PerhapsChanged",
    Checkpoint.LOCKED: "PerhapsChanged",
    Checkpoint.UPDATED: "PerhapsChanged",
    Checkpoint.COMMITTING: "PerhapsChanged",
    Checkpoint.COMMITTED: "PerhapsChanged",
    Checkpoint.COMMIT_NOTED: "Changed",
    Checkpoint.VERIFIED: "Changed",
    Checkpoint.RECEIPT_WRITTEN: "Changed",
    Checkpoint.DONE: "Settled",
}


@pytest.mark.parametrize("checkpoint", list(Checkpoint), ids=[one.value for one in Checkpoint])
def test_killed_at_a_checkpoint(scene: Scene, checkpoint: Checkpoint) -> None:
    """The row and the journal are what that checkpoint promises; only a plan that came to its update needs a new one."""
    order = list(Checkpoint)
    plan = scene.fenced if order.index(checkpoint) % 2 else scene.plain
    found = at_checkpoint(scene, checkpoint, plan, Depth.TO_THE_UNDO_PLAN).aftermath
    is_old = order.index(checkpoint) <= order.index(LAST_OLD)
    assert found.row is (Row.OLD if is_old else Row.NEW)
    assert found.standing == EXPECTED[checkpoint]
    needs_another = is_old and found.standing == "PerhapsChanged"
    assert found.ending is (Ending.NEW_PLAN if needs_another else Ending.FINISHED)


def test_killed_at_random_moments(scene: Scene) -> None:
    """Twenty moments that a seed spreads over the length of a run."""
    chance = random.Random(f"{SEED} {scene.engine.value}")
    for moment in moments(scene, MOMENTS, chance):
        at_moment(scene, moment, chance.choice((scene.plain, scene.fenced)), Depth.TO_THE_RECEIPT)


@pytest.mark.parametrize("scene", [Engine.SQLITE], ids=["sqlite"], indirect=True)  # the files are alike on all engines
def test_killed_in_the_midst_of_a_write(scene: Scene) -> None:
    """The backup or a line of the journal is cut somewhere: it counts as not written, and the next command goes on behind it."""
    chance = random.Random(f"{SEED} {scene.engine.value} writes")
    for number in range(1, NOTES + 1):
        in_a_write(scene, number, chance.random(), scene.plain, Depth.TO_THE_RECEIPT)
