"""What Forgejo's ORM writes into a column nobody set: Go's zero value, never NULL, and NULL for a soft delete."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from support.connection import Value
from support.definitions import Column, described

ZERO_VALUES: MappingProxyType[str, Value] = MappingProxyType(
    {"BIGINT": 0, "INT": 0, "BOOL": False, "JSON": "[]", "BLOB": b"", "LONGBLOB": b""}
)
CREATION_TIMES = frozenset({"created", "updated", "created_unix", "updated_unix"})


@cache
def row_defaults(table: str, major: int, now: int) -> MappingProxyType[str, Value]:
    """The values of every column but `id` in a row inserted at `now` (UTC, Unix seconds)."""
    shape = described(table, major)
    return MappingProxyType({column.name: _default(table, column, now) for column in shape if column.name != "id"})


def _default(table: str, column: Column, now: int) -> Value:
    if column.refers_to is not None or (table, column.name) in {("action_runner", "deleted"), ("repo_unit", "config")}:
        return None
    if column.name in CREATION_TIMES:
        return now
    if column.default is not None:
        return _parsed(column.default)
    return ZERO_VALUES.get(column.kind, "")


def _parsed(default: str) -> Value:
    if default in {"true", "false"}:
        return default == "true"
    return default.strip("'") if default.startswith("'") else int(default)
