"""Foreign text in a page of Markdown: no name can become markup, a tag or a table's border."""

from __future__ import annotations

import re

from runner_scope_doctor.report.escape import escaped

_MARKS = re.compile(r"[!$&*<>\[\\\]^_`{|}~]")
"""ASCII punctuation that means something inside a line of CommonMark, its tables or formulas. A server may still turn a bare
address into a link: what is shown is then where it leads."""


def cell(text: str) -> str:
    """The text for one cell of a table, on one line; unsafe characters show as backslash escapes, as in the log."""
    return _MARKS.sub(r"\\\g<0>", escaped(text))
