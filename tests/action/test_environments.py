"""The environment the check runs in: made once, whoever starts, and never where others could change it."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

from runner_scope_doctor.cli.exit_codes import ExitCode
from support.action_jobs import Prepared, start

MAKING = "Making a Python environment"


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in folder.rglob("*"))


def _make(cache: Path, lock: Path, package: Path) -> subprocess.Popen[str]:
    script = package.parent / "environment.py"
    command: list[str | Path] = [sys.executable, "-I", script, "--cache", cache, "--lock", lock, "--copy", package]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_jobs_that_start_at_once_make_it_once(prepared: Prepared) -> None:
    """Both jobs end healthy, and one of them made the only environment."""
    said = prepared.run.log("doctor", "first"), prepared.run.log("doctor", "second")
    assert prepared.run.succeeded, prepared.run.everything
    assert [log[-1].split(":")[0] for log in said] == ["HEALTHY", "HEALTHY"]
    assert sum(line.startswith(MAKING) for log in said for line in log) == 1
    assert len(list(prepared.cache.glob("*/ready"))) == 1


def test_the_cache_is_for_its_owner_alone(prepared: Prepared) -> None:
    """Neither the folder nor an environment in it can be entered by others."""
    assert [folder.stat().st_mode & 0o777 for folder in (prepared.cache, *prepared.cache.glob("*/"))] == [0o700] * 2


def test_a_second_run_uses_what_is_there(tmp_path: Path, checkout: Path, prepared: Prepared, healthy: str) -> None:
    """Nothing is made, nothing in the cache changes, and the look begins at once."""
    before = _listing(prepared.cache)
    started = time.monotonic()
    ended = start(checkout / "action", tmp_path, RSD_ACTION_CACHE=str(prepared.cache), RSD_DATABASE_URL=healthy)
    assert time.monotonic() - started < 2
    assert (ended.code, ended.outputs["verdict"]) == (0, "healthy")
    assert MAKING not in ended.err
    assert _listing(prepared.cache) == before


def test_the_action_folder_stays_as_it_was(tmp_path: Path, checkout: Path, prepared: Prepared, healthy: str) -> None:
    """Not a byte is written beside action.yml, so the folder may be read-only: neither with an environment of its own
    nor with a ready interpreter."""
    before = _listing(checkout)
    ready = str(next(prepared.cache.glob("*/bin/python")))
    for variables in ({"RSD_ACTION_CACHE": str(prepared.cache)}, {"RSD_ACTION_PYTHON": ready}):
        assert start(checkout / "action", tmp_path, RSD_DATABASE_URL=healthy, **variables).code == 0
    assert _listing(checkout) == before


def test_another_package_gets_another_environment(tmp_path: Path, checkout: Path) -> None:
    """What is in an environment decides its name, so a cache never answers with an older doctor."""
    lock = tmp_path / "empty.lock"
    lock.write_text("", encoding="utf-8")
    package = tmp_path / "runner_scope_doctor"
    for script in ("environment.py", "install.py"):
        shutil.copy(checkout / "action" / script, tmp_path)
    interpreters = set()
    for version in ("1", "2", "1"):
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(f"version = {version}\n", encoding="utf-8")
        made, _ = _make(tmp_path / "cache", lock, package).communicate(timeout=60)
        program = "import runner_scope_doctor; print(runner_scope_doctor.version)"
        told = subprocess.run([made.strip(), "-I", "-c", program], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == version
        interpreters.add(made)
    assert len(interpreters) == 2


def test_a_half_made_environment_is_made_good(tmp_path: Path, checkout: Path) -> None:
    """A start that is killed while it makes the environment leaves nothing that the next one would use."""
    lock = tmp_path / "empty.lock"
    lock.write_text("", encoding="utf-8")
    package = checkout / "action" / "runner_scope_doctor"
    first = _make(tmp_path / "cache", lock, package)
    while not list(tmp_path.glob("cache/*/bin/python")):
        assert first.poll() is None
        time.sleep(0.001)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=60)
    second = _make(tmp_path / "cache", lock, package)
    made, said = second.communicate(timeout=60)
    assert second.returncode == 0, said
    assert MAKING in said
    subprocess.run([made.strip(), "-I", "-m", "runner_scope_doctor", "--version"], check=True, capture_output=True)


def test_a_cache_that_others_can_write_to_is_refused(tmp_path: Path, checkout: Path, sick: str) -> None:
    """Exit code 4 and a sentence that says what to do; nothing is put there."""
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    ended = start(checkout / "action", tmp_path, RSD_ACTION_CACHE=str(cache), RSD_DATABASE_URL=sick)
    assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (4, "inconclusive", "4")
    assert ended.last_line.endswith(f"others may write there. Next: chmod go-w {cache}.")
    assert list(cache.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_cache_of_another_user_is_refused(tmp_path: Path, checkout: Path, sick: str) -> None:
    """Who owns the folder could change the program that gets the credentials."""
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    os.chown(cache, 65534, 65534)
    ended = start(checkout / "action", tmp_path, RSD_ACTION_CACHE=str(cache), RSD_DATABASE_URL=sick)
    assert ended.code == 4
    assert "it belongs to another user" in ended.last_line


def test_a_registry_that_cannot_be_reached_is_inconclusive(tmp_path: Path, checkout: Path, sick: str) -> None:
    """pip's own words are shown, the last line is ours, and the outputs say inconclusive."""
    registry = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    ended = start(checkout / "action", tmp_path, RSD_DATABASE_URL=sick, **registry)
    assert (ended.code, ended.outputs["verdict"], ended.outputs["finding-count"]) == (4, "inconclusive", "")
    assert ended.last_line.startswith("INCONCLUSIVE: no environment to run in: the locked requirements could not be")
    assert "  pip: " in ended.err
    assert (tmp_path / "home" / ".cache" / "runner-scope-doctor").is_dir()


