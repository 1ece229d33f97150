"""The launcher's own sentences: they never fail the wrong way, and they command nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.action_jobs import Prepared, start

SCRIPTS = ("start.py", "launch.py")
FORGED = "evil\n::error::forged ##[error]forged \x1b[2J"


def _quiet(command: list[str | Path], folder: Path, redirection: str, **variables: str) -> tuple[int, bytes]:
    """Exit code and outputs of a script started by a shell that closes or fills its streams."""
    target = folder / "outputs"
    target.write_bytes(b"")
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_OUTPUT": str(target), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )
    return ended.returncode, target.read_bytes()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_nobody_to_tell_is_no_other_exit_code(script: str, redirection: str, tmp_path: Path, checkout: Path) -> None:
    """With standard error closed or full a check that cannot begin still ends with 4, and the outputs say why not."""
    command: list[str | Path] = [sys.executable, "-I", checkout / "action" / script]
    code, outputs = _quiet(command, tmp_path, redirection, RSD_ACTION_CACHE="relative")
    assert code == 4
    assert b"inconclusive" in outputs
    assert b"INCONCLUSIVE" not in outputs  # a sentence that went to the file which took the closed stream's place


def test_no_python_and_nobody_to_tell(tmp_path: Path, checkout: Path) -> None:
    """The first step's own sentence may be lost, its exit code and outputs are not."""
    command: list[str | Path] = [sys.executable, "-I", checkout / "action" / "start.py"]
    for redirection in ("2>&-", "2>/dev/full"):
        code, outputs = _quiet(command, tmp_path, redirection, RSD_ACTION_PYTHON="/nowhere/python3")
        assert code == 4
        assert outputs.startswith(b"verdict=inconclusive\nexit-code=4\n")


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&-", ">/dev/full", "<&- >&- 2>&-"])
def test_an_environment_nobody_hears_of(redirection: str, tmp_path: Path, checkout: Path) -> None:
    """environment.py ends with 4 when its answer is lost, and with 0 when only its talk is."""
    (tmp_path / "empty.lock").write_text("", encoding="utf-8")
    script = checkout / "action" / "environment.py"
    command: list[str | Path] = [sys.executable, "-I", script, "--folder", tmp_path / "made"]
    command += ["--lock", tmp_path / "empty.lock", "--link", checkout / "action"]
    answer_is_lost = redirection == ">/dev/full"
    assert _quiet(command, tmp_path, redirection)[0] == (4 if answer_is_lost else 0)


def test_a_working_check_with_closed_streams_keeps_its_verdict(tmp_path: Path, checkout: Path, sick: str) -> None:
    """Closed streams do not turn a finding into something else."""
    command: list[str | Path] = [sys.executable, "-I", checkout / "action" / "start.py"]
    variables = {"RSD_ACTION_PYTHON": sys.executable, "RSD_DATABASE_URL": sick}
    code, outputs = _quiet(command, tmp_path, "<&- 2>&-", **variables)
    assert code == 10
    assert b"unhealthy" in outputs


@pytest.mark.parametrize("place", ["formats", "temporary folder"])
def test_a_name_that_is_no_utf8_reaches_the_outputs(place: str, tmp_path: Path, checkout: Path, sick: str) -> None:
    """A file name is bytes; the outputs hold the same ones, and the verdict stays."""
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/odd-\xff")
    os.mkdir(odd)
    variables = {"RSD_ACTION_PYTHON": sys.executable, "RSD_DATABASE_URL": sick}
    variables |= {"RSD_FORMAT": f"json={odd}/kept.json"} if place == "formats" else {"RUNNER_TEMP": odd}
    command: list[str | Path] = [sys.executable, "-I", checkout / "action" / "start.py"]
    code, outputs = _quiet(command, tmp_path, "", **variables)
    assert code == 10
    assert b"/odd-\xff/" in outputs


def test_a_cache_whose_name_is_no_utf8_is_refused(tmp_path: Path, checkout: Path, sick: str) -> None:
    """Python's own environments cannot be made there, and a sentence says so."""
    cache = os.fsdecode(os.fsencode(tmp_path) + b"/odd-\xff")
    ended = start(checkout / "action", tmp_path, RSD_ACTION_CACHE=cache, RSD_DATABASE_URL=sick)
    assert (ended.code, ended.outputs["verdict"]) == (4, "inconclusive")
    assert "\\udcff" in ended.last_line


