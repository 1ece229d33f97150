"""Runs slow calls on a few threads and waits for none of them longer than allowed.

The threads are daemons on purpose: neither a name server that never answers nor a body that drips a byte at a time has
a timeout that Python could set, and the process must be able to end over them. (`concurrent.futures` joins its
threads at exit.)
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


class LaneTimeout(Exception):
    """A call was not back within the time left."""


@dataclass(frozen=True, slots=True)
class _Done(Generic[_Result]):
    result: _Result


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


@dataclass(frozen=True, slots=True)
class _LaneEmpty:
    """A lane found no further call."""


_Report = _Done[_Result] | _Failed | _LaneEmpty


def in_lanes(
    calls: Iterator[Callable[[], _Result]], *, lanes: int, seconds_left: Callable[[], float]
) -> Generator[_Result, None, None]:
    """Yields the calls' results as they come, in no order, with up to `lanes` of them under way.

    Re-raises a call's own error. Raises LaneTimeout when the next result is not there within `seconds_left()`. No new
    call starts once the caller stops listening.
    """
    reports: SimpleQueue[_Report[_Result]] = SimpleQueue()
    stop, lock = Event(), Lock()
    try:
        for _ in range(lanes):
            Thread(target=_drive, args=(calls, reports, stop, lock), daemon=True, name="forgejo-api").start()
        open_lanes = lanes
        while open_lanes:
            match _next_report(reports, seconds_left):
                case _Done(result):
                    yield result
                case _Failed(error):
                    raise error
                case _LaneEmpty():
                    open_lanes -= 1
    finally:
        stop.set()


def _next_report(reports: SimpleQueue[_Report[_Result]], seconds_left: Callable[[], float]) -> _Report[_Result]:
    try:
        return reports.get(timeout=max(seconds_left(), 0))
    except Empty:
        raise LaneTimeout from None


def _drive(
    calls: Iterator[Callable[[], _Result]], reports: SimpleQueue[_Report[_Result]], stop: Event, lock: Lock
) -> None:
    while not stop.is_set():
        with lock:
            call = next(calls, None)
        if call is None:
            reports.put(_LaneEmpty())
            return
        try:
            reports.put(_Done(call()))
        except BaseException as error:  # noqa: BLE001,RUF100 - carried over to the thread that asked, whatever it is
            reports.put(_Failed(error))
            return
