"""Runs the product as a user does: a process of its own, black box."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.forked import forked

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
    """Runs `runner-scope-doctor` with an environment of its own, forked from a process that has it loaded.

    With a `prefix` before the command, another interpreter, more paths, or a variable that an interpreter looks at when it
    starts, it is started as a person starts it.
    """
    values = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": os.pathsep.join(map(str, (ACTION, *paths))),
        "PYTHONDONTWRITEBYTECODE": "1",
        **(environment or {}),
    }
    if prefix or paths or interpreter != sys.executable or any(map(_matters_to_python, environment or {})):
        command = [*prefix, interpreter, "-m", "runner_scope_doctor", *map(str, arguments)]
        ended = subprocess.run(command, env=values, capture_output=True, text=True, check=False, timeout=timeout)
        code, out, err = ended.returncode, ended.stdout, ended.stderr
    else:
        code, out, err = forked([*map(str, arguments)], values, timeout)
    assert "Traceback" not in out + err, out + err
    assert code != 1, err  # 1 is what a crash ends with
    return Ended(code, out, err)


def _matters_to_python(name: str) -> bool:
    return name.startswith(("PYTHON", "LC_", "LD_", "LANG"))
