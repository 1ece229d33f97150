"""Makes an environment for the steps of a job: the doctor's commands, or the linters of workflows.

Written for any Python from 3.6 on, so that an old `python3` ends in a sentence and not in a SyntaxError. Standard library
only, started by setup/action.yml as `python3 -I prepare.py`; environment.py beside it makes the environment.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from glob import glob

ACTION = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 11)
LOCKS = {"doctor": "requirements.lock", "linters": "linters.lock"}
PLACES = ("/usr/local/bin", "/usr/bin")
INCONCLUSIVE = 4
USAGE = 2


def main() -> int:
    """0 with the outputs written; 4 with a sentence when there is no environment, 2 when the inputs name nothing."""
    wanted, tools = os.environ.get("RSD_SETUP_PYTHON", ""), os.environ.get("RSD_SETUP_TOOLS", "") or "doctor"
    if tools not in LOCKS:
        return give_up("REFUSED: the input tools is neither doctor nor linters. Next: name one of them.", USAGE)
    if wanted and not (re.match(r"3\.\d{1,2}\Z", wanted) and numbers(wanted) >= OLDEST):
        return give_up("REFUSED: the input python-version is no 3.11 or later. Next: give one, such as 3.12.", USAGE)
    python = next(filter(None, (suitable(each, wanted) for each in candidates(wanted))), "")
    if not python:
        missing = f"Python {wanted}" if wanted else "Python 3.11 or later"
        return give_up(
            f"INCONCLUSIVE: there is no {missing} here, so nothing was tested with it. Next: use an image that has it."
        )
    try:
        made = subprocess.run(  # noqa: S603 - our own command
            [*command(python, LOCKS[tools]), "--cache", folder_of_environments()],
            cwd=ACTION,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
        if made.returncode:
            return INCONCLUSIVE  # environment.py has said why
        interpreter = os.fsdecode(made.stdout).rstrip("\n")
        write_outputs({"python": interpreter, "bin": os.path.dirname(interpreter)})
    except (OSError, ValueError) as error:
        return give_up(f"INCONCLUSIVE: no environment to run in: {error}. Next: see to that on this machine.")
    return 0


def candidates(wanted: str) -> "list[str]":
    """Where such a Python may be: on PATH, in the system, or where pyenv, uv and the images' tool caches keep them."""
    found = [] if wanted else [sys.executable]
    home, cached = os.path.expanduser("~"), os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache")
    pyenv = os.environ.get("PYENV_ROOT") or os.path.join(home, ".pyenv")
    for minor in [numbers(wanted)[1]] if wanted else range(14, OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        found += [name, *(os.path.join(place, name) for place in PLACES)]
        found += sorted(glob(f"{pyenv}/versions/3.{minor}.*/bin/{name}"))
        found += sorted(glob(f"{home}/.local/share/uv/python/cpython-3.{minor}.*/bin/{name}"))
        found += sorted(glob(f"{cached}/Python/3.{minor}.*/*/bin/{name}"))
    return found


def command(python: str, lock: str) -> "list[str]":
    """What makes the environment."""
    script, package = os.path.join(ACTION, "environment.py"), os.path.join(ACTION, "runner_scope_doctor")
    return [python, "-I", script, "--lock", os.path.join(ACTION, lock), "--copy", package]


def numbers(version: str) -> "tuple[int, ...]":
    """3.12 as numbers, which compare as versions do."""
    return tuple(int(part) for part in version.split("."))


def suitable(name: str, wanted: str) -> str:
    """The program's path when it is the Python that is wanted, else empty. A name may be a shim that leads nowhere, so
    the program is asked."""
    program = shutil.which(name) or ""
    unfit = f"!= {numbers(wanted)}" if wanted else f"< {OLDEST}"
    question = f"import sys; sys.exit(sys.version_info[:2] {unfit})"
    try:
        if program and subprocess.call(  # noqa: S603 - one of the candidates
            [program, "-I", "-c", question],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            return ""
    except OSError:
        return ""
    return program


def folder_of_environments() -> str:
    """As launch.py chooses it. Raises OSError for one in the workspace, whose content a pull request decides."""
    given, xdg = os.environ.get("RSD_ACTION_CACHE", ""), os.environ.get("XDG_CACHE_HOME", "")
    if given and not os.path.isabs(given):
        raise OSError("the input cache-folder is a relative path")
    home = xdg if os.path.isabs(xdg) else os.path.expanduser("~/.cache")
    cache = os.path.realpath(given or os.path.join(home, "runner-scope-doctor"))
    workspace = os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or os.getcwd())
    if os.path.commonpath([cache, workspace]) == workspace:
        raise OSError("the folder of the environments lies in the workspace")
    return cache


def write_outputs(values: "dict[str, str]") -> None:
    """For later steps. Raises OSError, and ValueError for a path that would end its own line."""
    target = os.environ.get("FORGEJO_OUTPUT") or os.environ.get("GITHUB_OUTPUT") or os.devnull
    if any("\n" in value for value in values.values()):
        raise ValueError("the folder of the environments has a line end in its name")
    with open(target, "a", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write("".join(f"{name}={value}\n" for name, value in values.items()))


def give_up(sentence: str, code: int = INCONCLUSIVE) -> int:
    """Says why, on standard error, in one line without control characters or workflow commands."""
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in sentence)
    plain = plain.replace("::", ":\\x3a").replace("##[", "#\\x23[")
    with suppress(OSError):
        os.write(2, (plain + "\n").encode())
    return code


if __name__ == "__main__":
    sys.exit(main())
