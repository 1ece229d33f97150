"""What happens when somebody wants this script to end: it still says what it leaves behind, and takes its files away."""

from __future__ import annotations

import signal

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
