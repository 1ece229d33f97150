"""What a column can hold, as Python values that lose nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from runner_scope_doctor.model.errors import RepairRefused


@dataclass(frozen=True, slots=True)
class RawText:
    """A text whose bytes are no UTF-8, which SQLite stores as it comes. Texts that are UTF-8 are `str`, never this."""

    content: bytes


ExactValue = None | bool | int | float | Decimal | str | bytes | RawText
"""Kept apart by their type too: True is not 1, and 1 is not 1.0."""
_TYPES = frozenset({type(None), bool, int, float, Decimal, str, bytes, RawText})


def exact_text(content: bytes) -> str | RawText:
    """What SQLite stores as TEXT; for a connection's `text_factory`."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return RawText(content)


def exact_value(value: object) -> ExactValue:
    """The value of a reader that keeps values exact. Raises RepairRefused for a type that was not foreseen."""
    if type(value) not in _TYPES:
        raise RepairRefused(
            f"The database driver gave a value of type {type(value).__name__}, which the backup cannot keep exactly.",
            next_step="Report this as a fault of runner-scope-doctor; nothing was changed.",
        )
    return value  # type: ignore[return-value]  # looked up in the set just above, which mypy does not follow
