"""Why something was not run, or how it ended is not known."""

from __future__ import annotations

from runner_scope_doctor.cli.exit_codes import ExitCode


class NotDone(Exception):
    """`problem` says what and where, `next_step` what to do now; `code` is what to end with."""

    def __init__(self, code: ExitCode, problem: str, *, next_step: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.next_step = next_step
