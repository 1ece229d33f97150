"""The receipt of a repair of the user's own row."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.model.receipt import ChangedRows, Receipt, Verification
from support.approval_case import a_plan
from support.snapshots import NOW


def receipt(*, major: int = 15) -> Receipt:
    """Of runner 5 of repository 35, on a Forgejo of that major."""
    plan = a_plan()
    row = replace(plan.before, id=5, owner_id=1, repo_id=35)
    plan = replace(
        plan, before=row, after=replace(row, owner_id=0), target=replace(plan.target, major=major), undoes=None
    )
    return Receipt(
        digest="a" * 64,
        plan=plan,
        broken_glass=None,
        approvals=(),
        carried_out_by="opslead",
        tool_version="0.1.0",
        backup="20260514.backup",
        backup_sha256="d" * 64,
        started=NOW,
        committed=NOW + 1,
        statements=tuple(ChangedRows(purpose=one.purpose, matched=1, changed=1) for one in plan.statements),
        verification=Verification(verified=NOW + 2, gone=("RSD001",), new=(), notes=()),
    )
