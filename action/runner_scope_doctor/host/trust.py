"""Who could have changed a file: nothing is believed that anybody but root and the operator can write.

A path is walked part by part from `/`, each part opened inside the one before it and never through a symbolic link, so
that what was looked at is what is read. Access control lists need no look of their own: Linux shows what they grant at
most in the group's bits of the mode.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shlex import quote

from runner_scope_doctor.model.errors import SettingsInvalid

_FOLDER_FLAGS = getattr(os, "O_PATH", os.O_RDONLY | os.O_DIRECTORY) | os.O_NOFOLLOW | os.O_CLOEXEC
"""With O_PATH a folder can be passed that may be searched and not read; only Linux has it."""
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITERS = {stat.S_IWGRP: ("its group", "g-w"), stat.S_IWOTH: ("everyone", "o-w")}


def trusted_bytes(file: Path, *, operator: int, most_bytes: int) -> bytes:
    """The content of a regular file that only root and the user id `operator` can have written.

    Raises SettingsInvalid, which names the loose part with its mode and the command that ends it, when the file or a
    folder of its path belongs to somebody else, may be written by its group or everyone (a folder with the sticky bit
    aside), or is a symbolic link, when the file has a second name, is larger than `most_bytes` or cannot be read.
    """
    file = _walkable(file)
    with trusted_folder(file.parent, operator=operator) as folder:
        try:
            require_kind(os.stat(file.name, dir_fd=folder, follow_symlinks=False), file, stat.S_IFREG)
            descriptor = os.open(file.name, _FILE_FLAGS, dir_fd=folder)
        except OSError as error:
            raise _unreadable(file, error) from error
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        require_kind(status, file, stat.S_IFREG)
        require_unwritable(status, file, operator=operator)
        _require_one_name(status, file)
        try:
            content = opened.read(most_bytes + 1)
        except OSError as error:
            raise _unreadable(file, error) from error
    if len(content) > most_bytes:
        raise SettingsInvalid(f"{file}: larger than {most_bytes} bytes.", next_step="Give the right file.")
    return content


@contextmanager
def trusted_folder(folder: Path, *, operator: int) -> Iterator[int]:
    """A descriptor of the folder, for `dir_fd`, once every part of its path was found trusted.

    Raises SettingsInvalid as `trusted_bytes` does.
    """
    folder = _walkable(folder)
    with ExitStack() as stack:
        descriptor = -1
        for part in (*reversed(folder.parents), folder):
            try:
                name = part.name or "/"
                descriptor = os.open(name, _FOLDER_FLAGS, dir_fd=descriptor if part.name else None)
            except OSError as error:
                raise _unreadable(part, error) from error
            stack.callback(os.close, descriptor)
            status = os.fstat(descriptor)
            require_kind(status, part, stat.S_IFDIR)
            require_unwritable(status, part, operator=operator)
        yield descriptor


def require_kind(status: os.stat_result, part: Path, kind: int) -> None:
    """Raises SettingsInvalid unless the part is of the kind `stat.S_IFREG` or `stat.S_IFDIR`."""
    if stat.S_ISLNK(status.st_mode):
        raise SettingsInvalid(
            f"{part}: this is a symbolic link, and whoever can change a link changes what it leads to.",
            next_step=f"Give the path without links, which `realpath {quote(str(part))}` prints.",
        )
    if stat.S_IFMT(status.st_mode) != kind:
        wanted = "folder" if kind == stat.S_IFDIR else "regular file"
        raise SettingsInvalid(f"{part}: this is not a {wanted}.", next_step=f"Give the path of a {wanted}.")


def require_owner(status: os.stat_result, part: Path, *, operator: int) -> None:
    """Raises SettingsInvalid when the part belongs neither to root nor to the operator.

    Root goes on as the owner of the state directory (`host.owner`), so that giving the directory to root is no cure for a
    login of somebody's own: the service could then no longer write it.
    """
    if status.st_uid not in (0, operator):
        cure = f"look at what it holds, then run `chown root {quote(str(part))}`."
        raise SettingsInvalid(
            f"{part}: it belongs to {_user(status.st_uid)} (mode {_mode(status)}), who could change what it says; "
            f"it must belong to {_trusted(operator)}.",
            next_step=f"{cure[0].upper()}{cure[1:]}"
            if operator == 0
            else f"Run this as root, such as through sudo. If root is told the same, {cure}",
        )


def require_unwritable(status: os.stat_result, part: Path, *, operator: int) -> None:
    """Raises SettingsInvalid when somebody else than root and the operator may write the part.

    In a folder with the sticky bit, such as /tmp, others may add names but not replace those of trusted owners.
    """
    require_owner(status, part, operator=operator)
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
        return
    loose = [names for bit, names in _WRITERS.items() if status.st_mode & bit]
    if loose:
        writers = " and ".join(name for name, _ in loose)
        change = ",".join(command for _, command in loose)
        raise SettingsInvalid(
            f"{part}: it may be written by {writers} (mode {_mode(status)}).",
            next_step=f"Look at what it holds, then run `chmod {change} {quote(str(part))}`.",
        )


def _require_one_name(status: os.stat_result, file: Path) -> None:
    """A second name lets somebody who may only add names choose which trusted file is read."""
    if status.st_nlink != 1:
        raise SettingsInvalid(
            f"{file}: the file has {status.st_nlink} names (hard links), so it may be another file than it seems.",
            next_step=f"Write it anew: `cp {quote(str(file))} {quote(f'{file}.new')}`, "
            f"then `mv {quote(f'{file}.new')} {quote(str(file))}`.",
        )


def _walkable(path: Path) -> Path:
    """The absolute path, of which each part can be looked at by itself."""
    if ".." in path.parts or "\0" in str(path):
        raise SettingsInvalid(
            f"{path}: a path with `..` or a NUL cannot be followed part by part.",
            next_step="Write the whole path from / on.",
        )
    return Path("/", *Path.cwd().parts[1:], *path.parts) if not path.is_absolute() else Path("/", *path.parts[1:])


def _unreadable(part: Path, error: OSError) -> SettingsInvalid:
    reason = error.strerror or "for no reason the system gives"
    return SettingsInvalid(
        f"{part}: it cannot be opened: {reason}.",
        next_step="Give the right path, or run this as a user who may read it.",
    )


def _mode(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):04o}"


def _trusted(operator: int) -> str:
    return "root" if operator == 0 else f"root or {_user(operator)}"


def _user(uid: int) -> str:
    from pwd import getpwuid  # only on the way to an error; a directory service may answer slowly

    try:
        return f"{getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
