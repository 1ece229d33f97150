"""Foreign text is chosen by strangers; nothing in it may act."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.report.escape import escaped

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from(list("::##[]%\\\n\r\t\x1b\x00\x7f\x85\u202e\u2066\u200b\u2028\ufeff\u00a0ab ")),
        st.characters(),
    )
)
# The pattern of the Forgejo runner (act/runner/command.go): greedy, and anchored at the start of a line.
RUNNER_COMMAND = re.compile(r"^::([^ :]+)( (.+?))?::([^\r\n]*)[\r\n]+$")
LEGACY_COMMAND = re.compile(r"##\[([^ \]]+)( (.+?))?\]")


@given(HOSTILE)
def test_nothing_invisible_or_controlling_is_left(text: str) -> None:
    """Every character that comes out has a visible form: no control, format, surrogate or line separator."""
    assert [c for c in escaped(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}] == []


@given(HOSTILE, HOSTILE)
def test_no_workflow_command_is_left(before: str, after: str) -> None:
    """Neither form of a workflow command survives, wherever in a line it stood."""
    line = escaped(f"{before}::add-mask::{after}##[error]{before}")
    assert "::" not in line
    assert not line.startswith(":")
    assert not RUNNER_COMMAND.match(line + "\n")
    assert not LEGACY_COMMAND.search(line)


@given(HOSTILE)
def test_different_texts_stay_different(text: str) -> None:
    """The escape can be read back, so two runners never look the same because of it."""
    back = re.sub(
        r"\\(?:x(..)|u(....)|U(........)|(\\))",
        lambda found: chr(int(found[1] or found[2] or found[3], 16)) if not found[4] else "\\",
        escaped(text),
    )
    assert back == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rs2000-deploy-host", "rs2000-deploy-host"),
        ("Überwachung 日本", "Überwachung 日本"),
        ("a\nb", "a\\x0ab"),
        ("::error::x", "\\x3a\\x3aerror\\x3a\\x3ax"),
        ("::::", "\\x3a\\x3a\\x3a\\x3a"),
        ("##[group]x", "\\x23\\x23[group]x"),
        ("a:b ##", "a:b ##"),
        (":x", "\\x3ax"),
        ("\u202eevil", "\\u202eevil"),
        ("\U000e0041", "\\U000e0041"),
        ("C:\\x", "C:\\\\x"),
    ],
)
def test_examples(text: str, line: str) -> None:
    """Plain text stays as it is; what could act becomes a visible escape."""
    assert escaped(text) == line
