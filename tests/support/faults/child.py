"""The process something goes wrong in: the real command, whose checkpoints are announced to its orders.

As a program of its own: python -m support.faults.child ORDERS COMMAND...
"""

from __future__ import annotations

import itertools
import os
import resource
import signal
import socket
import stat
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from unittest import mock

from runner_scope_doctor.cli import apply, main
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint
from support.faults.orders import Orders, orders_from_text

GO_ON, HALTED, READY = b"go on", b"halted", b"ready"
ABANDONED = 99
"""Ends a child whose harness went away."""


def obeyed(orders: Orders, arguments: Sequence[str], control: socket.socket | None) -> int:
    """Runs the command under these orders and returns its exit code, if it lives to do so."""
    if orders.held:
        _wait(control, READY)
    if orders.most_bytes_from is None:
        _limit(orders)
    with ExitStack() as stack:
        offset = [0]
        obey = _obedience(orders, control, offset)
        if orders.clock_back is not None:
            real = time.time

            def earlier() -> float:
                return real() - offset[0]

            stack.enter_context(mock.patch.object(time, "time", earlier))
        if orders.cut_write is not None:
            stack.enter_context(mock.patch.object(os, "write", _cut(*orders.cut_write)))

        told = apply.run_announced

        def run_announced(chosen: Namespace, announce: Announce) -> ExitCode:
            def both(checkpoint: Checkpoint) -> None:
                announce(checkpoint)
                obey(checkpoint)

            return told(chosen, both)

        stack.enter_context(mock.patch.object(apply, "run_announced", run_announced))
        return main.main(arguments)


def _obedience(orders: Orders, control: socket.socket | None, offset: list[int]) -> Announce:
    def obey(checkpoint: Checkpoint) -> None:
        if control is not None:
            control.send(checkpoint.name.encode())
        if checkpoint is orders.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if checkpoint is orders.most_bytes_from:
            _limit(orders)
        if checkpoint is orders.halt_at:
            _wait(control, HALTED)
        if orders.clock_back is not None and checkpoint is orders.clock_back[0]:
            offset[0] = orders.clock_back[1]

    return obey


def _limit(orders: Orders) -> None:
    if orders.most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (orders.most_bytes, orders.most_bytes))


def _wait(control: socket.socket | None, said: bytes) -> None:
    if control is None:
        raise ValueError("a process of its own has nobody to wait for")
    control.send(said)
    if control.recv(64) != GO_ON:
        os._exit(ABANDONED)


def _cut(number: int, share: float) -> Callable[[int, bytes], int]:
    """Like os.write, but for the write to a file of that number, in the midst of which the process dies."""
    real, numbers = os.write, itertools.count(1)

    def write(descriptor: int, content: bytes) -> int:
        # What goes to another program or thread goes through a pipe.
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and next(numbers) == number:
            real(descriptor, content[: int(len(content) * share)])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(descriptor, content)

    return write


if __name__ == "__main__":
    sys.exit(obeyed(orders_from_text(sys.argv[1]), sys.argv[2:], None))
