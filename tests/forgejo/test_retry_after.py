"""The Retry-After header."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.forgejo.retry_after import retry_seconds

NOW = 1445412480.0
"""2015-10-21 07:28:00 UTC, the date in RFC 9110's example."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
    ],
)
def test_seconds_or_date(header: str, seconds: float | None) -> None:
    """Both forms of the RFC are understood; a date in the past means now, and anything else means nothing."""
    assert retry_seconds(header, now=NOW) == seconds


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_any_header_is_survived(header: str) -> None:
    """No header raises or asks for a negative wait."""
    seconds = retry_seconds(header, now=NOW)
    assert seconds is None or seconds >= 0
