"""Starts the product as a user would: a process of its own, black box."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION = ROOT / "action"


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The line a person reads first: of standard output, or of standard error when there was no report."""
        lines = (self.out or self.err).splitlines()
        return lines[-1] if lines else ""


def doctor(
    *arguments: str | Path,
    environment: dict[str, str] | None = None,
    interpreter: str = sys.executable,
    prefix: tuple[str, ...] = (),
    paths: tuple[Path, ...] = (),
    timeout: float = 60,
) -> Ended:
    """Runs `runner-scope-doctor` with an environment of its own; `prefix` goes before the command."""
    command = [*prefix, interpreter, "-m", "runner_scope_doctor", *map(str, arguments)]
    ended = subprocess.run(
        command,
        env={
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "PYTHONPATH": os.pathsep.join(map(str, (ACTION, *paths))),
            "PYTHONDONTWRITEBYTECODE": "1",
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
    assert ended.returncode != 1, ended.stderr  # 1 is what a crash ends with
    return Ended(ended.returncode, ended.stdout, ended.stderr)
