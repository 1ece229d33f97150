"""Finds a Python that can run the doctor and hands over to launch.py beside it.

Written for any Python from 3.6 on, so that an old `python3` of a host ends in a sentence and not in a SyntaxError.
Standard library only, started as `python3 -I start.py`.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress

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
    open_what_is_closed()
    named = os.environ.get("RSD_ACTION_PYTHON", "")
    if named:
        python = suitable(named)
    elif sys.version_info >= OLDEST:
        python = sys.executable
    else:
        python = next(filter(None, map(suitable, NAMES)), "")
    if python:
        launch = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")
        try:
            os.execv(python, [python, "-I", launch])  # noqa: S606 - no shell is wanted
        except OSError as error:
            return give_up(f"{python} cannot be started: {error.strerror}", "Name another one")
    if named:
        return give_up(f"the interpreter {named!r} is no Python 3.11 or later that can be started", "Name one")
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
    say(f"INCONCLUSIVE: {reason}. Next: {next_step} in the input python.")
    return INCONCLUSIVE


def say(line: str) -> None:
    """On standard error, where nobody may hear it: one line, without control characters or workflow commands, because
    paths come from elsewhere."""
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    plain = plain.replace("::", ":\\x3a").replace("##[", "#\\x23[")
    with suppress(OSError):
        os.write(2, (plain + "\n").encode())


def open_what_is_closed() -> None:
    """A caller may have closed a standard stream: the next file opened would take its place, and get what is said."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


if __name__ == "__main__":
    sys.exit(main())