def _writable_for_all(folder: Path) -> dict[str, str]:
    cache = folder / FORGED / "cache"
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    return {"RSD_ACTION_CACHE": str(cache)}


def _in_workspace(folder: Path) -> dict[str, str]:
    return {"RSD_ACTION_CACHE": str(folder / "workspace" / FORGED)}


def _no_outputs(folder: Path) -> dict[str, str]:
    return {"GITHUB_OUTPUT": str(folder / FORGED / "nowhere"), "RSD_ACTION_CACHE": "relative"}


def _no_python(folder: Path) -> dict[str, str]:
    return {"RSD_ACTION_PYTHON": str(folder / FORGED)}


def _no_folder(folder: Path) -> dict[str, str]:
    (folder / "file").write_text("", encoding="utf-8")
    return {"RSD_ACTION_CACHE": str(folder / "file" / FORGED)}


def _loop_of_links(folder: Path) -> dict[str, str]:
    (folder / FORGED).symlink_to(FORGED)
    return {"RSD_ACTION_CACHE": str(folder / FORGED)}


ARRANGED = [_writable_for_all, _in_workspace, _no_outputs, _no_python, _no_folder, _loop_of_links]


@pytest.mark.parametrize("arrange", ARRANGED)
def test_a_path_commands_nothing(
    arrange: Callable[[Path], dict[str, str]], tmp_path: Path, checkout: Path, sick: str
) -> None:
    """A folder's name with line ends, workflow commands and terminal codes stays one harmless line."""
    ended = start(checkout / "action", tmp_path, **{"RSD_DATABASE_URL": sick, **arrange(tmp_path)})
    assert ended.code == 4
    assert "evil" in ended.last_line or "outputs" in ended.last_line
    lines = ended.err.splitlines()
    assert all(line.startswith("INCONCLUSIVE: ") for line in lines), lines
    assert not any(mark in ended.err for mark in ("::", "##[", "\x1b"))


def test_the_name_of_a_folder_that_is_made_commands_nothing(tmp_path: Path, checkout: Path) -> None:
    """The line that says an environment is being made names its folder harmlessly as well."""
    (tmp_path / "empty.lock").write_text("", encoding="utf-8")
    folder = tmp_path / "evil\n##[error]forged"
    command: list[str | Path] = [sys.executable, "-I", checkout / "action" / "environment.py", "--folder", folder]
    command += ["--lock", tmp_path / "empty.lock", "--link", checkout / "action"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(ended.stderr.splitlines()) == 1
    assert "##[" not in ended.stderr


@pytest.mark.parametrize("name", ["a,b", "a\nb"])
def test_a_temporary_folder_that_no_report_can_have_is_named(
    name: str, tmp_path: Path, checkout: Path, sick: str
) -> None:
    """A comma or a line end ends a report's name in the list of formats, so the folder is refused and not the format."""
    odd = tmp_path / name
    odd.mkdir()
    variables = {"RSD_ACTION_PYTHON": sys.executable, "RSD_DATABASE_URL": sick, "RUNNER_TEMP": str(odd)}
    ended = start(checkout / "action", tmp_path, **variables)
    assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (4, "inconclusive", "4")
    assert "has a comma or a line end in its name. Next: " in ended.last_line
    assert list(odd.iterdir()) == []


def test_outputs_that_cannot_be_written_are_inconclusive(tmp_path: Path, checkout: Path, prepared: Prepared) -> None:
    """A job that reads the outputs must not take missing ones for a result, whoever ran the check."""
    for python in (str(next(prepared.cache.glob("*/bin/python"))), "/bin/false"):
        variables = {"RSD_ACTION_PYTHON": python, "GITHUB_OUTPUT": "/nowhere/outputs"}
        ended = start(checkout / "action", tmp_path, RSD_SNAPSHOT="/nowhere/snapshot.json", **variables)
        assert ended.code == 4
        assert "the outputs could not be written" in ended.last_line


def test_an_old_python_can_read_the_first_step(checkout: Path) -> None:
    """start.py is written in the Python of 2016, so that an old python3 finds a newer one or says a sentence."""
    text = (checkout / "action" / "start.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert "annotations" not in text
