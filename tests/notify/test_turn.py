"""One check of a host after the other goes to the issues."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.notify.turn import Turn, issue_turn


def test_a_turn_that_is_taken_is_waited_for_and_then_left(private: Path) -> None:
    """Whoever does not get its turn in time says which lock, and what to do; the turn itself is undisturbed."""
    lock = private / "issues.lock"
    with issue_turn(lock):
        with pytest.raises(SourceUnavailable) as caught, issue_turn(lock, seconds=0.05):
            pass
        assert f"{lock} is locked" in caught.value.problem
    with issue_turn(lock):
        assert lock.stat().st_mode & 0o777 == 0o600


def test_a_turn_without_a_place_is_told(private: Path) -> None:
    """A state directory that is not there is a sentence, not a traceback."""
    with pytest.raises(SourceUnavailable) as caught, issue_turn(private / "gone" / "issues.lock"):
        pass
    assert "the turn to go to the issues cannot be taken" in caught.value.problem


def test_a_look_that_cannot_be_noted_is_told_as_that(private: Path) -> None:
    """A full disk keeps nobody from having had the turn, and the sentence does not say so."""
    lock = private / "issues.lock"
    with pytest.raises(SourceUnavailable) as caught, issue_turn(lock):
        Turn(path=lock, descriptor=os.open(lock, os.O_RDONLY)).note(looked_at=7)
    assert "that the issues were written cannot be noted" in caught.value.problem


def test_only_a_later_look_overtakes(private: Path) -> None:
    """Not the own second, not a second of a clock that was ahead, and nothing before the first one or in a damaged file."""
    lock = private / "issues.lock"
    with issue_turn(lock) as turn:
        assert not turn.is_overtaken(looked_at=5, now=10)
        turn.note(looked_at=1_000)
        turn.note(looked_at=7)
    with issue_turn(lock) as turn:
        assert [turn.is_overtaken(looked_at=at, now=10) for at in (6, 7, 8)] == [True, False, False]
        assert not turn.is_overtaken(looked_at=5, now=6)
    lock.write_text("seven")
    with issue_turn(lock) as turn:
        assert not turn.is_overtaken(looked_at=5, now=10)
