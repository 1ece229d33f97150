"""A value of a row is read for what it is, whatever its column and its driver made of it."""

from __future__ import annotations

import pytest

from runner_scope_doctor.database.cells import integer, integer_or_zero, optional_text, text, text_or_empty


@pytest.mark.parametrize("value", [None, "7", b"7", 7.0])
def test_what_is_no_whole_number_is_none(value: object) -> None:
    """NULL and every other type are no number; Forgejo counts NULL as 0."""
    assert integer(value) is None
    assert integer_or_zero(value) == 0


def test_a_whole_number_is_kept() -> None:
    """A number comes back as it is stored, zero and below included."""
    for number in (0, -1, 2**63 - 1):
        assert integer(number) == integer_or_zero(number) == number


@pytest.mark.parametrize(
    ("value", "expected"),
    [("büro", "büro"), (b"b\xc3\xbcro", "büro"), (b"b\xfcro", "b\\xfcro"), (7, "7"), (1.5, "1.5"), ("", "")],
)
def test_text_of_any_column(value: object, expected: str) -> None:
    """Bytes are UTF-8 and those that are not are shown as escapes, so that an odd name never stops a check."""
    assert text(value) == optional_text(value) == text_or_empty(value) == expected


def test_null_is_no_text() -> None:
    """NULL is told from an empty text by who asks for that, and is empty for who does not."""
    assert optional_text(None) is None
    assert text_or_empty(None) == ""
