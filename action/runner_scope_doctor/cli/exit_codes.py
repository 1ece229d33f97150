"""What the process ends with. `docs/exit-codes.md` has the same table, held equal by a test."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that judge nothing do not load what a diagnosis is made of
    from runner_scope_doctor.model.diagnosis import Verdict


class ExitCode(IntEnum):
    """1 is never used: it is what Python ends with when a program crashes."""

    HEALTHY = 0
    USAGE = 2
    INVALID = 3
    INCONCLUSIVE = 4
    REFUSED = 5
    FAILED = 6
    UNCERTAIN = 7
    UNHEALTHY = 10


class NagiosCode(IntEnum):
    """What `check` ends with instead when `nagios` is the only format, by the names of a plugin's states."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def exit_code_of(verdict: Verdict) -> ExitCode:
    """The code a verdict ends with: the one of its name."""
    return ExitCode[verdict.name]
