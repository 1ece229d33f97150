"""Finds a Python that can run the doctor and hands over to launch.py beside it.

Written for any Python from 3.6 on, so that an old `python3` of a host ends in a sentence and not in a SyntaxError.
Standard library only, started as `python3 -I start.py`.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NAMES = (
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "/usr/local/bin/python3",
    "/usr/bin/python3",
)
INCONCLUSIVE = 4


def main() -> int:
    """Becomes launch.py; 4 with a sentence when there is no Python for it."""
    named = os.environ.get("RSD_ACTION_PYTHON", "")
    if named:
        python = suitable(named)
    elif sys.version_info >= OLDEST:
        python = sys.executable
    else:
        python = next(filter(None, map(suitable, NAMES)), "")
    if python:
        launch = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")
        sys.stdout.flush()
        os.execv(python, [python, "-I", launch])  # noqa: S606 - no shell is wanted
    if named:
        return give_up(f"the interpreter {named!a} is no Python 3.11 or later that can be started", "Name one")
    return give_up("no Python 3.11 or later was found", "Install one, or name it")


def suitable(name: str) -> str:
    """The program's path when it is a Python that is new enough, else empty. A name may be a shim that leads nowhere,
    so the program is asked."""
    program = shutil.which(name) or ""
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        if program and subprocess.call(  # noqa: S603 - the program was named by the workflow, or is one of NAMES
            [program, "-I", "-c", question],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            program = ""
    except OSError:
        return ""
    return program


def give_up(reason: str, next_step: str) -> int:
    """Says why, in the log and in the outputs."""
    target = os.environ.get("FORGEJO_OUTPUT") or os.environ.get("GITHUB_OUTPUT") or os.devnull
    try:
        with open(target, "a", encoding="utf-8") as stream:
            stream.write(f"verdict=inconclusive\nexit-code={INCONCLUSIVE}\nfinding-count=\nreport=\nreports=\n")
    except OSError:
        reason += " (and the outputs could not be written)"
    sys.stderr.write(f"INCONCLUSIVE: {reason}. Next: {next_step} in the input python.\n")
    return INCONCLUSIVE


if __name__ == "__main__":
    sys.exit(main())
