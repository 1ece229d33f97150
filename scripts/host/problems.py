"""How the installer ends, and why it did not do what it was asked for."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Those of the product (docs/exit-codes.md) that the installer has."""

    DONE = 0
    USAGE = 2
    INCONCLUSIVE = 4
    REFUSED = 5
    FAILED = 6
    BROKEN = 10


class Refused(Exception):
    """Nothing was changed. `problem` says what and where, `next_step` what to do now."""

    def __init__(self, problem: str, *, next_step: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step


class Failed(Refused):
    """Something went wrong half-way; what was done before it stays, and the next run goes on from there."""
