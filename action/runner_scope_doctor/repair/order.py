"""From an approved plan to the order for its one transaction, which the plan's own words have no part in."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.database.sql import repair as sql_repair
from runner_scope_doctor.database.writing.values import ChangeOrder, Guard, LiveRun, OrderedStatement
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.plan import Direction, Parameter, Plan, PlannedStatement, Purpose


def ordered(plan: Plan, *, while_live: LiveRun | None) -> ChangeOrder:
    """The order. `while_live` is the run whose approval it rests on, where the journal has not noted that.

    Raises RepairRefused unless the plan's statements are, to the letter, those that this version makes of its before and
    after image: a plan of another version may mean something else by the same purpose.
    """
    change, fence = _expected(plan), _fence(plan)
    if plan.statements not in ((change,), (change, fence)) or not _is_one_change(plan):
        raise RepairRefused(
            f"The statements of plan {plan.plan_id} are not those that this version would run for it.",
            next_step="Make a new plan with this version, and have it approved.",
        )
    return ChangeOrder(
        guard=Guard(
            id=plan.before.id, uuid=plan.before.uuid, owner_id=plan.before.owner_id, repo_id=plan.before.repo_id
        ),
        owner_after=plan.after.owner_id,
        statements=tuple(OrderedStatement(purpose=one.purpose, parameters=one.parameters) for one in plan.statements),
        while_live=while_live,
    )


def _is_one_change(plan: Plan) -> bool:
    """A repair takes an owner away, an undo gives one back, both of a repository's runner; nothing else changes."""
    owner = plan.before.owner_id if plan.direction is Direction.REPAIR else plan.after.owner_id
    other = plan.after.owner_id if plan.direction is Direction.REPAIR else plan.before.owner_id
    only_owner = replace(plan.before, owner_id=plan.after.owner_id) == plan.after
    return only_owner and owner > 0 and other == 0 and plan.before.repo_id > 0


def _expected(plan: Plan) -> PlannedStatement:
    before = plan.before
    row: tuple[Parameter, ...] = (("id", before.id), ("uuid", before.uuid))
    repository: Parameter = ("repo_id", before.repo_id)
    match plan.direction:
        case Direction.REPAIR:
            return PlannedStatement(
                purpose=Purpose.CLEAR_OWNER,
                text=sql_repair.CLEAR_OWNER,
                parameters=(*row, ("owner_id", before.owner_id), repository),
                rows=1,
            )
        case Direction.UNDO:
            return PlannedStatement(
                purpose=Purpose.RESTORE_OWNER,
                text=sql_repair.RESTORE_OWNER,
                parameters=(("former_owner_id", plan.after.owner_id), *row, repository),
                rows=1,
            )


def _fence(plan: Plan) -> PlannedStatement:
    return PlannedStatement(
        purpose=Purpose.COUNTER_FENCE,
        text=sql_repair.FENCE_COUNTER,
        parameters=(("repo_id", plan.before.repo_id),),
        rows=1,
    )
