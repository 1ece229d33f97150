"""An order is made of an approved plan only when the plan says, to the letter, what this version would run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.database.sql import repair as sql_repair
from runner_scope_doctor.database.writing.values import ChangeOrder, Guard, OrderedStatement
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.plan import (
    Maker,
    Plan,
    PlannedStatement,
    PlannedTarget,
    Purpose,
    RowImage,
    Surroundings,
)
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.plan.make import Circumstances, Fence, Statements, planned, undoing
from runner_scope_doctor.repair.order import ordered

STATEMENTS = Statements(
    clear_owner=sql_repair.CLEAR_OWNER,
    restore_owner=sql_repair.RESTORE_OWNER,
    fence_counter=sql_repair.FENCE_COUNTER,
)
UUID = "7d3c0c5e-1f4a-4b6e-9a51-000000000002"
SICK = RowImage(
    id=5, uuid=UUID, name="deploy", owner_id=1, repo_id=35, description=None, created=None, ephemeral=False,
    token_hash=None, token_salt=None,
)  # fmt: skip


def circumstances(fence: Fence) -> Circumstances:
    """Everything a plan says that is no matter of the row."""
    target = PlannedTarget(
        instance="https://forge.example", engine=Engine.SQLITE, database="/db", identity="file", forgejo="15.0.3",
        major=15, table_fingerprint="0" * 64,
    )  # fmt: skip
    return Circumstances(
        plan_id="0" * 32, tool_version="1", target=target, environment=None,
        surroundings=Surroundings(others=0, fingerprint="0" * 64), maker=Maker(forgejo_id=1, login="alice"),
        created=1, expires=2, fence=fence,
    )  # fmt: skip


def repair(fence: Fence = Fence.WITHOUT) -> Plan:
    """The plan of the user's case."""
    return planned(SICK, "platform-team/platform", STATEMENTS, circumstances(fence))


def test_a_repair_is_ordered_as_it_was_planned() -> None:
    """The guard is the before image, and the statements go by their purposes."""
    row = (("id", 5), ("uuid", UUID), ("owner_id", 1), ("repo_id", 35))
    assert ordered(repair(Fence.WITH), while_live=None) == ChangeOrder(
        guard=Guard(id=5, uuid=UUID, owner_id=1, repo_id=35),
        owner_after=0,
        statements=(
            OrderedStatement(purpose=Purpose.CLEAR_OWNER, parameters=row),
            OrderedStatement(purpose=Purpose.COUNTER_FENCE, parameters=(("repo_id", 35),)),
        ),
        while_live=None,
    )
    assert len(ordered(repair(), while_live=None).statements) == 1


def test_an_undo_is_ordered_as_it_was_planned() -> None:
    """The guard is the repaired row, and the former owner comes back."""
    undo = undoing(repair(), "0" * 64, replace(SICK, owner_id=0), STATEMENTS, circumstances(Fence.WITHOUT))
    order = ordered(undo, while_live=None)
    assert (order.guard, order.owner_after) == (Guard(id=5, uuid=UUID, owner_id=0, repo_id=35), 1)
    assert [one.purpose for one in order.statements] == [Purpose.RESTORE_OWNER]


CHANGE = repair().statements[0]
FENCE = repair(Fence.WITH).statements[1]


def with_parameter(name: str, value: int | str) -> PlannedStatement:
    """The first statement with one value replaced."""
    return replace(CHANGE, parameters=tuple((key, value if key == name else old) for key, old in CHANGE.parameters))


@pytest.mark.parametrize(
    "plan",
    [
        replace(repair(), statements=()),
        replace(repair(), statements=(FENCE,)),
        replace(repair(), statements=(CHANGE, CHANGE)),
        replace(repair(), statements=(FENCE, CHANGE)),
        replace(repair(), statements=(CHANGE, FENCE, FENCE)),
        replace(repair(), statements=(replace(CHANGE, text="UPDATE action_runner SET owner_id = 0"),)),
        replace(repair(), statements=(replace(CHANGE, rows=2),)),
        replace(repair(), statements=(replace(CHANGE, purpose=Purpose.RESTORE_OWNER),)),
        replace(repair(), statements=(with_parameter("id", 6),)),
        replace(repair(), statements=(with_parameter("id", "5"),)),
        replace(repair(), statements=(with_parameter("owner_id", 2),)),
        replace(repair(), statements=(with_parameter("repo_id", 36),)),
        replace(repair(), statements=(with_parameter("uuid", "other"),)),
        replace(repair(), statements=(CHANGE, replace(FENCE, parameters=(("repo_id", 36),)))),
        replace(repair(), after=replace(SICK, owner_id=2)),
        replace(repair(), after=replace(SICK, owner_id=0, repo_id=36)),
        replace(repair(), after=replace(SICK, owner_id=0, name="other")),
        replace(repair(), undoes="0" * 64),
    ],
)
def test_a_plan_that_says_anything_else_is_refused(plan: Plan) -> None:
    """Other text, values, order, number of rows or another after image than this version makes: nothing is run."""
    with pytest.raises(RepairRefused, match="not those that this version would run"):
        ordered(plan, while_live=None)
