"""Two applies at once: of one plan, of two plans for one row, and on two hosts that know nothing of each other."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import attempts
from support.command import Ended
from support.faults.aftermath import done
from support.faults.orders import Orders
from support.faults.scene import Approved, Scene

Runner = tuple[Scene, Approved]
DONE, REFUSED = 0, 5


def one_plan(scene: Scene, apart: float) -> tuple[Ended, Ended]:
    """One wins; the other is refused, or is shown the receipt when it came after the end."""
    scene.reset()
    ended = _together([(scene, scene.plain)] * 2, apart)
    assert sorted(one.code for one in ended) in ([DONE, DONE], [DONE, REFUSED]), ended
    winners = [one for one in ended if one.code == DONE and not one.last_line.startswith("ALREADY")]
    assert len(winners) == 1, ended
    done(scene, scene.plain)
    _one_change(scene)
    return ended


def two_plans(scene: Scene, apart: float) -> tuple[Ended, Ended]:
    """One wins, and nothing of the other's plan is done."""
    scene.reset()
    ended = _together([(scene, scene.plain), (scene, scene.fenced)], apart)
    done(scene, (scene.plain, scene.fenced)[_winner(ended)])
    _one_change(scene)
    return ended


def two_hosts(scene: Scene, other: Scene, apart: float) -> tuple[Ended, Ended]:
    """Without a lock in common the row's own lock decides: one wins."""
    for one in (scene, other):
        one.reset()
    ended = _together([(scene, scene.plain), (other, other.fenced)], apart)
    winner = _winner(ended)
    done((scene, other)[winner], (scene.plain, other.fenced)[winner])
    loser, its_plan = ((other, other.fenced), (scene, scene.plain))[winner]
    assert loser.nobody_is_at_it()
    assert _committed(loser, its_plan) == 0
    return ended


def _together(runners: Sequence[Runner], apart: float) -> tuple[Ended, Ended]:
    """Both processes stand ready, then the one is let go, and so many seconds later the other."""
    runs = [scene.driver.start(scene.apply_arguments(plan), Orders(held=True)) for scene, plan in runners]
    assert all(run.until_it_waits() for run in runs)
    runs[0].go_on()
    time.sleep(apart)
    runs[1].go_on()
    first, second = (run.ended() for run in runs)
    return first, second


def _winner(ended: tuple[Ended, Ended]) -> int:
    assert sorted(one.code for one in ended) == [DONE, REFUSED], ended
    return [one.code for one in ended].index(DONE)


def _one_change(scene: Scene) -> None:
    assert _committed(scene, scene.plain) + _committed(scene, scene.fenced) == 1
    assert len(list(scene.state.receipts.iterdir())) == 1


def _committed(scene: Scene, plan: Approved) -> int:
    journal = read_journal(scene.state.journal)
    return sum(one.committed_at is not None for one in attempts(journal) if one.started.plan == plan.digest)
