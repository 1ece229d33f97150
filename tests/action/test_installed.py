"""What pip puts into the environment is what the lock names, whatever the job or the host has set for pip."""

from __future__ import annotations

import shutil
import venv
from pathlib import Path

import pytest

from support.action_jobs import Started, start
from support.command import ROOT
from support.tiny_wheel import tiny_wheel

EVIL = "import pathlib; pathlib.Path({mark!r}).touch()\n"


def _action(folder: Path, checkout: Path, lock: str) -> Path:
    """A copy of the action with a lock of the test's own."""
    action = folder / "action"
    shutil.copytree(checkout / "action", action)
    (action / "requirements.lock").write_text(lock, encoding="utf-8")
    return action


def _installed(folder: Path) -> set[str]:
    """What lies beside the doctor in the environments of the default cache."""
    entries = folder.glob("home/.cache/runner-scope-doctor/*/lib/python*/site-packages/*")
    return {entry.name for entry in entries} - {"runner_scope_doctor", "__pycache__"}


def _start_with_pip(program: str, action: Path, folder: Path, url: str) -> Started:
    """Starts the action by a Python whose pip is this program; `packages` is where it is to install to."""
    venv.create(folder / "base", with_pip=False)
    (packages,) = folder.glob("base/lib/python*/site-packages")
    (packages / "pip").mkdir()
    told = "import pathlib, sys\nif '--version' in sys.argv: sys.exit(0)\n"
    told += "target = pathlib.Path(sys.argv[sys.argv.index('--python') + 1]).parent.parent\n"
    told += "packages = next(target.glob('lib/python*/site-packages'))\n"
    (packages / "pip" / "__main__.py").write_text(told + program, encoding="utf-8")
    return start(action, folder, python=str(folder / "base" / "bin" / "python"), RSD_DATABASE_URL=url)


@pytest.mark.parametrize("where", ["variable", "named file", "file of the user", "file of the host"])
def test_a_foreign_requirement_is_not_installed(where: str, tmp_path: Path, checkout: Path, sick: str) -> None:
    """A list of requirements that the job or a pip.conf adds stays out, so its start-up file runs in no later job."""
    mark = tmp_path / "mark"
    line = tiny_wheel(tmp_path / "wheels", "evil", pth=EVIL.format(mark=str(mark)))
    evil = tmp_path / "evil.txt"
    evil.write_text(line.replace("==1.0", f" @ file://{tmp_path}/wheels/evil-1.0-py3-none-any.whl"), encoding="utf-8")
    files = {
        "named file": tmp_path / "named.conf",
        "file of the user": tmp_path / "home" / ".config" / "pip" / "pip.conf",
        "file of the host": tmp_path / "host" / "pip" / "pip.conf",
    }
    variables = {"PIP_CONFIG_FILE": str(files["named file"])} if where == "named file" else {}
    if where == "variable":
        variables = {"PIP_REQUIREMENT": str(evil), "PIP_CONSTRAINT": str(evil)}
    else:
        files[where].parent.mkdir(parents=True, exist_ok=True)
        files[where].write_text(f"[install]\nrequirement = {evil}\n", encoding="utf-8")
    action = _action(tmp_path, checkout, "")
    dirs = {"XDG_CONFIG_DIRS": str(tmp_path / "host")}
    for _ in range(2):
        ended = start(action, tmp_path, RSD_DATABASE_URL=sick, **variables, **dirs)
        assert ended.code == 10, ended.err
    assert _installed(tmp_path) == set()
    assert not mark.exists()


@pytest.mark.parametrize(
    "setting", [{"PIP_DRY_RUN": "1"}, {"PIP_TARGET": "{folder}/target"}, {"PIP_CONFIG_FILE": "{folder}/other.conf"}]
)
def test_what_the_lock_names_is_installed(setting: dict[str, str], tmp_path: Path, checkout: Path, sick: str) -> None:
    """Settings that would leave the environment empty, or fill another folder, do nothing."""
    action = _action(tmp_path, checkout, tiny_wheel(tmp_path / "wheels", "good"))
    (tmp_path / "other.conf").write_text("[global]\ndry-run = true\n[install]\ntarget = /nowhere\n", encoding="utf-8")
    given = {name: value.format(folder=tmp_path) for name, value in setting.items()}
    registry = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    ended = start(action, tmp_path, RSD_DATABASE_URL=sick, **registry, **given)
    assert ended.code == 10, ended.err
    assert _installed(tmp_path) == {"good.py", "good-1.0.dist-info"}


