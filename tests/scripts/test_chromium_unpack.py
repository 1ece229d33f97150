"""`scripts/chromium-unpack`, which gets the tests their browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.browser import UNPACK, Browser

INSTALLED = any(Path("/usr/bin", name).exists() for name in ("chromium", "chromium-browser", "google-chrome"))


def _run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([UNPACK, *arguments], check=False, capture_output=True, text=True, env=environment)


def test_a_second_run_changes_nothing(browser: Browser) -> None:
    """Once a browser is there, the script only says where, and what it says can be started."""
    assert browser.process.poll() is None
    first = _run()
    program = Path(first.stdout.strip())
    made = program.stat().st_mtime_ns
    assert (first.returncode, first.stderr) == (0, "")
    assert _run().stdout == first.stdout
    assert program.stat().st_mtime_ns == made


def test_two_folders_are_wrong_usage() -> None:
    """A surplus argument is refused with the usage line, before anything is done."""
    done = _run("one", "two")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


@pytest.mark.skipif(INSTALLED, reason="an installed Chromium is used before anything is unpacked")
def test_without_debians_tools_it_says_so(tmp_path: Path) -> None:
    """On a system without apt-get it ends with code 3 and one sentence, and leaves no half-made folder."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "basename", "mkdir"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    done = _run(str(tmp_path / "cache" / "chromium"), environment={"PATH": str(tools)})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("chromium-unpack: apt-get is missing")
    assert list((tmp_path / "cache").iterdir()) == []
