"""Time as a value, so that tests need not wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`monotonic` in seconds from any start, `wall` in Unix seconds UTC, `sleep` takes seconds."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], None]


def system_clock() -> Clock:
    """The machine's own clock."""
    return Clock(monotonic=time.monotonic, wall=time.time, sleep=time.sleep)
