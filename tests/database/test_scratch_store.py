"""The store in which a backup is proven gives back what was put in."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner_scope_doctor.database.exact.scratch_store import scratch_in_file, scratch_in_memory
from runner_scope_doctor.database.exact.values import ExactValue, RawText
from runner_scope_doctor.model.errors import RepairFailed
from support.backups import exact_values, same

TABLE = "action_runner"


@example([(float("nan"), -0.0, float("-inf"))])
@example([(2**63, -(2**63) - 1, 2**63 - 1)])
@example([("a\x00b", RawText(b"\xff\x00"), "\ud83d\ude00")])
@example([(True, 1, Decimal("-0.0"))])
@given(st.lists(st.tuples(exact_values, exact_values, exact_values), max_size=5))
def test_any_rows_come_back_in_their_order(rows: list[tuple[ExactValue, ...]]) -> None:
    """Every kind of value, in any column, is the same afterwards to the last bit."""
    with scratch_in_memory() as store:
        store.add_table(TABLE, ("id", "rowid", "data"))
        store.add_rows(TABLE, rows)
        found = list(store.rows(TABLE))
    assert len(found) == len(rows)
    assert all(same(*pair) for row in zip(found, rows, strict=True) for pair in zip(*row, strict=True))


def test_the_file_can_be_read_without_us(tmp_path: Path) -> None:
    """Once committed, the file is SQLite's own, and what SQLite has a type for has that type."""
    file = tmp_path / "scratch"
    file.touch()
    row = (7, "builder", b"\x00", None, True, Decimal("1.50"), RawText(b"\xff"), 1.5)
    with scratch_in_file(file) as store:
        store.add_table(TABLE, ("id", "a", "b", "c", "d", "e", "f", "g"))
        store.add_rows(TABLE, [row])
        store.describe_table(TABLE, "CREATE TABLE x", 1, [("id", "bigint", "ab")])
        store.commit()
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"]
    connection = sqlite3.connect(file)
    try:
        kinds = ", ".join(f"typeof({name})" for name in ["id", "a", "b", "c", "d", "e", "f", "g"])
        assert connection.execute(f"SELECT {kinds} FROM {TABLE}").fetchone() == (
            "integer", "text", "blob", "null", "integer", "text", "text", "real",
        )  # fmt: skip
        assert connection.execute(f"SELECT d, e, CAST(f AS BLOB) FROM {TABLE}").fetchone() == (1, "1.50", b"\xff")
        assert connection.execute('SELECT * FROM "saved columns"').fetchall() == [(TABLE, "id", "bigint", "ab")]
    finally:
        connection.close()


def test_a_store_that_cannot_grow_is_a_sentence(tmp_path: Path) -> None:
    """SQLite's own error never reaches a caller."""
    with pytest.raises(RepairFailed, match="scratch store"), scratch_in_file(tmp_path):
        pass
    with scratch_in_memory() as store, pytest.raises(RepairFailed, match="no such table"):
        store.add_rows("action_task", [(1,)])
