"""What an apply asks the rest of the product for, so that it knows neither its settings nor how to look or to approve."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, Reader
from runner_scope_doctor.model.approval import Approval, ApprovalVerdict
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.plan import Plan, PlannedTarget, RowImage
from runner_scope_doctor.model.table import DatabaseIdentity, TableVerdict

FindingKey = tuple[str, int | None]
"""A finding's code and the id of the runner it is about, None when it is not about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLook:
    """The plan's server and row as they are now. `image` is None when there is no live row of that id; `findings` are all
    the check found, warnings included."""

    target: PlannedTarget
    tables: TableVerdict
    image: RowImage | None
    findings: frozenset[FindingKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an apply writes: the files and folders of the host's state directory."""

    journal: Path
    lock: Path
    backups: Path
    receipts: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`approval` judges the evidence anew each time, with the approvals that the journal has noted for the plan; `references`
    names the pieces that were given. `backup_reader` gives exact values; `repair_address` leads to the login that may write.
    `now` is in Unix seconds."""

    look: Callable[[], RowLook]
    approval: Callable[[tuple[Approval, ...]], ApprovalVerdict]
    references: Callable[[], frozenset[str]]
    reader: Callable[[], AbstractContextManager[Reader]]
    backup_reader: Callable[[], AbstractContextManager[Reader]]
    identity: Callable[[], DatabaseIdentity]
    repair_address: DatabaseAddress
    patience: Patience
    now: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """One plan to carry out. `digest` is of the bytes that were read; `carried_out_by` is a login, for reading; `asked_by`
    is the workflow run that asks, None when none does."""

    plan: Plan
    digest: str
    places: Places
    scope: BackupScope
    carried_out_by: str
    asked_by: int | None
    tool_version: str
