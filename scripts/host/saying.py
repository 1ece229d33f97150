"""What is said to the person who runs this. Names and paths come from elsewhere, so every line is escaped."""

from __future__ import annotations

import sys
from typing import TextIO

from runner_scope_doctor.report.escape import escaped


def say(line: str, stream: TextIO | None = None) -> None:
    """One line, at once."""
    print(escaped(line), file=stream or sys.stdout, flush=True)


def agreed() -> bool:
    """Whether the person at standard input says yes."""
    say("Do this? [y/N]")
    return sys.stdin is not None and sys.stdin.readline().strip().lower() in ("y", "yes")