def test_what_a_registry_says_is_no_command(tmp_path: Path, checkout: Path, sick: str) -> None:
    """pip repeats what a registry answers; none of it can command the engine or the terminal. And pip never sees an
    option of the check, because options hold credentials."""
    venv.create(tmp_path / "base", with_pip=False)
    (packages,) = tmp_path.glob("base/lib/python*/site-packages")
    (packages / "pip").mkdir()
    program = (
        "import os, sys\nif '--version' in sys.argv: sys.exit(0)\n"
        "sys.stderr.write('::error::forged\\n##[error]forged\\n\\x1b[2J' + ' '.join(os.environ) + '\\n')\nsys.exit(1)\n"
    )
    (packages / "pip" / "__main__.py").write_text(program, encoding="utf-8")
    python = str(tmp_path / "base" / "bin" / "python")
    ended = start(checkout / "action", tmp_path, python=python, RSD_DATABASE_URL=sick, PIP_TARGET="/nowhere")
    assert ended.code == 4
    assert ended.err.count("forged") == 2
    assert not any(word in ended.err for word in ("::", "##[", "\x1b", "RSD_", "PIP_TARGET"))


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RSD_ACTION_CACHE", "cache", "cache-folder is a relative path"),
        ("RSD_ACTION_CACHE", "{workspace}/cache", "lies in the workspace"),
        ("XDG_CACHE_HOME", "{workspace}", "lies in the workspace"),
    ],
)
def test_a_cache_in_the_workspace_is_refused(
    variable: str, value: str, words: str, tmp_path: Path, checkout: Path, sick: str
) -> None:
    """What lies in the workspace came with a commit, so a program from there could be anyone's."""
    given = {variable: value.format(workspace=tmp_path / "workspace")}
    ended = start(checkout / "action", tmp_path, RSD_DATABASE_URL=sick, **given)
    assert ended.code == 4
    assert words in ended.last_line
    assert list((tmp_path / "workspace").iterdir()) == []


def test_a_ready_interpreter_is_used_as_it_is(tmp_path: Path, checkout: Path, sick: str) -> None:
    """No environment is made, although no doctor is installed in that interpreter; the package of the action runs."""
    ended = start(checkout / "action", tmp_path, RSD_ACTION_PYTHON=sys.executable, RSD_DATABASE_URL=sick)
    assert (ended.code, ended.outputs["verdict"]) == (10, "unhealthy")
    assert ended.err == ""
    assert not (tmp_path / "home").exists()


