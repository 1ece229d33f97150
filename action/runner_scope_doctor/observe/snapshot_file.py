"""Snapshot files on the disk: the only place of the snapshot that touches it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runner_scope_doctor.files.read import FileKind, read_text
from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.files.write import write_whole
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.snapshot import Snapshot
from runner_scope_doctor.observe.snapshot_read import snapshot_from_text
from runner_scope_doctor.observe.snapshot_write import snapshot_pieces

MOST_BYTES = 200_000_000
"""More than any server's runners take: a runner takes about 250."""
_GIVE_ANOTHER = "Give a file as `runner-scope-doctor check --save-snapshot FILE` wrote it."
_SNAPSHOT = FileKind(
    noun="snapshot",
    file_noun="a snapshot",
    next_step=_GIVE_ANOTHER,
    when_too_large=_GIVE_ANOTHER,
    when_not_utf8=_GIVE_ANOTHER,
)


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in the file, whose size is looked at before a byte of it is read.

    Raises SettingsInvalid when the file cannot be read, is not a regular one, is too large, is not UTF-8
    or is no snapshot of this release's form.
    """
    text = read_text(path, _SNAPSHOT, most_bytes=MOST_BYTES)
    if not text:
        raise SettingsInvalid(f"{path}: the file is empty.", next_step=_GIVE_ANOTHER)
    return snapshot_from_text(text, file=str(path))


def write_snapshot(path: Path, snapshot: Snapshot, *, tool_version: str) -> None:
    """Writes the file, which only its owner may read. It appears whole or not at all, and replaces an older one.

    Raises SettingsInvalid when it cannot be written, or when the path is a link or anything else but a regular file.
    """
    _refuse_irregular(path)
    try:
        write_whole(path, snapshot_pieces(snapshot, tool_version=tool_version), mode=0o600)
    except OSError as error:
        raise _not_written(path, reason(error)) from error


def _refuse_irregular(path: Path) -> None:
    """Renaming over a device or a link would replace it: /dev/null would be a file from then on."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise _not_written(path, reason(error)) from error
    if not stat.S_ISREG(mode):
        raise _not_written(path, "what is there is not a regular file")


def _not_written(path: Path, because: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The snapshot could not be written to {path}: {because}.",
        next_step="Name a new file, or a regular one to be replaced, in a folder that can be written.",
    )
