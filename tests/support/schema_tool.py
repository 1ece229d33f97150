"""The schema tool that operators would use."""

from __future__ import annotations

import subprocess
import sys


def check_jsonschema(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs check-jsonschema, whose regular expressions are ECMAScript's as in editors."""
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--no-cache", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
