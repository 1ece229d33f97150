"""action/prepare.py, which makes the environments of contract-tests.yml, without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Started:
    """How it ended, and what it wrote for later steps."""

    code: int
    err: str
    outputs: str


def prepare(action: Path, folder: Path, **variables: str) -> Started:
    """Starts it as the action's step does, in a workspace below the folder."""
    workspace, outputs = folder / "workspace", folder / "outputs"
    workspace.mkdir()
    ended = subprocess.run(
        [sys.executable, "-I", action / "prepare.py"],
        cwd=workspace,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_OUTPUT": str(outputs), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Started(ended.returncode, ended.stderr, outputs.read_text() if outputs.exists() else "")


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("RSD_SETUP_PYTHON", "3.10", 2, "no 3.11 or later"),
        ("RSD_SETUP_PYTHON", "3", 2, "no 3.11 or later"),
        ("RSD_SETUP_PYTHON", "3.12\n::error::x", 2, "no 3.11 or later"),
        ("RSD_SETUP_PYTHON", "3.99", 4, "there is no Python 3.99 here, so nothing was tested with it"),
        ("RSD_SETUP_TOOLS", "everything", 2, "neither doctor nor linters"),
        ("RSD_ACTION_CACHE", "relative", 4, "is a relative path"),
    ],
)
def test_what_cannot_be_had_is_never_green(
    name: str, value: str, code: int, words: str, tmp_path: Path, frozen: Path
) -> None:
    """A Python that is not there, and inputs that name nothing, end in one sentence and without outputs."""
    ended = prepare(frozen, tmp_path, **{name: value})
    assert (ended.code, ended.outputs) == (code, "")
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


def test_no_environment_lies_in_the_workspace(tmp_path: Path, frozen: Path) -> None:
    """A pull request decides what the workspace holds, so it could bring an environment that looks ready."""
    ended = prepare(frozen, tmp_path, RSD_ACTION_CACHE=str(tmp_path / "workspace" / "cache"))
    assert (ended.code, ended.outputs) == (4, "")
    assert "lies in the workspace" in ended.err


def test_a_pip_without_a_registry_is_inconclusive(tmp_path: Path, frozen: Path) -> None:
    """What cannot be installed ends with 4 and the reason, and no step gets an interpreter."""
    folder = tmp_path / "empty"
    folder.mkdir()
    ended = prepare(frozen, tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder))
    assert (ended.code, ended.outputs) == (4, "")
    assert "INCONCLUSIVE: no environment to run in" in ended.err
