"""Rows of the runner statements in `database/sql/check.py` as values."""

from __future__ import annotations

import json

from runner_scope_doctor.database.cells import integer_or_zero, optional_text, text, text_or_empty
from runner_scope_doctor.database.reader import Row
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import (
    Absent,
    NotANumber,
    ObservedId,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    UnreadableLabels,
    is_set,
)
from runner_scope_doctor.model.scope import OwnerKind

_ORGANIZATION = 1
"""`user.type` of an organisation (Forgejo `models/user/user.go`, UserTypeOrganization)."""
_SHOWN = 200
"""How much of a malformed value is kept, in characters."""

RunnerContext = tuple[ObservedRunner, ObservedRepository | Absent | None, ObservedOwner | Absent | None]
"""A runner with what its repo_id and its owner_id point at; None where that id is 0 or no number."""


def runner_with_context(row: Row) -> RunnerContext:
    """One row of a runner statement. Values of a wrong type are kept as such; nothing is judged.

    Raises SourceUnavailable for an id that is no number: such a table is not Forgejo's.
    """
    runner = ObservedRunner(
        id=_row_id(row[0]),
        uuid=optional_text(row[1]),
        name=text_or_empty(row[2]),
        version=text_or_empty(row[3]),
        owner_id=observed_id(row[4]),
        repo_id=observed_id(row[5]),
        labels=labels(row[6]),
        last_online=integer_or_zero(row[7]) or None,
        deleted=_deleted(row[8], live=row[17] == 1),
        ephemeral=None if row[9] is None else bool(row[9]),
    )
    return runner, _repository(runner.repo_id, row[10:14]), _owner(runner.owner_id, row[14:17])


def labels(stored: object) -> tuple[str, ...] | UnreadableLabels | None:
    """`agent_labels` as Forgejo stores it: a JSON list of names; SQL NULL and JSON null mean never declared.

    Forgejo writes compact JSON without escapes for letters. Any other spelling of an empty list or a colon is not its own,
    and counts as unreadable: the statement that selects doubtful labels looks for Forgejo's spelling only.
    """
    if stored is None:
        return None
    spelling = text(stored)
    try:
        parsed = json.loads(spelling)
    except (ValueError, RecursionError):
        return UnreadableLabels(text=spelling[:_SHOWN])
    if parsed is None and spelling == "null":
        return None
    if isinstance(parsed, list) and all(isinstance(label, str) for label in parsed) and _own_spelling(spelling, parsed):
        return tuple(parsed)
    return UnreadableLabels(text=spelling[:_SHOWN])


def _own_spelling(spelling: str, parsed: list[str]) -> bool:
    if parsed in ([], [""]):
        return spelling in ("[]", '[""]')
    return ":" in spelling or not any(":" in label for label in parsed)


def _repository(repo_id: ObservedId, columns: Row) -> ObservedRepository | Absent | None:
    if not isinstance(repo_id, int) or not is_set(repo_id):
        return None
    found, owner_id, name, owner_name = columns
    if found is None:
        return Absent(id=repo_id)
    return ObservedRepository(
        id=repo_id,
        owner_id=integer_or_zero(owner_id),
        owner_name=optional_text(owner_name),
        name=text_or_empty(name),
    )


def _owner(owner_id: ObservedId, columns: Row) -> ObservedOwner | Absent | None:
    if not isinstance(owner_id, int) or not is_set(owner_id):
        return None
    found, name, kind = columns
    if found is None:
        return Absent(id=owner_id)
    return ObservedOwner(
        id=owner_id,
        name=text_or_empty(name),
        kind=OwnerKind.ORGANIZATION if kind == _ORGANIZATION else OwnerKind.USER,
    )


def _row_id(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise SourceUnavailable(
        f"action_runner has the row id {text(value)[:_SHOWN]}, which is no number: this is not Forgejo's own table.",
        next_step="Look at what stands in place of that table, such as a view.",
    )


def observed_id(value: object) -> ObservedId:
    """An `owner_id` or `repo_id` as stored; what is no number is kept as such."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return NotANumber(text=text(value)[:_SHOWN])


def _deleted(value: object, *, live: bool) -> int | None:
    # The statement itself says whether the row is live, so that SQL and we can never differ about odd types.
    if live:
        return None if value is None else 0
    return value if isinstance(value, int) and value else 1
