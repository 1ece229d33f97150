"""A size that no file may pass: writes come short, wherever that size strikes first."""

from __future__ import annotations

from runner_scope_doctor.model.standing import PerhapsChanged, Settled
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.command import Ended
from support.faults.aftermath import Aftermath, Depth, aftermath
from support.faults.orders import Orders
from support.faults.scene import Approved, Row, Scene


def at_most(scene: Scene, most_bytes: int, plan: Approved, since: Checkpoint | None = None) -> tuple[Ended, Aftermath]:
    """The exit code says what is true of the row, and the story can be ended with room enough."""
    scene.reset()
    ended = scene.apply(plan, Orders(most_bytes=most_bytes, most_bytes_from=since))
    row = scene.row(plan)
    match ended.code:
        case 0:
            assert row is Row.NEW
            assert isinstance(scene.standing(plan), Settled)
        case 5 | 6:  # "nothing was changed, the plan may be used again"
            assert row is Row.OLD, ended
            assert not isinstance(scene.standing(plan), PerhapsChanged), ended
        case 7:
            assert row is Row.NEW or isinstance(scene.standing(plan), PerhapsChanged), ended
        case _:
            raise AssertionError(ended)
    return ended, aftermath(scene, plan, Depth.TO_THE_RECEIPT)


def largest_file(scene: Scene) -> int:
    """Bytes of the largest file that an undisturbed apply writes in the state directory, and some more."""
    scene.reset()
    assert scene.apply(scene.plain).code == 0
    state = scene.state
    files = [state.journal, *state.backups.iterdir(), *state.receipts.iterdir()]
    return max(file.stat().st_size for file in files) + 100


def journal_sizes(scene: Scene) -> range:
    """From less than the journal has when the backup is proven, to more than the receipt has: the limits that strike later."""
    scene.reset()
    assert scene.apply(scene.plain).code == 0
    lines = scene.state.journal.read_bytes().splitlines(keepends=True)
    receipt = max(file.stat().st_size for file in scene.state.receipts.iterdir())
    return range(len(b"".join(lines[:2])) - 100, max(receipt, len(b"".join(lines))) + 100)