@pytest.mark.parametrize("section", ["global", "install"])
def test_the_host_says_which_registry_is_asked(section: str, tmp_path: Path, checkout: Path, sick: str) -> None:
    """The way to a registry in the user's pip.conf is gone, and a variable of the same name wins over it."""
    action = _action(tmp_path, checkout, tiny_wheel(tmp_path / "wheels", "good"))
    conf = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    text = f"[{section}]\nno_index = true\nfind-links =\n    {tmp_path}/nothing\n    {tmp_path}/wheels\n"
    conf.write_text(text, encoding="utf-8")
    elsewhere = start(action, tmp_path, RSD_DATABASE_URL=sick, PIP_FIND_LINKS=str(tmp_path / "elsewhere"))
    assert (elsewhere.code, elsewhere.outputs["verdict"]) == (4, "inconclusive")
    assert start(action, tmp_path, RSD_DATABASE_URL=sick).code == 10
    assert _installed(tmp_path) == {"good.py", "good-1.0.dist-info"}


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path, checkout: Path, sick: str) -> None:
    """A pip.conf that is none ends in a sentence with its name, and none of its text, which may hold a password."""
    conf = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("index-url = https://name:correct-horse@registry.example/\n", encoding="utf-8")
    ended = start(_action(tmp_path, checkout, ""), tmp_path, RSD_DATABASE_URL=sick)
    assert (ended.code, ended.outputs["verdict"]) == (4, "inconclusive")
    assert f"{conf}: pip's settings cannot be read" in ended.last_line
    assert "correct-horse" not in ended.err


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("", "good==1.0 is missing"),
        ("(packages / 'evil.pth').write_text('')", "evil.pth is of no locked requirement"),
        ("(packages / 'evil-2.dist-info').mkdir()", "evil==2 is of no locked requirement"),
        ("(packages / 'good-2.0.dist-info').mkdir()", "good==2.0 is of no locked requirement"),
    ],
)
def test_an_environment_that_differs_from_the_lock_is_never_used(
    program: str, words: str, tmp_path: Path, checkout: Path, sick: str
) -> None:
    """Nothing more and nothing less than the lock names, or exit code 4, and the next start makes it anew."""
    action = _action(tmp_path, checkout, tiny_wheel(tmp_path / "wheels", "good"))
    ended = _start_with_pip(program, action, tmp_path, sick)
    assert (ended.code, ended.outputs["verdict"]) == (4, "inconclusive")
    assert words in ended.last_line
    assert list(tmp_path.glob("home/.cache/runner-scope-doctor/*/ready")) == []


@pytest.mark.parametrize(
    ("marker", "there"),
    [
        ("python_full_version >= '3.11'", True),
        ("python_full_version < '3.11'", False),
        ("implementation_name != 'cpython'", False),
        ("platform_python_implementation == 'CPython'", True),
        ("sys_platform == 'win32'", False),
    ],
)
def test_a_requirement_for_another_python_is_not_missed(
    marker: str, there: bool, tmp_path: Path, checkout: Path, sick: str
) -> None:
    """Conditions of a universal lock mean to us what they mean to pip."""
    line = tiny_wheel(tmp_path / "wheels", "good").replace(" --hash", f" ; {marker} \\\n    --hash")
    action = _action(tmp_path, checkout, line)
    registry = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    ended = start(action, tmp_path, RSD_DATABASE_URL=sick, **registry)
    assert ended.code == 10, ended.err
    assert _installed(tmp_path) == ({"good.py", "good-1.0.dist-info"} if there else set())


def test_conditions_of_our_locks_are_known_ones() -> None:
    """The locks of this project have no condition beyond those that environment.py knows, so none of them is refused."""
    known = {"python_full_version", "implementation_name", "platform_python_implementation", "sys_platform"}
    for lock in ("action/requirements.lock", "tests/requirements.lock"):
        lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
        conditions = [line.partition(" ; ")[2].removesuffix("\\").split() for line in lines if " ; " in line]
        assert conditions
        assert all(len(words) == 3 and words[0] in known for words in conditions)
