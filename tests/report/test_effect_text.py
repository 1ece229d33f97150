"""The words about an effect: none of them claims more than was seen, and none of a stranger's acts."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.effect import (
    AtWork,
    CombinedBeside,
    CounterHeld,
    Effect,
    EffectNotLooked,
    EffectNotSeen,
    EffectSeen,
    GivenJob,
    JobGiven,
    LabelsStoredRaw,
    NeverDeclared,
    NothingWaited,
    Obstacle,
    OnlineAgain,
    PartUnseen,
    PollsQuiet,
    RowChangedAgain,
    Silent,
    TakeableJob,
    Taker,
    TooShort,
)
from runner_scope_doctor.report.effect_text import effect_line, effect_lines
from support.receipts import receipt

JOB = TakeableJob(id=71, name="deploy", runs_on=("deploy",))
GIVEN = GivenJob(id=71, name="deploy", taker=Taker.THIS_RUNNER)
OBSTACLES: tuple[Obstacle, ...] = (
    CombinedBeside(runner_ids=(8, 9)), Silent(), LabelsStoredRaw(labels=("deploy:host",)), NeverDeclared(),
    NothingWaited(others=2), AtWork(running=1), CounterHeld(job=JOB, counter=None), PartUnseen(why="It was denied."), TooShort(),
)  # fmt: skip


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("major", [15, 16])
def test_what_was_not_seen_is_no_success(obstacle: Obstacle, major: int) -> None:
    """Each known reason makes a last line that says so and what to do, in whole sentences."""
    line = effect_line(receipt(major=major), EffectNotSeen(signs=(OnlineAgain(),), obstacles=(obstacle, TooShort())))
    assert line.startswith("DONE: row right, effect not seen: ")
    assert ". Next: " in line
    assert ".." not in line
    assert "  " not in line


def test_every_reason_is_told_above_the_last_line() -> None:
    """The last line has room for one; the lines above have all, with what was seen all the same and the way back."""
    lines = list(effect_lines(receipt(), EffectNotSeen(signs=(OnlineAgain(),), obstacles=OBSTACLES)))
    assert lines[0] == "effect: runner 5 is online again"
    assert len([line for line in lines if line.startswith("effect not seen: ")]) == len(OBSTACLES)
    assert lines[-1] == f"to take it back: runner-scope-doctor undo {receipt().digest}"


def test_a_row_that_was_written_back_is_not_called_right() -> None:
    """The one case in which the repair itself did not last."""
    line = effect_line(receipt(), EffectNotSeen(signs=(), obstacles=(RowChangedAgain(now=None),)))
    assert line.startswith("DONE, AND UNDONE BY OTHERS: runner 5 was repaired, and is gone or deleted")
    assert "RSD022" in line


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (
            EffectSeen(signs=(JobGiven(job=GIVEN),)),
            "DONE: row right, effect seen: job 71 deploy was given to runner 5.",
        ),
        (
            EffectSeen(signs=(PollsQuiet(polls=3, counter=9),)),
            "stood at 9 over 3 polls; no job waited for it, so none was seen to be given.",
        ),
        (
            EffectSeen(signs=(JobGiven(job=GivenJob(id=71, name="x", taker=Taker.NOT_SEEN)),)),
            "was given to a runner (to which, this login may not see).",
        ),
        (
            EffectNotLooked(reason="It is locked.", next_step="Try again."),
            "DONE: row right, effect not looked at: It is locked. Next: Try again.",
        ),
    ],
)
def test_what_was_seen_is_told_as_it_was_seen(effect: Effect, words: str) -> None:
    """A job given away, polls without work, a job whose runner cannot be seen, and no look at all each read as that."""
    assert effect_line(receipt(), effect).endswith(words)


def test_only_the_runner_is_ever_to_be_restarted() -> None:
    """Where a restart is named, it is that of the runner's service, and Forgejo's is ruled out beside it."""
    for obstacle in OBSTACLES:
        line = effect_line(receipt(), EffectNotSeen(signs=(), obstacles=(obstacle,)))
        if "restart" in line.lower():
            assert "Restart the runner's service (never Forgejo) while it runs nothing" in line
