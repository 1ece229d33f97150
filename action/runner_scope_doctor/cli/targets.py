"""Files that a run reads and files that it writes must not be the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.files.stream import stream_descriptor
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError

_SQLITE = b"SQLite format 3\x00"
_BESIDE_A_DATABASE = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file and the option that named it."""

    option: str
    path: Path


def database_files(path: Path, option: str) -> tuple[NamedFile, ...]:
    """A SQLite file and those its engine keeps beside it."""
    return tuple(NamedFile(option=option, path=Path(f"{path}{end}")) for end in _BESIDE_A_DATABASE)


def refuse_to_overwrite(targets: Sequence[NamedFile], inputs: Iterable[NamedFile]) -> None:
    """Raises UsageError when a target is also an input, another target or any SQLite database, and SettingsInvalid when it
    cannot be written: all before anything is looked at, so that no finding is lost to it."""
    taken = {key: one for one in inputs for key in _keys(one.path)}
    for target in targets:
        for key in _keys(target.path):
            if key in taken:
                raise UsageError(
                    f"{target.option} would overwrite {target.path}, which {taken[key].option} names too.",
                    next_step="Name another file.",
                )
        taken |= dict.fromkeys(_keys(target.path), target)
        _refuse_a_database(target)
    # Only when none of them is a file to keep: of a failure it is told in those that can be written.
    for target in targets:
        _refuse_what_cannot_be_written(target)


def _keys(path: Path) -> tuple[object, ...]:
    """What makes two paths the same file: where links lead, and for one that exists the file itself."""
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError:
        return (real,)
    return (real, (status.st_dev, status.st_ino))


def _refuse_a_database(target: NamedFile) -> None:
    """Also for what an engine keeps beside one: a write-ahead log can hold what the database does not have yet."""
    real = os.path.realpath(target.path)
    for end in _BESIDE_A_DATABASE:
        if real.endswith(end) and _is_sqlite(real.removesuffix(end)):
            raise UsageError(
                f"{target.option} would overwrite {target.path}, which is a SQLite database or lies beside one.",
                next_step="Name another file.",
            )


def _is_sqlite(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _refuse_what_cannot_be_written(target: NamedFile) -> None:
    if not _can_be_written(target.path):
        raise SettingsInvalid(
            f"The file {target.path} of {target.option} could not be written there.",
            next_step="Name a file in a folder that exists and can be written to.",
        )


def _can_be_written(path: Path) -> bool:
    """A file is put in place by its folder; a stream, a device or a pipe is written to where it is."""
    if (descriptor := stream_descriptor(path)) is not None:
        return _is_open(descriptor)
    if os.path.exists(path) and not os.path.isfile(path):
        return not os.path.isdir(path) and os.access(path, os.W_OK)
    return os.path.isdir(path.parent) and os.access(path.parent, os.W_OK | os.X_OK)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except (OSError, OverflowError):  # the latter for more digits than a descriptor has
        return False
    return True
