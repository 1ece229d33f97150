"""What must hold before anything is written: each condition is a sentence of its own when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.plan import Direction, Plan, PlannedTarget, RowImage
from runner_scope_doctor.model.table import Known, PartlySeen, TableVerdict, Unknown
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.repair.ports import RowLook

_NEW_PLAN = "Make a new plan: runner-scope-doctor plan"
_SECRET = frozenset({"token_hash", "token_salt"})
_TARGET_WORDS = {
    "instance": "the instance",
    "engine": "the engine",
    "database": "the database",
    "identity": "the database server",
    "major": "Forgejo's major version",
    "table_fingerprint": "the definition of the table",
}
"""What of a target must still be the same; the patch version may move."""


def require_same_server(plan: Plan, look: RowLook) -> None:
    """Raises RepairRefused when the plan is for another server, database or table than the host's logins lead to."""
    for field, words in _TARGET_WORDS.items():
        was, now = _word(plan.target, field), _word(look.target, field)
        if was != now:
            raise RepairRefused(
                f"The plan is for another server: {words} was {named(was)}, and is {named(now)}.", next_step=_NEW_PLAN
            )
    _require_known(look.tables)


def require_same_row(plan: Plan, look: RowLook) -> None:
    """Raises RepairRefused when the row is not, in all that does not move by itself, what the plan was made for."""
    image = look.image
    if image is None:
        raise RepairRefused(
            f"Runner {plan.before.id} is gone or was deleted since the plan was made.", next_step=_NEW_PLAN
        )
    if same_image(image, plan.after):
        way = "repaired" if plan.direction is Direction.REPAIR else "as before the repair"
        raise RepairRefused(
            f"Runner {plan.before.id} is {way} already: somebody else changed it since the plan was made.",
            next_step="Run the check; there may be nothing left to do.",
        )
    if changes := tuple(_changes(plan.before, image)):
        raise RepairRefused(
            f"Runner {plan.before.id} is not what the plan was made for: {'; '.join(changes)}.", next_step=_NEW_PLAN
        )


def require_same_row_as(left: RowImage, now: RowImage | None) -> RowImage:
    """The row as it is now. Raises RepairRefused when it is no longer as a repair left it."""
    if now is None:
        raise RepairRefused(
            f"Runner {left.id} is gone or was deleted since the repair.", next_step="There is nothing to take back."
        )
    if changes := tuple(_changes(left, now)):
        raise RepairRefused(
            f"Runner {left.id} is no longer as the repair left it: {'; '.join(changes)}.",
            next_step="Run the check: what is there now is another matter than that repair.",
        )
    return now


def same_image(one: RowImage, other: RowImage) -> bool:
    """Whether two images are of the same row in the same state; a secret that one of them could not see is not compared."""
    return not tuple(_changes(one, other))


def _changes(before: RowImage, now: RowImage) -> Iterator[str]:
    for field in (one.name for one in fields(RowImage)):
        was, has = getattr(before, field), getattr(now, field)
        if was == has or (field in _SECRET and None in (was, has)):
            continue
        if field in _SECRET or field == "uuid":
            yield (
                f"its {field} is another one, so it was registered again"
                if field != "uuid"
                else "its uuid is another one"
            )
        else:
            yield f"{field} was {_shown(was)} and is {_shown(has)}"


def _shown(value: object) -> str:
    if value is None:
        return "NULL"
    return named(value) if isinstance(value, str) else str(value)


def _require_known(tables: TableVerdict) -> None:
    match tables:
        case Known():
            return
        case PartlySeen(reasons=reasons):
            raise RepairRefused(
                f"What a change could set off was not seen whole: {' '.join(reasons)}",
                next_step="Give the login of the backup the rights that docs/access-repair.md lists.",
            )
        case Unknown(reason=reason):
            raise RepairRefused(
                f"The table is not as Forgejo makes it: {reason}", next_step="Find out who changed it, then plan again."
            )


def _word(target: PlannedTarget, field: str) -> str:
    value = getattr(target, field)
    return str(getattr(value, "value", value))
