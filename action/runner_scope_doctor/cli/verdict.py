"""What an error comes to at the command line: its last line and its exit code."""

from __future__ import annotations

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.model.errors import (
    ContractRefused,
    DoctorError,
    JournalDamaged,
    RepairFailed,
    RepairRefused,
    RepairUncertain,
    SettingsInvalid,
    SourceUnavailable,
    UsageError,
)


def last_line(error: DoctorError) -> str:
    """What is wrong and what to do next; unescaped."""
    return f"{_heading(error)}: {error.problem} Next: {error.next_step}"


def _heading(error: DoctorError) -> str:
    match error:
        case SourceUnavailable():
            return "INCONCLUSIVE"
        case RepairFailed():
            return "FAILED"
        case RepairUncertain() | JournalDamaged():
            return "UNCERTAIN"
        case _:
            return "REFUSED"


def code_of(error: DoctorError) -> ExitCode:
    """The exit code that stands for it."""
    match error:
        case UsageError():
            return ExitCode.USAGE
        case SettingsInvalid():
            return ExitCode.INVALID
        case ContractRefused(reasons=reasons) if reasons:
            return ExitCode.UNHEALTHY
        case RepairRefused():
            return ExitCode.REFUSED
        case RepairFailed():
            return ExitCode.FAILED
        case RepairUncertain() | JournalDamaged():
            return ExitCode.UNCERTAIN
        case _:
            return ExitCode.INCONCLUSIVE
