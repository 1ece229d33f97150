"""Slow calls on a few threads."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Barrier, Event

import pytest

from runner_scope_doctor.forgejo.lanes import LaneTimeout, in_lanes


def test_every_call_gives_its_result_once() -> None:
    """No result is lost or doubled, however many lanes there are."""
    calls = (partial(pow, number, 2) for number in range(100))
    assert sorted(in_lanes(calls, lanes=4, seconds_left=lambda: 20)) == [number**2 for number in range(100)]


def test_lanes_run_side_by_side() -> None:
    """Four calls that wait for each other all end, which they could not one after the other."""
    barrier = Barrier(4, timeout=20)
    assert len(list(in_lanes((barrier.wait for _ in range(4)), lanes=4, seconds_left=lambda: 20))) == 4


def test_error_of_a_call_reaches_the_caller() -> None:
    """A call's own error is raised where the results are read, not lost in a thread."""
    with pytest.raises(ZeroDivisionError):
        list(in_lanes(iter([partial(divmod, 1, 0)]), lanes=1, seconds_left=lambda: 20))


def test_call_that_hangs_is_not_waited_for() -> None:
    """After the time is up the caller goes on, though the call itself never ends."""
    never = Event()
    began = time.monotonic()
    with pytest.raises(LaneTimeout):
        list(in_lanes(iter([never.wait]), lanes=1, seconds_left=lambda: 0.05))
    never.set()
    assert time.monotonic() - began < 10


def test_process_ends_over_a_call_that_hangs() -> None:
    """A name server or a body without end does not keep the process alive once it has given up."""
    package = Path(sys.modules["runner_scope_doctor"].__file__ or "").parents[1]
    code = (
        f"import sys, threading; sys.path.insert(0, {str(package)!r})\n"
        "from runner_scope_doctor.forgejo.lanes import LaneTimeout, in_lanes\n"
        "try: list(in_lanes(iter([threading.Event().wait]), lanes=1, seconds_left=lambda: 0.05))\n"
        "except LaneTimeout: print('given up')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout, done.stderr) == ("given up\n", "")


def test_no_call_starts_after_the_caller_has_left() -> None:
    """Whoever stops listening stops the lanes: no page is asked for that nobody wants."""
    started: list[int] = []

    def call(number: int) -> int:
        started.append(number)
        time.sleep(0.002)
        return number

    calls: list[Callable[[], int]] = [partial(call, number) for number in range(500)]
    results = in_lanes(iter(calls), lanes=2, seconds_left=lambda: 20)
    next(results)
    results.close()
    time.sleep(0.05)
    assert len(started) < 50
