"""Asks `ssh-keygen`, and shows it nothing but what was read before: no file by its name, no environment, no shell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.model.errors import RepairRefused

PROGRAM = Path("/usr/bin/ssh-keygen")
"""Never looked for in PATH, which a job can set."""
PATIENCE = 10.0
"""Seconds for one question; the largest keys take a few hundredths."""
_ENVIRONMENT = {"LC_ALL": "C"}


class Unanswered(Exception):
    """`ssh-keygen` came to no end. The text completes "The signature x …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Bytes that `ssh-keygen` can open like a file, and nobody else; gone with the process. `descriptor` is ours."""

    descriptor: int

    @property
    def name(self) -> str:
        """What `ssh-keygen` opens, and calls it in its complaints."""
        return f"/proc/self/fd/{self.descriptor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How `ssh-keygen` ended. `said` is its standard output, `complaint` its standard error; both may hold foreign text."""

    status: int
    said: str
    complaint: str

    @property
    def is_yes(self) -> bool:
        """Whether it verified or found what it was asked for."""
        return self.status == 0


@contextmanager
def shown(content: bytes) -> Iterator[Shown]:
    """The bytes as an anonymous file in memory: no path that could be swapped, nothing left behind when we are killed.

    Raises RepairRefused when the system has no room for it.
    """
    try:
        descriptor = os.memfd_create("runner-scope-doctor", os.MFD_CLOEXEC)
    except OSError as error:
        raise _no_room(error) from error
    with open(descriptor, "r+b", buffering=0) as file:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as error:
            raise _no_room(error) from error
        yield Shown(descriptor=descriptor)


def answer(question: str, *options: str | Shown, message: bytes) -> Answer:
    """What `ssh-keygen -Y question …` says, with the message as its standard input.

    Raises Unanswered when it takes too long, RepairRefused when there is no such program.
    """
    arguments = [option.name if isinstance(option, Shown) else option for option in options]
    try:
        done = subprocess.run(  # noqa: S603  # a fixed program, each argument by itself, no shell
            _encoded((str(PROGRAM), "-Y", question, *arguments)),
            input=message,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env=_ENVIRONMENT,
            cwd="/",
            pass_fds=[option.descriptor for option in options if isinstance(option, Shown)],
        )
    except subprocess.TimeoutExpired as error:
        raise Unanswered(f"cannot be judged: {PROGRAM} did not answer within {PATIENCE:g} s") from error
    except OSError as error:
        raise RepairRefused(
            f"{PROGRAM} cannot be started: {error.strerror}. Without it no signature can be judged.",
            next_step="Install OpenSSH's client, on Debian with `apt-get install openssh-client`.",
        ) from error
    return Answer(status=done.returncode, said=_text(done.stdout), complaint=_text(done.stderr))


def _encoded(arguments: Sequence[str]) -> list[bytes]:
    """As they stand in the allowed signers file, whatever encoding the caller's locale has."""
    return [argument.encode() for argument in arguments]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _no_room(error: OSError) -> RepairRefused:
    return RepairRefused(
        f"The signature cannot be judged: no file in memory can be made: {error.strerror}.",
        next_step="Look at the limits of this process (`ulimit -a`), then run the same command again.",
    )
