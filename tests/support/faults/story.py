"""A fault with its promised outcome, told to the end: one list for the tests and for the table in docs/faults.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from support.command import Ended
from support.faults.aftermath import Depth, Ending, aftermath, done
from support.faults.scene import Approved, Row, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How the apply with the fault ended, and of which plan it was."""

    ended: Ended
    plan: Approved


Act = Callable[[Scene], AbstractContextManager[Told]]
"""Applies with the fault; when it yields the fault is over, when it ends all is put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`what` is for the table, `code` and `row` are what must come of it, and `says` is in what is printed."""

    what: str
    act: Act
    code: int
    row: Row
    says: str = ""


def tell(scene: Scene, story: Story) -> Ended:
    """Holds the outcome against the promise, and ends the story with the same plan: no fault of these spends one."""
    scene.reset()
    with story.act(scene) as told:
        ended, plan = told.ended, told.plan
        assert ended.code == story.code, ended
        assert story.says in ended.out + ended.err, ended
        assert scene.row(plan) is story.row, ended
        if ended.code == 0:
            done(scene, plan)
        else:
            assert aftermath(scene, plan, Depth.TO_THE_RECEIPT).ending is Ending.FINISHED
    return ended


Telling = Iterator[Told]
