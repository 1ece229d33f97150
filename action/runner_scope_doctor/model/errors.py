"""What can go wrong, sorted by who must act. Only `cli` turns these into exit codes."""

from __future__ import annotations


class DoctorError(Exception):
    """Base of every error this product raises on purpose.

    `problem` says what and where; `next_step` says what a person should do now. Both may contain
    foreign text and are escaped only when printed.
    """

    def __init__(self, problem: str, *, next_step: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.problem} {self.next_step}"


class UsageError(DoctorError):
    """The command line asks for something that does not exist or contradicts itself."""


class SettingsInvalid(DoctorError):
    """A contract, an app.ini, a URL or a token file cannot be used as written."""


class SourceUnavailable(DoctorError):
    """A database, an API or a file could not be looked at. Never means that it is healthy."""


class SourceBusy(SourceUnavailable):
    """The source answered that it has no room or is not ready; a moment later it may."""


class TableMissing(SourceUnavailable):
    """The source answered, and the named table is not there."""


class ColumnMissing(SourceUnavailable):
    """The source answered, and the table lacks a column its Forgejo version should have."""


class AccessDenied(SourceUnavailable):
    """The source answered, and the credentials may not read what was asked for."""


class ContractRefused(DoctorError):
    """No contract is written from what was seen, because it would bless a sick row.

    `reasons` holds one sentence for each such row, in the order of their ids; `problem` names the first of them.
    """

    def __init__(self, problem: str, *, next_step: str, reasons: tuple[str, ...]) -> None:
        super().__init__(problem, next_step=next_step)
        self.reasons = reasons


class RepairRefused(DoctorError):
    """Nothing was touched, because a condition of the plan, its approval or the row does not hold."""


class RepairFailed(DoctorError):
    """Something went wrong before a commit: the row is as it was, and the plan may be used again."""


class RepairUncertain(DoctorError):
    """The row was changed, or may have been, and a person must look. `problem` says what is known."""


class JournalDamaged(DoctorError):
    """The journal of this host does not say what was written into it, or says it in a newer tool's words. Nothing is
    believed of it, so nothing is repaired, until a person has looked."""
