"""The plan for the user's own row."""

from __future__ import annotations

from runner_scope_doctor.database.sql.repair import CLEAR_OWNER, FENCE_COUNTER, RESTORE_OWNER
from runner_scope_doctor.model.plan import Maker, Plan, PlannedTarget, RowImage, Surroundings
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.plan.make import Circumstances, Fence, Statements, planned
from support.snapshots import NOW

UUID = "37633331-3539-3165-3862-363732323561"


def a_plan(name: str = "rs2000-deploy-host", fence: Fence = Fence.WITHOUT) -> Plan:
    """The plan for the user's own row."""
    row = RowImage(
        id=5, uuid=UUID, name=name, owner_id=1, repo_id=35, description=None, created=1778752200,
        ephemeral=False, token_hash="0" * 64, token_salt=None,
    )  # fmt: skip
    target = PlannedTarget(
        instance="https://git.example.org/", engine=Engine.SQLITE, database="forgejo.db", identity="device 1 inode 2",
        forgejo="15.0.3", major=15, table_fingerprint="f" * 64,
    )  # fmt: skip
    circumstances = Circumstances(
        plan_id="a" * 32, tool_version="0.1.0", target=target, surroundings=Surroundings(others=2, fingerprint="e" * 64),
        maker=Maker(forgejo_id=7, login="opslead"), environment="deploy-runner-repair",
        created=NOW, expires=NOW + 86400, fence=fence,
    )  # fmt: skip
    statements = Statements(clear_owner=CLEAR_OWNER, restore_owner=RESTORE_OWNER, fence_counter=FENCE_COUNTER)
    return planned(row, "platform-team/platform", statements, circumstances)
