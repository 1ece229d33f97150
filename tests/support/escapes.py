"""Reads escaped text back, independently of the code that wrote it."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:x(..)|u(....)|U(........)|(\\))")


def decoded(text: str) -> str:
    """The text as it was before every unsafe character became a backslash escape."""
    return _ESCAPE.sub(lambda found: "\\" if found[4] else chr(int(found[1] or found[2] or found[3], 16)), text)
