"""What a repair reads around its change is only read, and holds no secret."""

from __future__ import annotations

from runner_scope_doctor.database.sql import locked as sql_locked
from runner_scope_doctor.database.statement import Statement

TEXTS = [value.text for value in vars(sql_locked).values() if isinstance(value, Statement)]


def test_no_statement_beside_the_three_of_the_repair_changes_a_row() -> None:
    """Each begins with SELECT, or with SHOW where MySQL gives its counts no other way."""
    assert len(TEXTS) > 5
    assert {text.split()[0] for text in TEXTS} == {"SELECT", "SHOW"}


def test_no_secret_column_is_read() -> None:
    """The repair's login has no grant on the token's hash and salt, and needs none."""
    assert not [text for text in TEXTS if "token" in text or "*" in text]
