"""Workflows that use the action as another repository would, and the action's launcher started without an engine."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from support.act import ACTION_USED, ActRun
from support.command import ROOT

OUTPUTS = ("verdict", "exit-code", "finding-count", "report", "reports")
_CHECKOUT = "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"


@dataclass(frozen=True)
class Prepared:
    """A cache with a ready environment, and the run of two simultaneous jobs that made it."""

    cache: Path
    run: ActRun


def job(inputs: Mapping[str, str], *, name: str = "check", before: str = "") -> str:
    """A job whose step `doctor` uses the action and whose step `after` prints every output as `name=value`."""
    given = "".join(f"    {key}: {value}\n" for key, value in inputs.items())
    shown = "".join(f"    V{number}: ${{{{ steps.doctor.outputs.{each} }}}}\n" for number, each in enumerate(OUTPUTS))
    printed = "; ".join(f"echo \"{each}=${{V{number}//$'\\n'/ }}\"" for number, each in enumerate(OUTPUTS))
    steps = f"- {_CHECKOUT}\n"
    steps += f"- shell: bash\n  run: |\n{textwrap.indent(textwrap.dedent(before), '    ')}\n" if before else ""
    steps += f"- id: doctor\n  uses: {ACTION_USED}\n  with:\n{given}"
    steps += f"- id: after\n  if: always()\n  shell: bash\n  env:\n{shown}  run: |\n    {printed}\n"
    return f"  {name}:\n    runs-on: deploy\n    steps:\n{textwrap.indent(steps, '      ')}"


def workflow(*jobs: str, environment: Mapping[str, str] | None = None) -> str:
    """A workflow started by hand."""
    variables = "".join(f"  {name}: {value}\n" for name, value in (environment or {}).items())
    return f"on: workflow_dispatch\n{'env:' if variables else ''}\n{variables}jobs:\n{''.join(jobs)}"


def demo_database(file: Path, *changes: str) -> str:
    """The URL of a new database with the demo's rows, after these statements."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
        for change in changes:
            connection.execute(change)
        connection.commit()
    return f"sqlite:///{file}"


@dataclass(frozen=True)
class Started:
    """How the launcher ended, and the outputs it wrote."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]

    @property
    def last_line(self) -> str:
        """The last line of the log: what stands on standard error comes after the report."""
        return (self.err or self.out).splitlines()[-1]


def start(action: Path, folder: Path, *, python: str = sys.executable, **variables: str) -> Started:
    """Starts `start.py` as the action's step does, in a workspace of its own below `folder`."""
    workspace = folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    target = folder / "outputs"
    target.write_text("", encoding="utf-8")
    ended = subprocess.run(
        [python, "-I", str(action / "start.py")],
        cwd=workspace,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "RUNNER_TEMP": str(folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(target),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stderr
    return Started(ended.returncode, ended.stdout, ended.stderr, _outputs(target.read_text(encoding="utf-8")))


def _outputs(text: str) -> dict[str, str]:
    """The two forms a runner reads: `name=value`, and `name<<WORD`, lines, `WORD`."""
    outputs = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals:
            name, _, word = line.partition("<<")
            value = "\n".join(iter(lambda: next(lines), word))
        outputs[name] = value
    return outputs
