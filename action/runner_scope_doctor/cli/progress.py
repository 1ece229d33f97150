"""A word to the person who waits: on a terminal, and only after a second."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_FIRST_WORD = 1.0
_NEXT_WORDS = 5.0


@contextmanager
def told_when_waiting(what: str) -> Iterator[None]:
    """Says on standard error that `what` is still going on, after one second and every five from then on."""
    if not sys.stderr.isatty():
        yield
        return
    # Not loaded where nobody watches.
    import threading

    done = threading.Event()

    def tell() -> None:
        waited = _FIRST_WORD
        pause = _FIRST_WORD
        while not done.wait(pause):
            with suppress(OSError):  # the terminal may have gone away
                sys.stderr.write(f"{what} … {waited:.0f} s\n")
            pause = _NEXT_WORDS
            waited += pause

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
