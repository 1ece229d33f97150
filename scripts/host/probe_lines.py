"""One line of `--check`: what was tried as whom, and whether it ended as it should."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from host.becoming import Ending, Tried


class Result(Enum):
    """The value is the word at the beginning of the line."""

    OK = "ok"
    FAIL = "FAIL"
    UNSEEN = "NOT SEEN"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`next_step` is for what is not ok, else empty."""

    result: Result
    text: str
    next_step: str = ""


def ok(text: str) -> Line:
    """It ended as it should."""
    return Line(result=Result.OK, text=text)


def fail(text: str, next_step: str) -> Line:
    """The boundary is broken here."""
    return Line(result=Result.FAIL, text=text, next_step=next_step)


def unseen(text: str, next_step: str) -> Line:
    """It could not be tried or told."""
    return Line(result=Result.UNSEEN, text=text, next_step=next_step)


def must_be_denied(who: str, tried: Tried, next_step: str) -> Line:
    """The line of something that must not be possible. What is not there cannot be done either."""
    what = f"{who} tries to {tried.attempt.deed.value} {tried.attempt.path}"
    match tried.ending:
        case Ending.DENIED:
            return ok(f"{what}: denied")
        case Ending.ABSENT:
            return ok(f"{what}: it is not there")
        case Ending.DONE:
            return fail(f"{what}: it can{f' ({tried.detail})' if tried.detail else ''}", next_step)
        case Ending.UNTOLD:
            return unseen(f"{what}: {tried.detail}", "See to that, then check again.")
