"""A disk that is full, short, read-only or meddled with, and a clock that jumps: nothing is changed without a proven backup."""

from __future__ import annotations

import random

import pytest

from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.faults.disk import CannotMount
from support.faults.host_stories import BACKUP, HOST_STORIES
from support.faults.limits import at_most, journal_sizes, largest_file
from support.faults.scene import Scene
from support.faults.story import Story, tell

SEED = 20261124
SIZES = 7
FILES = tuple(story for story in HOST_STORIES if story not in BACKUP)


@pytest.mark.parametrize("story", BACKUP, ids=[story.what for story in BACKUP])
def test_a_backup_touched_before_it_is_proven(scene: Scene, story: Story) -> None:
    """6, nothing changed; the same plan then works."""
    tell(scene, story)


# The fault is the host's alone, so one engine is enough here; `scripts/faults` meets it on all of them.
@pytest.mark.parametrize("scene", [Engine.SQLITE], ids=["sqlite"], indirect=True)
@pytest.mark.parametrize("story", FILES, ids=[story.what for story in FILES])
def test_a_disk_or_clock_that_fails(scene: Scene, story: Story) -> None:
    """What cannot be noted is not done; what is done is told, 7 if need be; and the same plan ends it when all is well again."""
    try:
        tell(scene, story)
    except CannotMount as error:
        pytest.skip(f"no file system of its own: {error}")


def test_no_file_may_grow_beyond_some_size(scene: Scene) -> None:
    """Short writes anywhere, of journal, backup, receipt and a SQLite file: the exit code is true, and it can go on."""
    chance = random.Random(f"{SEED} {scene.engine.value} sizes")
    largest = largest_file(scene)
    for number in range(SIZES):
        at_most(scene, int(largest * (number + chance.random()) / SIZES), scene.plain)


def test_no_file_may_grow_beyond_some_size_once_the_backup_is_proven(scene: Scene) -> None:
    """Short writes of the later notes, of the receipt and of a SQLite file: 6 only where the plan can be used again."""
    chance = random.Random(f"{SEED} {scene.engine.value} later sizes")
    sizes = journal_sizes(scene)
    for number in range(SIZES):
        at_most(
            scene, sizes[int(len(sizes) * (number + chance.random()) / SIZES)], scene.plain, Checkpoint.BACKUP_PROVEN
        )
