"""An apply that waits at a checkpoint while something is done to the world around it."""

from __future__ import annotations

from collections.abc import Callable

from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.command import Ended
from support.faults.driver import Running
from support.faults.orders import Orders
from support.faults.scene import PATIENCE, Approved, Scene


def with_act_at(
    scene: Scene, plan: Approved, checkpoint: Checkpoint, act: Callable[[], None], *, patience: str = PATIENCE
) -> Ended:
    """Does it when the checkpoint is reached for the first time, then lets the apply go on to its end."""
    return acted_on(scene, plan, checkpoint, act, patience=patience)[0]


def acted_on(
    scene: Scene, plan: Approved, checkpoint: Checkpoint, act: Callable[[], None], *, patience: str = PATIENCE
) -> tuple[Ended, list[Checkpoint]]:
    """The same, and all checkpoints that were reached."""
    run = scene.driver.start(scene.apply_arguments(plan, patience=patience), Orders(halt_at=checkpoint))
    _act(run, act)
    while run.until_it_waits():  # a retry comes by again
        run.go_on()
    return run.ended(), run.reached


def _act(run: Running, act: Callable[[], None]) -> None:
    if not run.until_it_waits():
        raise AssertionError(run.ended())
    try:
        act()
    except BaseException:
        run.kill()
        run.ended()
        raise
    run.go_on()
