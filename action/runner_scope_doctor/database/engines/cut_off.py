"""Ends a connection that takes too long: a driver's own limit starts anew with every byte, or there is none."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_off_after(seconds: float, descriptor: int) -> Iterator[Callable[[], bool]]:
    """Shuts the socket of this descriptor down when the block takes longer, which wakes the driver with its own error.

    What is yielded says whether that was done.
    """
    ended = threading.Event()
    # The duplicate shares the driver's connection, and is ours to hold whatever the driver does with its own.
    with socket.socket(fileno=os.dup(descriptor)) as line:

        def cut() -> None:
            ended.set()
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield ended.is_set
        finally:
            timer.cancel()
            timer.join()
