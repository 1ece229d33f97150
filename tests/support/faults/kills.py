"""kill -9: at every checkpoint, at any moment, in the midst of a write."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.faults.aftermath import Aftermath, Depth, aftermath
from support.faults.driver import KILLED, alone
from support.faults.orders import Orders
from support.faults.scene import Approved, Scene

MEASURED, AGAIN = 4, 25
"""Runs that say how long one takes, and after how many moments that is asked again: the machine has other work too."""
NOTES = 6
"""What is written in pieces that could be cut: five notes of the journal before its end, and the backup."""


NOTED = Checkpoint.STARTED
"""From here on the journal knows of the attempt. Most of a run is before it: nothing to lose there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Seconds that a whole run takes, and that part of it from `NOTED` on."""

    whole: float
    since_noted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """So many seconds after that checkpoint was passed, or after the start (None)."""

    since: Checkpoint | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """`last` is the last checkpoint before the end, None before the first."""

    last: Checkpoint | None
    aftermath: Aftermath


def at_checkpoint(scene: Scene, checkpoint: Checkpoint, plan: Approved, depth: Depth) -> Killed:
    """On SQLite in a process with an interpreter of its own, started as a person starts it; elsewhere in a forked one."""
    scene.reset()
    orders = Orders(die_at=checkpoint)
    if scene.engine is Engine.SQLITE:
        assert alone(scene.apply_arguments(plan), orders) == KILLED
    else:
        assert scene.apply(plan, orders).code == KILLED
    return Killed(last=checkpoint, aftermath=aftermath(scene, plan, depth))


def at_moment(scene: Scene, moment: Moment, plan: Approved, depth: Depth) -> Killed:
    """It may have ended by itself before."""
    scene.reset()
    run = scene.driver.start(scene.apply_arguments(plan))
    if moment.since is not None:
        run.until(moment.since)
    time.sleep(moment.seconds)
    run.kill()
    ended = run.ended()
    assert ended.code in (0, KILLED), ended
    return Killed(last=run.reached[-1] if run.reached else None, aftermath=aftermath(scene, plan, depth))


def in_a_write(scene: Scene, number: int, share: float, plan: Approved, depth: Depth) -> Killed:
    """With only that share of the write on the disk."""
    scene.reset()
    run = scene.driver.start(scene.apply_arguments(plan), Orders(cut_write=(number, share)))
    ended = run.ended()
    assert ended.code == KILLED, (number, share, ended)
    return Killed(last=run.reached[-1] if run.reached else None, aftermath=aftermath(scene, plan, depth))


def lengths(scene: Scene) -> Lengths:
    """The shortest of some runs, here and now."""
    runs = [_timed(scene) for _ in range(MEASURED)]
    return Lengths(whole=min(one.whole for one in runs), since_noted=min(one.since_noted for one in runs))


def moments(scene: Scene, number: int, chance: random.Random) -> Iterator[Moment]:
    """In turn one of the whole run, and one of the part that the journal knows of, each moment as likely as any other."""
    for count in range(number):
        if count % AGAIN == 0:
            here = lengths(scene)
        if count % 2:
            yield Moment(since=NOTED, seconds=chance.uniform(0, here.since_noted))
        else:
            yield Moment(since=None, seconds=chance.uniform(0, here.whole))


def _timed(scene: Scene) -> Lengths:
    scene.reset()
    started = time.perf_counter()
    run = scene.driver.start(scene.apply_arguments(scene.plain))
    run.until(NOTED)
    noted = time.perf_counter()
    assert run.ended().code == 0
    ended = time.perf_counter()
    return Lengths(whole=ended - started, since_noted=ended - noted)
