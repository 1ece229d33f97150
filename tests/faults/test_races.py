"""Two applies started together: exactly one changes the row."""

from __future__ import annotations

import random

from support.faults.races import one_plan, two_hosts, two_plans
from support.faults.scene import Scene
from support.faults.stages import Stage

SEED = 20261124
APART = 0.03
"""Seconds at most between the two: less than one takes, more than the lock is asked for."""


def test_two_applies_of_one_plan(scene: Scene) -> None:
    """One carries it out; the other is refused, or is told of the receipt."""
    chance = random.Random(f"{SEED} {scene.engine.value} one plan")
    for _ in range(4):
        one_plan(scene, chance.uniform(0, APART))


def test_two_plans_for_one_row(scene: Scene) -> None:
    """One plain, one with the fence: the one that wins is done whole, and of the other nothing."""
    chance = random.Random(f"{SEED} {scene.engine.value} two plans")
    for _ in range(3):
        two_plans(scene, chance.uniform(0, APART))


def test_two_hosts_for_one_row(scene: Scene, stage: Stage) -> None:
    """Two hosts have no lock in common; the row's lock and the guard let one through."""
    chance = random.Random(f"{SEED} {scene.engine.value} two hosts")
    scene.reset()
    other = stage.second_host(scene)
    for _ in range(3):
        two_hosts(scene, other, chance.uniform(0, APART))
