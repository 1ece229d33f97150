"""What remains of a change that was made: enough to prove it and to undo it."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.approval import Approval, BrokenGlass
from runner_scope_doctor.model.plan import Plan, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRows:
    """How many rows a statement matched and changed, as the engine counted them; changed is what MySQL calls so, and the
    same as matched on the other engines. None when the process that counted them died."""

    purpose: Purpose
    matched: int | None
    changed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was looked at afterwards, on a fresh connection. `gone` are codes of findings about the row that are there no
    more, `new` such that were not there before. `notes` are sentences about what else moved, such as rows the server
    added meanwhile."""

    verified: int
    gone: tuple[str, ...]
    new: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A change of one row. Times are UTC in Unix seconds; `committed` is None when the process that committed died.

    `digest` is the plan's. `carried_out_by` is the login that ran the command, for reading: who answers for the change
    are the people of `approvals`, or whoever broke the glass. `backup` and `backup_sha256` name the file that was proven
    before the change.
    """

    digest: str
    plan: Plan
    approvals: tuple[Approval, ...]
    broken_glass: BrokenGlass | None
    carried_out_by: str
    tool_version: str
    backup: str
    backup_sha256: str
    started: int
    committed: int | None
    statements: tuple[ChangedRows, ...]
    verification: Verification
