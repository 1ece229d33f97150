"""What can go wrong between the host and the server, and on the server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.broken_line import Break, BrokenLine
from support.faults.halting import acted_on, with_act_at
from support.faults.scene import Row, Scene
from support.faults.server import another, conflicting, deadlocking, lock_the_row, over_a_line, terminate
from support.faults.story import Act, Story, Telling, Told

IN_THE_TRANSACTION = (Checkpoint.LOCKED, Checkpoint.UPDATED, Checkpoint.COMMITTING)
RETRIES = 3
BRIEFLY = "1"
"""Seconds of patience where something is waited for in vain."""


@contextmanager
def locked(scene: Scene) -> Telling:
    """Somebody else holds the row for longer than the limit."""
    with another(scene) as other:
        ended = with_act_at(
            scene, scene.plain, Checkpoint.UPDATING, lambda: lock_the_row(other), patience=BRIEFLY
        )  # fmt: skip
        other.execute("ROLLBACK")
    yield Told(ended=ended, plan=scene.plain)


def terminated(checkpoint: Checkpoint) -> Act:
    """The server ends the repair's connection there."""

    @contextmanager
    def act(scene: Scene) -> Telling:
        ended = with_act_at(scene, scene.plain, checkpoint, lambda: terminate(scene))
        yield Told(ended=ended, plan=scene.plain)

    return act


def broken(checkpoint: Checkpoint, fault: Callable[[BrokenLine], None]) -> Act:
    """The line breaks there, and later ones work again when the apply has ended."""

    @contextmanager
    def act(scene: Scene) -> Telling:
        with over_a_line(scene) as line:
            plan = scene.approved("plan")
            ended = with_act_at(scene, plan, checkpoint, lambda: fault(line), patience=BRIEFLY)
            line.refusing = False
            yield Told(ended=ended, plan=plan)

    return act


def question_lost(line: BrokenLine) -> None:
    """The next word does not reach the server."""
    line.break_now(Break.QUESTION_LOST)


def answer_lost(line: BrokenLine) -> None:
    """The next word reaches the server, and its answer does not come back."""
    line.break_now(Break.ANSWER_LOST)


def everything_lost(line: BrokenLine) -> None:
    """And there is no other way to the server any more."""
    line.break_now(Break.ANSWER_LOST)
    line.refuse()


@contextmanager
def deadlock(scene: Scene) -> Telling:
    """The engine undoes the repair once, for the sake of another transaction."""
    with another(scene) as other, deadlocking(other) as begin:
        ended, reached = acted_on(scene, scene.fenced, Checkpoint.LOCKED, begin)
    assert reached.count(Checkpoint.LOCKED) == 2, reached
    yield Told(ended=ended, plan=scene.fenced)


def conflicts(times: int) -> Act:
    """The engine cannot serialize the update, so many times."""

    @contextmanager
    def act(scene: Scene) -> Telling:
        with conflicting(scene, times) as begin:
            ended, reached = acted_on(scene, scene.plain, Checkpoint.UPDATING, begin)
        assert reached.count(Checkpoint.LOCKED) == min(times, RETRIES) + 1, reached
        yield Told(ended=ended, plan=scene.plain)

    return act


LOCKED = Story(
    what="row locked for longer than the limit",
    act=locked,
    code=6,
    row=Row.OLD,
    says="locked for longer than the limit",
)
LINES = (
    *(
        Story(what=f"connection ended by the server at: {one.value}", act=terminated(one), code=6, row=Row.OLD)
        for one in IN_THE_TRANSACTION
    ),
    *(
        Story(what=f"line cut at: {one.value}", act=broken(one, question_lost), code=6, row=Row.OLD)
        for one in IN_THE_TRANSACTION
    ),
    Story(
        what="line cut during the commit, its answer lost", act=broken(Checkpoint.COMMITTING, answer_lost), code=0,
        row=Row.NEW, says="The answer to the commit was lost",
    ),
    Story(
        what="server out of reach after the commit", act=broken(Checkpoint.COMMIT_NOTED, BrokenLine.refuse), code=7,
        row=Row.NEW,
    ),
    Story(what="deadlock, the repair undone for another's sake", act=deadlock, code=0, row=Row.NEW),
    Story(what="three serialization failures", act=conflicts(RETRIES), code=0, row=Row.NEW),
    Story(what="four serialization failures", act=conflicts(RETRIES + 1), code=6, row=Row.OLD, says="4 times"),
)  # fmt: skip
SLOW_LINE = Story(
    what="answer to the commit lost, and the server out of reach", act=broken(Checkpoint.COMMITTING, everything_lost),
    code=7, row=Row.NEW, says="could not be looked up",
)  # fmt: skip
"""Looks for the server for five seconds."""
