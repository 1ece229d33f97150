"""From a diagnosis to the plan of one repair, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding, FindingKind, NotRepairable, Repairable
from runner_scope_doctor.model.plan import (
    Maker,
    Parameter,
    Plan,
    PlannedStatement,
    PlannedTarget,
    Purpose,
    RowImage,
    Surroundings,
)
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.wording import counted_noun, row_line


class Fence(Enum):
    """Whether the plan also raises the repository's work counter. Never added silently."""

    WITHOUT = "without"
    WITH = "with"


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToRepair:
    """No live row has a combined scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There is something, and no plan for it. `reason` is a sentence, `way_out` says what to do instead."""

    reason: str
    way_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The reviewed texts a plan quotes; they live with all other SQL in the database room."""

    clear_owner: str
    restore_owner: str
    fence_counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Everything a plan says that is no matter of the row. `plan_id` is random; times are Unix seconds. `environment` is
    the host's approval environment that judges it, None where the host has none."""

    plan_id: str
    tool_version: str
    target: PlannedTarget
    environment: str | None
    surroundings: Surroundings
    maker: Maker
    created: int
    expires: int
    fence: Fence


def chosen(diagnosis: Diagnosis, runner_id: int | None) -> ObservedRunner | NothingToRepair | Refused:
    """The one row to repair: the only combined one, or the one that was named."""
    combined = [one for one in diagnosis.findings if one.kind is FindingKind.COMBINED_SCOPE and one.runner is not None]
    if not combined:
        return NothingToRepair()
    if runner_id is not None:
        combined = [one for one in combined if one.runner is not None and one.runner.id == runner_id]
        if not combined:
            return Refused(
                reason=f"Runner {runner_id} has no combined scope.", way_out="Run the check to see which one has."
            )
    if len(combined) > 1:
        rows = "; ".join(row_line(one.runner) for one in combined[:5] if one.runner is not None)
        return Refused(
            reason=f"{counted_noun(len(combined), 'runner')} have a combined scope: {rows}.",
            way_out="Name one with --runner ID; each gets a plan and an approval of its own.",
        )
    return _repairable(combined[0])


def _repairable(finding: Finding) -> ObservedRunner | Refused:
    match finding.repair:
        case Repairable() if finding.runner is not None:
            return finding.runner
        case NotRepairable(reason=reason):
            return Refused(
                reason=f"The row is not repaired: {reason}.",
                way_out="Run `runner-scope-doctor explain RSD001` before anything else.",
            )
        case _:
            raise AssertionError("a combined scope always says whether it is repairable")


def planned(before: RowImage, repository: str, statements: Statements, circumstances: Circumstances) -> Plan:
    """The plan that repairs that row, as it was read a moment ago."""
    guard: tuple[Parameter, ...] = (
        ("id", before.id),
        ("uuid", before.uuid),
        ("owner_id", before.owner_id),
        ("repo_id", before.repo_id),
    )
    change = PlannedStatement(purpose=Purpose.CLEAR_OWNER, text=statements.clear_owner, parameters=guard, rows=1)
    return Plan(
        plan_id=circumstances.plan_id,
        tool_version=circumstances.tool_version,
        target=circumstances.target,
        environment=circumstances.environment,
        finding=FindingKind.COMBINED_SCOPE.value,
        undoes=None,
        repository=repository,
        before=before,
        after=replace(before, owner_id=0),
        statements=(change, *_fence(before, statements, circumstances)),
        surroundings=circumstances.surroundings,
        maker=circumstances.maker,
        created=circumstances.created,
        expires=circumstances.expires,
    )


def undoing(repair: Plan, digest: str, before: RowImage, statements: Statements, circumstances: Circumstances) -> Plan:
    """The plan that gives the row back the owner it had before that repair, whose plan had the digest."""
    former = repair.before.owner_id
    guard: tuple[Parameter, ...] = (
        ("former_owner_id", former),
        ("id", before.id),
        ("uuid", before.uuid),
        ("repo_id", before.repo_id),
    )
    change = PlannedStatement(purpose=Purpose.RESTORE_OWNER, text=statements.restore_owner, parameters=guard, rows=1)
    return Plan(
        plan_id=circumstances.plan_id,
        tool_version=circumstances.tool_version,
        target=circumstances.target,
        environment=circumstances.environment,
        finding=None,
        undoes=digest,
        repository=repair.repository,
        before=before,
        after=replace(before, owner_id=former),
        statements=(change,),
        surroundings=circumstances.surroundings,
        maker=circumstances.maker,
        created=circumstances.created,
        expires=circumstances.expires,
    )


def _fence(before: RowImage, statements: Statements, circumstances: Circumstances) -> Iterator[PlannedStatement]:
    if circumstances.fence is Fence.WITH:
        repository: tuple[Parameter, ...] = (("repo_id", before.repo_id),)
        text = statements.fence_counter
        yield PlannedStatement(purpose=Purpose.COUNTER_FENCE, text=text, parameters=repository, rows=1)


def same_repair(one: Plan, other: Plan) -> bool:
    """Whether two plans propose the same change of the same row of the same server, for the same maker, whenever made.

    Another maker's plan is never the same: who asked for a plan may not approve it, and only the plan says who that is.
    """
    return (
        one.target == other.target
        and one.before == other.before
        and one.after == other.after
        and one.statements == other.statements
        and one.maker == other.maker
        and one.environment == other.environment
        and one.undoes == other.undoes
    )


def fence_of(plan: Plan) -> Fence:
    """Whether the plan has the fence."""
    fenced = any(statement.purpose is Purpose.COUNTER_FENCE for statement in plan.statements)
    return Fence.WITH if fenced else Fence.WITHOUT


def is_expired(plan: Plan, now: int) -> bool:
    """Whether the plan is no longer good at the Unix second `now`."""
    return now >= plan.expires
