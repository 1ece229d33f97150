"""Users and groups, of this machine or of an image's own files."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from host.places import PROGRAMS, below
from host.problems import Failed, Refused

_CLEAN = {"PATH": PROGRAMS, "LC_ALL": "C"}
_MACHINE = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of a machine. `groups` are the ids of all groups it is in, its primary group `gid` included."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a file is to be, by names as in /etc/passwd, or by numbers where no name is known."""

    user: str
    group: str

    def __str__(self) -> str:
        return f"{self.user}:{self.group}"


ROOT = Owner(user="root", group="root")


def account(name: str) -> Account | None:
    """The user of this machine, by name or number; None when there is none."""
    try:
        entry = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        return Account(name=name, uid=int(name), gid=int(name), groups=(int(name),)) if name.isdigit() else None
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, groups=tuple(sorted(groups)))


def user_id(root: Path, name: str) -> int | None:
    """The user's id below that root; None when there is no such user."""
    return _number(root, name, "passwd")


def group_id(root: Path, name: str) -> int | None:
    """The group's id below that root; None when there is no such group."""
    return _number(root, name, "group")


def primary_group(root: Path, user: str) -> str | None:
    """The name of a user's own group, its number where it has no name; None when there is no such user."""
    if root == _MACHINE:
        found = account(user)
        return None if found is None else group_name(found.gid)
    fields = _entry(root, user, "passwd")
    if fields is None:
        return None
    named = [line[0] for line in _lines(root, "group") if len(line) > 2 and line[2] == fields[3]]
    return named[0] if named else fields[3]


def user_name(root: Path, uid: int) -> str:
    """The user's name below that root, its number where it has none."""
    if root != _MACHINE:
        return next((line[0] for line in _lines(root, "passwd") if len(line) > 3 and line[2] == str(uid)), str(uid))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The group's name on this machine, its number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def make_account(root: Path, name: str) -> None:
    """Makes a user that nobody can log in as, with a group of its own. Raises Failed."""
    command = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    _run("useradd", [*command, "--shell", "/usr/sbin/nologin", "--comment", "runner scope doctor"], root, name)


def remove_account(root: Path, name: str) -> None:
    """Removes the user with its group. Raises Failed."""
    _run("userdel", [], root, name)


def _run(program: str, options: list[str], root: Path, name: str) -> None:
    found = shutil.which(program, path=PROGRAMS)
    if found is None:
        raise Refused(
            f"This machine has no {program}.", next_step=f"Make the user {name} by hand, then run this again."
        )
    image = [] if root == _MACHINE else ["--prefix", str(root)]
    ended = subprocess.run(
        [found, *options, *image, name],
        env=_CLEAN,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Failed(f"{program} {name}: {ended.stderr.strip()}.", next_step="See to that, then run this again.")


def _number(root: Path, name: str, file: str) -> int | None:
    if name.isdigit():
        return int(name)
    if root != _MACHINE:
        fields = _entry(root, name, file)
        return None if fields is None else int(fields[2])
    try:
        return pwd.getpwnam(name).pw_uid if file == "passwd" else grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _entry(root: Path, name: str, file: str) -> list[str] | None:
    return next((line for line in _lines(root, file) if line[0] == name and len(line) > 3), None)


def _lines(root: Path, file: str) -> list[list[str]]:
    """What passwd(5) or group(5) has; empty where an image has no such file yet."""
    try:
        text = below(root, Path("/etc") / file).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line.split(":") for line in text.splitlines() if line]
