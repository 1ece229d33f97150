"""The scripts a newcomer starts first."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.command import ROOT


def test_the_demo_tells_the_story_and_ends_with_0(tmp_path: Path) -> None:
    """With an empty HOME the demo shows the finding, says what comes next, ends with 0 and caches nothing there."""
    ended = subprocess.run(
        [ROOT / "scripts" / "demo"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "REPAIRABLE active deploy runner rs2000-deploy-host has owner_id=1; expected 0" in ended.stdout
    assert "What comes next" in ended.stdout
    assert not (tmp_path / ".cache").exists()


def test_the_doctor_runs_from_a_checkout_wherever_one_stands(tmp_path: Path) -> None:
    """scripts/doctor works from any folder and through a link."""
    link = tmp_path / "here"
    link.symlink_to(ROOT)
    ended = subprocess.run(
        [link / "scripts" / "doctor", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith("runner-scope-doctor 0.")
