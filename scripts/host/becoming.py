"""Being another user for a moment: a process of its own that gives up root for good and tries things out."""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from host.accounts import Account
from host.places import PROGRAMS

_SECONDS = 30
_REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS)


class Deed(Enum):
    """What is tried. None of it changes anything that is there."""

    READ = "read"
    LIST = "list"
    WRITE = "write"
    ADD = "add a file to"
    CONNECT = "connect to"
    TAKE_OVER = "take over"
    """Whether the user owns a part of the path, or may replace one."""


class Ending(Enum):
    """How a try ended."""

    DENIED = "denied"
    ABSENT = "absent"
    DONE = "done"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing to try on one path."""

    deed: Deed
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`detail` is what the system said, or which part of a path it is about; empty when there is nothing to say."""

    attempt: Attempt
    ending: Ending
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a program ended: its exit code and everything it printed. None means that it could not be started or took too
    long, and `text` says why."""

    code: int | None
    text: str


def tried_as(user: Account, attempts: Sequence[Attempt]) -> tuple[Tried, ...]:
    """Tries everything as that user, with its groups and no capability."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        _become_and_try(user, attempts, readable, writable)
    os.close(writable)
    with open(readable, "rb") as stream:
        content = stream.read()
    os.waitpid(child, 0)
    endings: list[list[str]] = json.loads(content) if content else []
    missing = ["untold", "the process that tried did not end as it should"]
    told = [*endings, *[missing] * (len(attempts) - len(endings))]
    return tuple(
        Tried(attempt=attempt, ending=Ending(ending), detail=detail)
        for attempt, (ending, detail) in zip(attempts, told, strict=True)
    )


def run_as(user: Account, command: Sequence[str | Path]) -> Said:
    """Runs a program as that user, in a clean environment, with nothing to read."""
    try:
        ended = subprocess.run(
            [str(word) for word in command],
            user=user.uid,
            group=user.gid,
            extra_groups=user.groups,
            env={"PATH": PROGRAMS, "HOME": "/", "LC_ALL": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Said(code=None, text=f"it took longer than {_SECONDS} seconds")
    except OSError as error:
        return Said(code=None, text=f"it cannot be started: {error.strerror}")
    return Said(code=ended.returncode, text=ended.stdout.decode("utf-8", "backslashreplace"))


def _become_and_try(user: Account, attempts: Sequence[Attempt], readable: int, writable: int) -> None:
    """Never returns."""
    try:
        os.close(readable)
        os.setgroups(user.groups)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
        os.chdir("/")
        endings = [_tried(attempt, user) for attempt in attempts]
        with open(writable, "wb") as stream:
            stream.write(json.dumps(endings).encode())
    finally:
        os._exit(0)


def _tried(attempt: Attempt, user: Account) -> tuple[str, str]:
    try:
        detail = _done(attempt, user)
    except OSError as error:
        said = error.strerror or "no reason was given"
        if error.errno in _REFUSALS:
            return Ending.DENIED.value, said
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return Ending.ABSENT.value, said
        # A program that runs cannot be written just now, and a socket nobody listens at can be connected to later.
        if error.errno in (errno.ETXTBSY, errno.ECONNREFUSED, errno.EAGAIN, errno.ENXIO):
            return Ending.DONE.value, said
        return Ending.UNTOLD.value, said
    return (Ending.DENIED.value, "") if detail is None else (Ending.DONE.value, detail)


def _done(attempt: Attempt, user: Account) -> str | None:
    """Does it and says what there is to say; None when it can be told not to be possible. Raises OSError."""
    path = attempt.path
    match attempt.deed:
        case Deed.READ:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        case Deed.LIST:
            os.listdir(path)
        case Deed.WRITE:
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC))
        case Deed.ADD:
            probe = path / f".runner-scope-doctor-{secrets.token_hex(8)}"
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            probe.unlink()
        case Deed.CONNECT:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_SECONDS)
                connection.connect(str(path))
        case Deed.TAKE_OVER:
            return _part_in_hand(path, user)
    return ""


def _part_in_hand(path: Path, user: Account) -> str | None:
    """The first part of the path, as written and without links, that the user owns or could put something else in the
    place of; None when there is none."""
    real = Path(os.path.realpath(path))
    for whole in dict.fromkeys((path, real)):
        for part in (*reversed(whole.parents), whole):
            try:
                found = part.lstat()
            except (FileNotFoundError, NotADirectoryError):
                break
            except PermissionError:  # what cannot even be looked at is in nobody's hand
                break
            if found.st_uid == user.uid:
                return f"{part} belongs to {user.name}"
            # In a folder with the sticky bit nobody can replace what belongs to somebody else.
            sticky = found.st_mode & stat.S_ISVTX and (whole == part or _is_there(whole, part))
            if stat.S_ISDIR(found.st_mode) and not sticky and part != whole and os.access(part, os.W_OK):
                return f"{part} can be written"
    return None


def _is_there(whole: Path, part: Path) -> bool:
    following = part / whole.relative_to(part).parts[0]
    return os.path.lexists(following)
