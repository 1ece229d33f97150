"""`pip install .` gives the command with everything it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from support.command import ROOT


def test_the_wheel_holds_the_command_and_its_data(tmp_path: Path) -> None:
    """The built wheel runs by itself: commands, schemas and typing marker are in it, tests and secrets are not."""
    source = tmp_path / "source"
    kept_out = shutil.ignore_patterns(".git", ".cache", "__pycache__", "*.egg-info", "tests", ".hypothesis", "build")
    shutil.copytree(ROOT, source, ignore=kept_out)
    build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(unpacked)
    assert "runner_scope_doctor/py.typed" in names
    assert not any(name.startswith(("tests/", "action/", "scripts/")) for name in names)
    entry_points = next(unpacked.glob("*.dist-info/entry_points.txt")).read_text()
    assert "runner-scope-doctor = runner_scope_doctor.cli.main:main" in entry_points
    for arguments in (("--version",), ("contract", "schema")):
        ended = subprocess.run(
            [sys.executable, "-m", "runner_scope_doctor", *arguments],
            env={"PYTHONPATH": str(unpacked)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.startswith(("runner-scope-doctor 0.", "{"))
