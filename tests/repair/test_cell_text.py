"""A value is the same after it went through the file, and no two values look alike there."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given

from runner_scope_doctor.database.exact.values import ExactValue, RawText
from runner_scope_doctor.repair.cell_text import cell_text, cell_value, hashed_form
from support.backups import exact_values, same

ALIKE: tuple[ExactValue, ...] = (
    None, False, True, 0, 1, 0.0, -0.0, 1.0, Decimal(0), Decimal(1), Decimal("1.0"), Decimal("1E+1"), Decimal(10), "", "0", "1",
    "1.0", "null", "true", b"", b"0", b"1", RawText(b"\xff"), b"\xff", "\xff", "\ud83d\ude00", "😀", "\ud83d", "\\ud83d", 2**63,
    "9223372036854775808",
    float("inf"), float("nan"), Decimal("NaN"), Decimal("Infinity"), '{"bytes":""}',
)  # fmt: skip


@given(exact_values)
def test_a_value_comes_back_from_the_file(value: ExactValue) -> None:
    """Whatever a driver gives, what is read from the backup is that, and it stands on one line of ASCII."""
    text = cell_text(value)
    assert text.isascii()
    assert "\n" not in text
    assert same(cell_value(json.loads(text)), value)


@given(exact_values, exact_values)
def test_two_values_never_look_alike(first: ExactValue, second: ExactValue) -> None:
    """Neither the file nor the hash takes one value for another."""
    assert (cell_text(first) == cell_text(second)) is same(first, second)
    assert (hashed_form(first) == hashed_form(second)) is same(first, second)


def test_values_that_python_calls_equal_are_kept_apart() -> None:
    """True, 1, 1.0, Decimal(1), "1" and b"1" are six values, and the two zeros are two."""
    assert len({cell_text(value) for value in ALIKE}) == len(ALIKE)
    assert len({hashed_form(value) for value in ALIKE}) == len(ALIKE)


@given(exact_values, exact_values, exact_values)
def test_a_column_is_hashed_without_running_together(first: ExactValue, second: ExactValue, third: ExactValue) -> None:
    """Where one value ends and the next begins is part of the hash."""
    one = hashed_form(first) + hashed_form(second)
    assert (one == hashed_form(third)) is False
    assert (one == hashed_form(second) + hashed_form(first)) is same(first, second)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"bytes":"AA=="  ,"text":"/w=="}',
        '{"bytes":5}',
        '{"bytes":"A"}',
        '{"bytes":"AB=="}',
        '{"bytes":"AA==\\n"}',
        '{"text":"YQ=="}',
        '{"surrogates":"YQ=="}',
        '{"float":"1.5"}',
        '{"float":"1e400"}',
        '{"float":"0x1.0p+99999"}',
        '{"decimal":"one"}',
        '{"decimal":"1_0"}',
        '{"integer":"1"}',
        '"\\ud83d"',
    ],
)
def test_what_our_writer_does_not_write_is_refused(text: str) -> None:
    """A second way to write a value, or a kind nobody knows, is damage and no value."""
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is not for people here
        cell_value(json.loads(text))
