"""docs/ssh.md says what the script does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from support.command import ROOT

PAGE = (ROOT / "docs" / "ssh.md").read_text(encoding="utf-8")
SCRIPT = ROOT / "scripts" / "deploy-runner-scope-doctor"


def test_every_option_has_its_row() -> None:
    """The table has exactly the options of the script's help, each with the same value."""
    ended = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, check=True)
    options = set(re.findall(r"^  (--[a-z]+(?: [A-Z]+)?)", ended.stdout, re.MULTILINE))
    assert {"--check", "--apply DIGEST", "--ssh HOST"} <= options
    assert set(re.findall(r"^\| `(--[^`]+)` \|", PAGE, re.MULTILINE)) == options


def test_what_the_page_shows_is_understood(zip_file: Path) -> None:
    """Every command of the page gets past its command line, and is stopped only by a host that is not there."""
    shown = re.findall(r"^scripts/deploy-runner-scope-doctor (.+)$", PAGE, re.MULTILINE)
    assert len(shown) == 2
    for arguments in shown:
        words = ["--zip", zip_file, *arguments.replace("git.example.org", "host.invalid").split()]
        ended = subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False)
        assert ended.returncode == 4, ended.stderr
        assert "Nothing was run on host.invalid" in ended.stderr
