"""What one value may look like in any file that people write. The JSON schemas say the same; tests hold them equal."""

from __future__ import annotations

import re

LONGEST_NAME = 255
"""Bytes in UTF-8; `action_runner.name` and `repository.owner_name` are VARCHAR(255)."""
LARGEST_ID = 2**63 - 1
"""Forgejo's ids are signed 64-bit integers."""

DURATION = re.compile(r"^[1-9][0-9]{0,5}[smhd]$")
INSTANCE = re.compile(r"^https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?$")
REPOSITORY = re.compile(r"^[^/ ]+/[^/ ]+$")
OWNER = re.compile(r"^[^/ ]+$")
CONTROL = re.compile("[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def line_problem(text: str, *, longest: int = LONGEST_NAME) -> str | None:
    """Why the text cannot be a name of any kind, as the rest of a sentence; None when it can. `longest` is in bytes."""
    if not text:
        return "is empty"
    if CONTROL.search(text) or _SURROGATE.search(text):
        return "holds a control character or a line break"
    if len(text.encode()) > longest:
        return f"is longer than {longest} bytes"
    return None


def repository_problem(text: str) -> str | None:
    """Why the text cannot name a repository, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    return None if REPOSITORY.fullmatch(text) else "is not of the form owner/name"


def owner_problem(text: str) -> str | None:
    """Why the text cannot name an organisation or a user, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    return None if OWNER.fullmatch(text) else "holds a slash or a space"


def instance_problem(text: str) -> str | None:
    """Why the text cannot be a server's public URL, as the rest of a sentence; None when it can."""
    if INSTANCE.fullmatch(text):
        return None
    return "is not an http or https address without user, query and fragment"


def seconds(text: str) -> int | None:
    """A duration such as `90s`, `10m`, `2h` or `1d` in seconds; None when the text is none."""
    if not DURATION.fullmatch(text):
        return None
    return int(text[:-1]) * _SECONDS[text[-1]]
