"""A plan for people: before and after, the SQL, what is not touched, and what happens next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

from runner_scope_doctor.model.plan import Plan, PlannedStatement, Purpose, RowImage
from runner_scope_doctor.model.wording import counted_noun, duration, masked_uuid, named
from runner_scope_doctor.report.escape import escaped

_PURPOSES = {
    Purpose.CLEAR_OWNER: "the repair",
    Purpose.COUNTER_FENCE: "the counter fence, which makes a runner look again that holds the present counter "
    "(it needs UPDATE (version) on action_tasks_version)",
}


def rendered(plan: Plan, digest: str, *, now: int) -> str:
    """The whole plan, ending in the line that says what to do next. Foreign text is escaped line by line."""
    return "".join(f"{escaped(line)}\n" for line in (*_body(plan, digest), _last_line(plan, digest, now)))


def _body(plan: Plan, digest: str) -> Iterator[str]:
    target = plan.target
    yield f"plan {digest}"
    yield f"  for: {target.instance} (Forgejo {target.forgejo}), {target.engine.value} database {named(target.database)}"
    yield f"  database: {target.identity}"
    yield f"  made: {_moment(plan.created)} by {_maker(plan)}; good until {_moment(plan.expires)}"
    yield f"  answers: {plan.finding}, runner {plan.before.id} {named(plan.before.name)} of repository {named(plan.repository)}"
    yield ""
    yield "column      before -> after"
    yield from _columns(plan.before, plan.after)
    yield ""
    for statement in plan.statements:
        yield from _statement(statement)
    yield "not touched: every other column of the row, every other row, every other table; nothing is restarted or deleted"
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
    return f"{named(plan.maker.login)} (Forgejo user {plan.maker.forgejo_id})"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _last_line(plan: Plan, digest: str, now: int) -> str:
    if now >= plan.expires:
        return f"EXPIRED {duration(now - plan.expires)} ago: this plan can no longer be approved. Next: make a new one."
    left = duration(plan.expires - now)
    return f"PROPOSED: nothing was changed. Next: let another person read and approve {digest} within {left}."
