"""A plan for people: before and after, the SQL, what is not touched, and what happens next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from typing import assert_never

from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.plan import Plan, PlannedStatement, Purpose, RowImage
from runner_scope_doctor.model.wording import counted_noun, duration, masked_uuid, moment, named
from runner_scope_doctor.report.escape import escaped

_PURPOSES = {
    Purpose.CLEAR_OWNER: "the repair",
    Purpose.RESTORE_OWNER: "the way back",
    Purpose.COUNTER_FENCE: "the counter fence, which makes a runner look again that holds the present counter "
    "(it needs UPDATE (version) on action_tasks_version)",
}


class Use(Enum):
    """What the journal says of a plan."""

    NONE = "it was not used"
    NOT_KNOWN = "whether it was used is not known here"
    FAILED = "it was tried, nothing was changed, and it may be used again"
    BEGUN = "it was begun and is not finished"
    DONE = "it was carried out"
    SPENT = "whether it changed the row could not be told, so it may not be used again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When a plan is shown and from when it is no longer good, by the rules of the host too (Unix seconds), from which file,
    what the journal says of it, and by which kinds of evidence it can be approved."""

    now: int
    ends: int
    file: str
    use: Use
    kinds: tuple[EvidenceKind, ...]


def rendered(plan: Plan, digest: str, occasion: Occasion) -> str:
    """The whole plan, ending in the line that says what to do next. Foreign text is escaped line by line."""
    lines = (*_body(plan, digest), *_next(digest, occasion), _last_line(digest, occasion))
    return "".join(f"{escaped(line)}\n" for line in lines)


def _body(plan: Plan, digest: str) -> Iterator[str]:
    target = plan.target
    yield f"plan {digest}"
    yield f"  for: {target.instance} (Forgejo {target.forgejo}), {target.engine.value} database {named(target.database)}"
    yield f"  database: {target.identity}"
    yield f"  made: {moment(plan.created)} by {_maker(plan)}; good until {moment(plan.expires)}"
    reason = f"answers: {plan.finding}" if plan.undoes is None else f"undoes: plan {plan.undoes}"
    yield f"  {reason}, runner {plan.before.id} {named(plan.before.name)} of repository {named(plan.repository)}"
    if plan.environment is not None:
        yield f"  approval environment: {named(plan.environment)}"
    yield ""
    yield "column      before -> after"
    yield from _columns(plan.before, plan.after)
    yield ""
    for statement in plan.statements:
        yield from _statement(statement)
    but = " but that one counter" if any(one.purpose is Purpose.COUNTER_FENCE for one in plan.statements) else ""
    yield f"not touched: every other column of the row, every other row, every other table{but}; nothing is restarted or deleted"
    yield f"beside it: {counted_noun(plan.surroundings.others, 'other runner row')} when the plan was made (for information)"
    yield ""


def _columns(before: RowImage, after: RowImage) -> Iterator[str]:
    for field in fields(RowImage):
        old, new = _shown(before, field.name), _shown(after, field.name)
        yield f"{field.name:<11} {old}" if old == new else f"{field.name:<11} {old} -> {new}   <- the change"


def _shown(image: RowImage, column: str) -> str:
    value = getattr(image, column)
    if column == "uuid":
        return masked_uuid(image.uuid) or ""
    if value is None:
        return "not readable" if column.startswith("token_") else "NULL"
    if column.startswith("token_"):
        return f"sha256 {str(value)[:12]}…"
    return named(value) if isinstance(value, str) else str(value)


def _statement(statement: PlannedStatement) -> Iterator[str]:
    yield f"{_PURPOSES[statement.purpose]}; it must change exactly {counted_noun(statement.rows, 'row')}:"
    yield f"  {statement.text}"
    shown = (
        f":{name} = {masked_uuid(str(value)) if name == 'uuid' else value}" for name, value in statement.parameters
    )
    yield f"  {', '.join(shown)}"
    yield ""


def _maker(plan: Plan) -> str:
    if plan.maker.forgejo_id is None:
        return f"no person ({plan.maker.login})"
    asked = "" if plan.maker.run is None else f" by the workflow run {plan.maker.run.id}"
    return f"{named(plan.maker.login)} (Forgejo user {plan.maker.forgejo_id}){asked}"


def _next(digest: str, occasion: Occasion) -> Iterator[str]:
    if not _may_be_approved(occasion):
        return
    yield "what happens next:"
    yield "  1. a reviewer reads this and approves it:"
    for kind in occasion.kinds:
        yield f"     {_way(kind, digest, occasion)}"
    yield "  2. the host judges the approval, looks at the row again, makes and proves a backup, changes the row,"
    yield "     looks again and writes a receipt:"
    yield f"     runner-scope-doctor apply {shlex.quote(occasion.file)}"
    yield ""


def _way(kind: EvidenceKind, digest: str, occasion: Occasion) -> str:
    match kind:
        case EvidenceKind.DISPATCH:
            return f"starts the repair's workflow with the operation apply and the digest {digest}"
        case EvidenceKind.REVIEW:
            return f"approves a pull request that adds the one file runner-scope-repairs/{digest}"
        case EvidenceKind.SIGNATURE:
            return f"signs the plan: ssh-keygen -Y sign -f KEY -n runner-scope-doctor-plan {shlex.quote(occasion.file)}"
        case _:
            assert_never(kind)


def _may_be_approved(occasion: Occasion) -> bool:
    return occasion.now < occasion.ends and occasion.use in (Use.NONE, Use.NOT_KNOWN, Use.FAILED)


def _last_line(digest: str, occasion: Occasion) -> str:
    match occasion.use:
        case Use.DONE:
            return "USED: this plan was carried out. Next: runner-scope-doctor receipts"
        case Use.BEGUN:
            return "BEGUN: this plan is not finished. Next: runner-scope-doctor status"
        case Use.SPENT:
            return f"SPENT: {occasion.use.value}. Next: look at the row with the check, then make a new plan."
        case Use.NONE | Use.NOT_KNOWN | Use.FAILED:
            return _open_line(digest, occasion)
        case _:
            assert_never(occasion.use)


def _open_line(digest: str, occasion: Occasion) -> str:
    if occasion.now >= occasion.ends:
        ago = duration(occasion.now - occasion.ends)
        return f"EXPIRED {ago} ago: this plan can no longer be approved. Next: make a new one."
    left = duration(occasion.ends - occasion.now)
    told = "" if occasion.use is Use.NONE else f" ({occasion.use.value})"
    return f"PROPOSED: nothing was changed{told}. Next: let another person read and approve {digest} within {left}."
