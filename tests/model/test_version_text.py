"""Versions as servers write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.model.version_text import parse_server_version


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("15.0.3+gitea-1.22.0", 15),
        ("7.0.16+gitea-1.21.11", 7),
        ("16.0.0-dev-123-abc+gitea-1.22.0", 16),
        ("17.0.0-dev-98-c3a9d1f02e+gitea-1.22.0", 17),
        ("14.0.5~rc1+gitea-1.22.0", 14),
        ("v14.0.5", 14),
        ("9", 9),
        (" 11.0.15+gitea-1.22.0\n", 11),
    ],
)
def test_major_of_forgejo_version(text: str, major: int) -> None:
    """A Forgejo version gives its major, whatever stands behind it, and keeps its text and source."""
    version = parse_server_version(text, source="forgejo_sem_ver")
    assert version is not None
    assert (version.major, version.source) == (major, "forgejo_sem_ver")
    assert version.text == text.strip().removeprefix("v")


@pytest.mark.parametrize(
    "text", ["1.22.2", "1.21.11-2", "6.0.0", "", "development", "15.x", "gitea-15", "-15", "15\n::error::x", "9" * 300]
)
def test_what_is_no_version_is_none(text: str) -> None:
    """Gitea's counting, Forgejo before 7, and text that is no version say nothing about the rules that hold."""
    assert parse_server_version(text, source="version") is None


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    """No text, whatever a server sends, raises, and a parsed text is plain ASCII on one line."""
    version = parse_server_version(text, source="version")
    assert version is None or (version.text.isascii() and version.text.isprintable())
