"""Snapshot files on the disk: the only place of the snapshot that touches it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.snapshot import Snapshot
from runner_scope_doctor.observe.snapshot_read import snapshot_from_text
from runner_scope_doctor.observe.snapshot_write import snapshot_pieces

MOST_BYTES = 200_000_000
"""More than any server's runners take: a runner takes about 250."""
_GIVE_ANOTHER = "Give a file as `runner-scope-doctor check --save-snapshot FILE` wrote it."


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in the file, whose size is looked at before a byte of it is read.

    Raises SettingsInvalid when the file cannot be read, is not a regular one, is too large, is not UTF-8
    or is no snapshot of this release's form.
    """
    content = _bytes(path)
    if not content:
        raise SettingsInvalid(f"{path}: the file is empty.", next_step=_GIVE_ANOTHER)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise SettingsInvalid(f"{path}:{line}: this is not UTF-8 text.", next_step=_GIVE_ANOTHER) from error
    del content  # as large as the text
    return snapshot_from_text(text, file=str(path))


def write_snapshot(path: Path, snapshot: Snapshot, *, tool_version: str) -> None:
    """Writes the file, which only its owner may read. It appears whole or not at all, and replaces an older one.

    Raises SettingsInvalid when it cannot be written, or when the path is a link or anything else but a regular file.
    """
    _refuse_irregular(path)
    temporary = path.parent / f".snapshot-{os.urandom(8).hex()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="ascii") as stream:
                stream.writelines(snapshot_pieces(snapshot, tool_version=tool_version))
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _not_written(path, _reason(error)) from error


def _refuse_irregular(path: Path) -> None:
    """Renaming over a device or a link would replace it: /dev/null would be a file from then on."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise _not_written(path, _reason(error)) from error
    if not stat.S_ISREG(mode):
        raise _not_written(path, "what is there is not a regular file")


def _not_written(path: Path, reason: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The snapshot could not be written to {path}: {reason}.",
        next_step="Name a new file, or a regular one to be replaced, in a folder that can be written.",
    )


def _bytes(path: Path) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise SettingsInvalid(f"{path}: this is a directory, not a snapshot.", next_step=_GIVE_ANOTHER)
        if not stat.S_ISREG(status.st_mode):
            raise SettingsInvalid(f"{path}: this is not a regular file.", next_step=_GIVE_ANOTHER)
        if status.st_size > MOST_BYTES:
            raise _too_large(path)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise SettingsInvalid(
            f"{path}: the snapshot cannot be read: {_reason(error)}.", next_step=_GIVE_ANOTHER
        ) from error
    if len(content) > MOST_BYTES:  # it grew between the two looks
        raise _too_large(path)
    return content


def _too_large(path: Path) -> SettingsInvalid:
    return SettingsInvalid(f"{path}: larger than {MOST_BYTES} bytes, which no snapshot is.", next_step=_GIVE_ANOTHER)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the path is not one"
