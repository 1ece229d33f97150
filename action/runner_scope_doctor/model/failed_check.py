"""A check that ended before it could judge, for the formats that a machine reads without anybody looking at the log."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCheck:
    """Nothing was judged. Never healthy.

    `problem` and `next_step` are those of the error and may contain foreign text; `at` is the Unix second it ended, by the
    clock of this machine.
    """

    problem: str
    next_step: str
    at: int


CheckOutcome = Diagnosis | FailedCheck
