"""What a check that ended in an error tells in the formats that machines read."""

from __future__ import annotations

import time

from runner_scope_doctor.model.errors import DoctorError
from runner_scope_doctor.model.failed_check import FailedCheck


def failed(error: BaseException) -> FailedCheck:
    """The same words as on standard error; of an error of ours only its kind."""
    now = int(time.time())
    match error:
        case DoctorError():
            return FailedCheck(problem=error.problem, next_step=error.next_step, at=now)
        case KeyboardInterrupt():
            return FailedCheck(problem="Interrupted before the look was finished.", next_step="Run it again.", at=now)
        case _:
            return FailedCheck(
                problem=f"An unexpected error of this tool ({type(error).__name__}) ended the look.",
                next_step="Run it again with --debug FILE and report that file.",
                at=now,
            )
