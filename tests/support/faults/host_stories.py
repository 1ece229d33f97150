"""What can go wrong on the host itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

from runner_scope_doctor.model.standing import Unused
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.faults.disk import ReadOnly, altered, deleted, filled, replaced, shortened, small_state
from support.faults.halting import with_act_at
from support.faults.orders import Orders
from support.faults.scene import Row, Scene
from support.faults.story import Act, Story, Telling, Told

MIB = 1 << 20
YEAR = 86400 * 366


def touched(meddle: Callable[[Scene], None]) -> Act:
    """The backup is meddled with between its writing and its proof."""

    @contextmanager
    def act(scene: Scene) -> Telling:
        ended = with_act_at(scene, scene.plain, Checkpoint.BACKUP_WRITTEN, lambda: meddle(scene))
        yield Told(ended=ended, plan=scene.plain)

    return act


@contextmanager
def no_room(scene: Scene) -> Telling:
    """There is less room than any backup needs."""
    with small_state(scene, "4m") as folder:
        with filled(folder, leave=MIB // 2):
            ended = scene.apply(scene.plain)
        yield Told(ended=ended, plan=scene.plain)


@contextmanager
def fills_up(scene: Scene) -> Telling:
    """The disk is full in the midst of a backup of two MiB, of which no piece may stay."""
    with small_state(scene, "4m") as folder:
        for number in range(40):
            scene.world.runner(f"verbose-{number}", id=100 + number, description="x" * 60_000)
        try:
            with filled(folder, leave=MIB + 4096):
                ended = scene.apply(scene.plain)
                assert list(scene.state.backups.iterdir()) == []
        finally:
            scene.world.execute("DELETE FROM action_runner WHERE id >= 100")
        yield Told(ended=ended, plan=scene.plain)


def read_only_from(checkpoint: Checkpoint) -> Act:
    """Nothing can be written to the state directory from there on."""

    @contextmanager
    def act(scene: Scene) -> Telling:
        folder = ReadOnly(scene.state.directory)
        try:
            ended = with_act_at(scene, scene.plain, checkpoint, folder.begin)
        finally:
            folder.end()
        yield Told(ended=ended, plan=scene.plain)

    return act


@contextmanager
def read_only(scene: Scene) -> Telling:
    """Nothing could ever be written to it."""
    folder = ReadOnly(scene.state.directory)
    try:
        folder.begin()
        ended = scene.apply(scene.plain)
        assert isinstance(scene.standing(scene.plain), Unused)
    finally:
        folder.end()
    yield Told(ended=ended, plan=scene.plain)


def clock_back(checkpoint: Checkpoint, seconds: int) -> Act:
    """The clock jumps back there."""

    @contextmanager
    def act(scene: Scene) -> Telling:
        yield Told(ended=scene.apply(scene.plain, Orders(clock_back=(checkpoint, seconds))), plan=scene.plain)

    return act


UNPROVEN = "could not be proven"
BACKUP = (
    Story(what="backup deleted before its proof", act=touched(deleted), code=6, row=Row.OLD, says=UNPROVEN),
    Story(what="one byte of the backup altered", act=touched(altered), code=6, row=Row.OLD, says=UNPROVEN),
    Story(what="last line of the backup cut off", act=touched(shortened), code=6, row=Row.OLD, says=UNPROVEN),
    Story(what="backup replaced by an equal copy", act=touched(replaced), code=6, row=Row.OLD, says=UNPROVEN),
)
READ_ONLY = (
    Story(what="state directory read-only", act=read_only, code=6, row=Row.OLD),
    *(
        Story(what=f"state directory read-only from: {one.value}", act=read_only_from(one), code=6, row=Row.OLD)
        for one in (Checkpoint.APPROVED, Checkpoint.STARTED, Checkpoint.BACKUP_PROVEN)
    ),
    *(
        Story(what=f"state directory read-only from: {one.value}", act=read_only_from(one), code=7, row=Row.NEW)
        for one in (Checkpoint.COMMITTED, Checkpoint.COMMIT_NOTED, Checkpoint.RECEIPT_WRITTEN)
    ),
)
DISK = (
    Story(what="less than 1 MiB free", act=no_room, code=5, row=Row.OLD, says="bytes free"),
    Story(what="disk full while backing up", act=fills_up, code=6, row=Row.OLD, says="could not be written"),
)
CLOCK = tuple(
    Story(what=f"clock back by {words} at: {one.value}", act=clock_back(one, seconds), code=0, row=Row.NEW)
    for words, seconds in (("a second", 1), ("a year", YEAR))
    for one in (Checkpoint.STARTED, Checkpoint.UPDATING, Checkpoint.COMMITTED)
)
HOST_STORIES = BACKUP + DISK + READ_ONLY + CLOCK
