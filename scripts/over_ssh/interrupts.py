"""What happens when somebody wants this script to end: it still says what it leaves behind, and takes its files away."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def leave_in_order() -> None:
    """From now on each of them raises KeyboardInterrupt; one that our caller had ignored stays so."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def stay() -> None:
    """From now on none of them counts: the end is near, and its last line is still to be said."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def put_off() -> Iterator[None]:
    """Inside none of them interrupts; one that came is a KeyboardInterrupt at the end. For what must not be left half made: a
    process that was started, and of which nobody would know."""
    came: list[int] = []
    raising = [number for number in _ENDING if signal.getsignal(number) is signal.default_int_handler]
    for number in raising:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number in raising:
            signal.signal(number, signal.default_int_handler)
    if came:
        raise KeyboardInterrupt
