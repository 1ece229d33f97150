"""Single values out of JSON."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.forgejo.json_fields import (
    WrongShape,
    flag_of,
    integer_of,
    list_of,
    object_of,
    text_of,
    time_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-23T18:15:34Z", 1_795_457_734),
        ("2026-11-23T19:15:34+01:00", 1_795_457_734),
        ("2026-11-23T18:15:34.999999999Z", 1_795_457_734),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
    ],
)
def test_times_as_go_writes_them(text: str, seconds: int) -> None:
    """Offsets and fractions of any length are read, and Go's time of nothing is long ago."""
    assert time_of({"at": text}, "at") == seconds


@pytest.mark.parametrize(
    "value",
    [
        None, 0, "", "2026-11-23", "2026-11-23T18:15:34", "2026-11-23 18:15:34Z", "2026-13-01T00:00:00Z",
        "2026-11-23T18:15:34Z\n", "2026-11-23T25:00:00Z", "2026-11-23T18:15:34+99:00", "\uff12026-11-23T18:15:34Z",
        "0000-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "20261123T181534Z",
    ],
)  # fmt: skip
def test_what_is_no_time(value: object) -> None:
    """A time without an offset, one that does not exist and anything else are refused."""
    with pytest.raises(WrongShape, match="at is no"):
        time_of({"at": value}, "at")


@pytest.mark.parametrize("value", [None, 0, 1, "true", [], {}])
def test_a_flag_is_true_or_false(value: object) -> None:
    """What other languages take for true or false is neither."""
    assert flag_of({"stale": False}, "stale") is False
    with pytest.raises(WrongShape, match="stale is neither true nor false"):
        flag_of({"stale": value}, "stale")


@given(JSON)
def test_any_json_is_a_value_or_a_wrong_shape(value: object) -> None:
    """Each reader returns its type or says that the shape is wrong, also for a key that is missing."""
    for item in ({}, {"k": value}):
        for read, kind in ((flag_of, bool), (integer_of, int), (text_of, str), (time_of, int)):
            with suppress(WrongShape):
                assert type(read(item, "k")) is kind
    with suppress(WrongShape):
        assert isinstance(object_of(value, "k"), dict)
    with suppress(WrongShape):
        assert isinstance(list_of(value, "k"), list)
