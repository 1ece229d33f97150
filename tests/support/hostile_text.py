"""Texts that strangers choose to do harm, and what is left of them in a report that is inert."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

MARKS = (
    "\x00", "\x1b[31m", "\x85", "\r\n", "\n", "\t", '"', "'", "\\", "\\n", "|", "$", "`", "]]>", "<!--", "&amp;", "&", "<b>",
    "{0}", "[a](http://x)", "::error::", "##[error]", "\u202e", "\u2028", "\ufeff", "\ufffe", "\ud800", "\udfff", "\U0010ffff",
    " ", "a", "ü", "日", "%s", ",", "=", ";", "~", "# HELP x", "…",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(MARKS) | st.characters(), min_size=1, max_size=12).map("".join)
HUGE = ("".join(MARKS) * 10_000)[:1_000_000]


def hold_inert(report: str) -> None:
    """Nothing in it acts on a terminal, in a job's log or on the reader's eye."""
    left = {one for one in set(report) if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}
    assert left <= {"\n"}
    assert "::" not in report
    assert "##[" not in report
