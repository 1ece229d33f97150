"""What an installation is made of. Each step says what it will do, whether that is done already, and does it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import assert_never

from host import installed_copy
from host.accounts import Owner, group_id, make_account, user_id
from host.places import LIBRARY, PROGRAMS, STARTED_UNITS, below
from host.problems import Failed


class Existing(Enum):
    """What becomes of a file that is there already and says something else."""

    REPLACED = "replaced"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAccount:
    """A user without login and home, with a group of its own."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeFolder:
    """A folder with exactly this owner and mode."""

    path: Path
    owner: Owner
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile:
    """A file with exactly this owner and mode and, unless an existing one is kept, this text."""

    path: Path
    text: str
    owner: Owner
    mode: int
    existing: Existing


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCode:
    """The copy of the program. `wheelhouse` None means the registry that pip is set up for."""

    wheelhouse: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUnits:
    """The socket and the timers, now and after every start of the machine."""


Step = MakeAccount | MakeFolder | WriteFile | InstallCode | StartUnits


def described(step: Step) -> str:
    """One line for a person to agree to."""
    match step:
        case MakeAccount(name=name):
            return f"user    {name}, a system user without login and home, with a group of its own"
        case MakeFolder(path=path, owner=owner, mode=mode):
            return f"folder  {path}  {mode:04o} {owner}"
        case WriteFile(path=path, owner=owner, mode=mode, existing=existing):
            kept = "; an edited one is kept" if existing is Existing.KEPT else ""
            return f"file    {path}  {mode:04o} {owner}{kept}"
        case InstallCode(wheelhouse=wheelhouse):
            origin = "pip's registry" if wheelhouse is None else str(wheelhouse)
            return f"code    {LIBRARY}  0755 root:root, on {installed_copy.base_interpreter()}, locked packages from {origin}"
        case StartUnits():
            return f"start   {', '.join(STARTED_UNITS[:-1])} and {STARTED_UNITS[-1]}, now and after every start of the machine"
        case _:
            assert_never(step)


def is_done(step: Step, root: Path) -> bool:
    """Whether there is nothing left to do."""
    match step:
        case MakeAccount(name=name):
            return user_id(root, name) is not None
        case MakeFolder(path=path, owner=owner, mode=mode):
            return _is_so(root, path, owner, mode, stat.S_IFDIR)
        case WriteFile(path=path, text=text, owner=owner, mode=mode, existing=existing):
            file = below(root, path)
            if existing is Existing.KEPT and file.is_file():
                return _is_so(root, path, owner, mode, stat.S_IFREG)
            return _is_so(root, path, owner, mode, stat.S_IFREG) and file.read_bytes() == text.encode()
        case InstallCode():
            return installed_copy.is_installed(root)
        case StartUnits():
            return all(_systemctl("is-active", unit) and _systemctl("is-enabled", unit) for unit in STARTED_UNITS)
        case _:
            assert_never(step)


def do(step: Step, root: Path) -> None:
    """Does it. Raises Failed."""
    try:
        _do(step, root)
    except OSError as error:
        raise Failed(
            f"{error.filename}: {error.strerror}.", next_step="See to that, then run this again; it goes on from here."
        ) from error


def _do(step: Step, root: Path) -> None:
    match step:
        case MakeAccount(name=name):
            make_account(root, name)
        case MakeFolder(path=path, owner=owner, mode=mode):
            folder = below(root, path)
            folder.mkdir(parents=True, exist_ok=True)
            _give(root, folder, owner, mode, os.O_DIRECTORY)
        case WriteFile(path=path, text=text, owner=owner, mode=mode, existing=existing):
            file = below(root, path)
            if existing is Existing.KEPT and file.exists():
                _give(root, file, owner, mode)
            else:
                _write(root, file, text, owner, mode)
        case InstallCode(wheelhouse=wheelhouse):
            installed_copy.install(root, wheelhouse)
        case StartUnits():
            _start()
        case _:
            assert_never(step)


def _write(root: Path, file: Path, text: str, owner: Owner, mode: int) -> None:
    """Beside its place first, so that nobody ever reads a half of it or with another mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    _give(root, new, owner, mode)
    new.rename(file)


def _give(root: Path, path: Path, owner: Owner, mode: int, kind: int = 0) -> None:
    """In an image without the user, root has it until this is run on the machine. Never through a link, which the owner of
    a folder above could have put there."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | kind)
    try:
        os.fchown(descriptor, user_id(root, owner.user) or 0, group_id(root, owner.group) or 0)
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def _is_so(root: Path, path: Path, owner: Owner, mode: int, kind: int) -> bool:
    try:
        found = below(root, path).lstat()
    except OSError:
        return False
    wanted = (user_id(root, owner.user) or 0, group_id(root, owner.group) or 0, kind, mode)
    return (found.st_uid, found.st_gid, stat.S_IFMT(found.st_mode), stat.S_IMODE(found.st_mode)) == wanted


def _start() -> None:
    for words in (("daemon-reload",), ("enable", *STARTED_UNITS), ("restart", *STARTED_UNITS)):
        if not _systemctl(*words):
            raise Failed(
                f"systemctl {' '.join(words)} did not go through.", next_step=f"systemctl status {STARTED_UNITS[0]}"
            )


def stop_units() -> None:
    """Stops socket and timers and lets nothing start them again. A request that is being answered goes on."""
    _systemctl("disable", "--now", *STARTED_UNITS)


def reload_units() -> None:
    """Tells systemd that files of units are gone."""
    _systemctl("daemon-reload")


def systemd_runs() -> bool:
    """Whether this machine was started by systemd (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def _systemctl(*words: str) -> bool:
    found = shutil.which("systemctl", path=PROGRAMS)
    if found is None:
        return False
    ended = subprocess.run(
        [found, *words], env={"PATH": PROGRAMS}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    return ended.returncode == 0