def test_a_ready_interpreter_without_the_libraries_is_named(tmp_path: Path, checkout: Path, sick: str) -> None:
    """What is missing is said before anything is looked at; where it is not needed it is not missed."""
    venv.create(tmp_path / "bare", with_pip=False)
    bare = str(tmp_path / "bare" / "bin" / "python")
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "yaml.py").write_text("", encoding="utf-8")
    variables = {"RSD_ACTION_PYTHON": bare, "RSD_DATABASE_URL": sick}
    assert start(checkout / "action", tmp_path, **variables).code == 10
    ended = start(checkout / "action", tmp_path, RSD_CONTRACT="runner-scope.yml", **variables)
    assert ended.code == 4
    assert f"{bare} cannot import yaml. Next: install it there" in ended.last_line


@pytest.mark.parametrize("named", ["/nowhere/python3", "no-such-python", "/bin/false"])
def test_an_interpreter_that_is_none_is_inconclusive(named: str, tmp_path: Path, checkout: Path, sick: str) -> None:
    """The input wins over every other Python, so a wrong one is said and not replaced."""
    ended = start(checkout / "action", tmp_path, RSD_ACTION_PYTHON=named, RSD_DATABASE_URL=sick)
    assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (4, "inconclusive", "4")
    assert f"'{named}' is no Python 3.11 or later" in ended.last_line


def test_a_check_that_dies_is_inconclusive(tmp_path: Path, checkout: Path, sick: str) -> None:
    """A check killed from outside, or one that ends with a code it does not have, is 4 with a sentence."""
    action = tmp_path / "action"
    shutil.copytree(checkout / "action", action)
    for program, words in (
        ("import os; os.kill(os.getpid(), 9)", "was killed by signal 9"),
        ("raise SystemExit(1)", "ended with 1"),
        ("raise SystemExit(0)", "left no report that says healthy"),
    ):
        (action / "runner_scope_doctor" / "__main__.py").write_text(program, encoding="utf-8")
        ended = start(action, tmp_path, RSD_ACTION_PYTHON=sys.executable, RSD_DATABASE_URL=sick)
        assert (ended.code, ended.outputs["verdict"], ended.outputs["exit-code"]) == (4, "inconclusive", "4")
        assert words in ended.last_line


def test_the_launcher_knows_the_codes_of_the_check(checkout: Path) -> None:
    """Codes that the check may end with are written twice, and equal; the others come from a repair, which no job runs."""
    of_a_repair = {ExitCode.REFUSED, ExitCode.FAILED, ExitCode.UNCERTAIN}
    tree = ast.parse((checkout / "action" / "launch.py").read_text(encoding="utf-8"))
    assigned = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert ast.literal_eval(assigned["CODES"]) == tuple(code for code in ExitCode if code not in of_a_repair)


def test_only_what_the_check_needs_reaches_it(tmp_path: Path, checkout: Path, sick: str) -> None:
    """Of the job's environment the check gets its options, the way to the network and what it needs to know of its
    terminal; pip gets no option, because options hold credentials."""
    action = tmp_path / "action"
    shutil.copytree(checkout / "action", action)
    shown = tmp_path / "shown"
    (action / "runner_scope_doctor" / "__main__.py").write_text(
        f"import os, pathlib; pathlib.Path({str(shown)!r}).write_text(' '.join(os.environ))", encoding="utf-8"
    )
    hostile = {"LD_LIBRARY_PATH": "/nowhere", "PYTHONPATH": "/nowhere", "PGPASSFILE": "/nowhere", "RSD_CONTRACT": ""}
    hostile["RSD_DEBUG"] = "/nowhere/traceback"
    start(action, tmp_path, RSD_ACTION_PYTHON=sys.executable, RSD_DATABASE_URL=sick, HTTPS_PROXY="x", **hostile)
    passed = set(shown.read_text(encoding="utf-8").split()) - {"LC_CTYPE"}  # Python sets that one itself
    assert passed == {"GITHUB_ACTIONS", "HOME", "HTTPS_PROXY", "RSD_DATABASE_URL", "RSD_FORMAT"}
