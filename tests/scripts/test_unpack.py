"""`scripts/chromium-unpack` and `scripts/mariadb-unpack`, which get the tests their browser and their MariaDB."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import browser, mariadb_server


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`fixture` has it running, `program` is below what is printed, and `installed` is used before anything is unpacked."""

    script: Path
    fixture: str
    program: str
    installed: tuple[str, ...]


CHROMIUM = Case(
    script=browser.UNPACK,
    fixture="browser",
    program=".",
    installed=("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"),
)
MARIADB = Case(
    script=mariadb_server.UNPACK,
    fixture="mariadb_server",
    program="sbin/mariadbd",
    installed=("/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd"),
)


@pytest.fixture(params=[CHROMIUM, MARIADB], ids=["chromium", "mariadb"])
def case(request: pytest.FixtureRequest) -> Case:
    """Each of the two scripts, which share what Debian needs."""
    one: Case = request.param
    return one


def _run(case: Case, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([case.script, *arguments], check=False, capture_output=True, text=True, env=environment)


def test_a_second_run_changes_nothing(case: Case, request: pytest.FixtureRequest) -> None:
    """Once it is there, the script only says where, and the program is one that can be run."""
    request.getfixturevalue(case.fixture)
    first = _run(case)
    program = Path(first.stdout.strip(), case.program)
    made = program.stat().st_mtime_ns
    assert (first.returncode, first.stderr) == (0, "")
    assert _run(case).stdout == first.stdout
    assert program.stat().st_mtime_ns == made


def test_it_is_found_from_anywhere(case: Case, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The folder of the checkout is meant, wherever the caller stands."""
    request.getfixturevalue(case.fixture)
    done = subprocess.run([case.script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout == _run(case).stdout
    assert list(tmp_path.iterdir()) == []


def test_two_folders_are_wrong_usage(case: Case) -> None:
    """A surplus argument is refused with the script's own usage line, before anything is done."""
    done = _run(case, "one", "two")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"usage: scripts/{case.script.name} [FOLDER]\n"


def test_without_debians_tools_it_says_so(case: Case, tmp_path: Path) -> None:
    """On a system without apt-get it ends with code 3 and one sentence, and leaves no half-made folder."""
    if any(Path(place).exists() for place in case.installed):
        pytest.skip("an installed one is used before anything is unpacked")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "basename", "mkdir", "find", "paste"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    done = _run(case, str(tmp_path / "cache" / "folder"), environment={"PATH": str(tools)})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{case.script.name}: apt-get is missing: unpacking needs Debian or Ubuntu. Install ")
    assert list((tmp_path / "cache").iterdir()) == []
