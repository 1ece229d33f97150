"""A file to its text. Its size is looked at before a byte of it is read."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.model.errors import SettingsInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What a file should be, for the sentences that refuse it.

    `noun` and `file_noun` are as in "the contract" and "a contract file". `next_step` helps with a path that names no such file,
    `when_too_large` and `when_not_utf8` with those two.
    """

    noun: str
    file_noun: str
    next_step: str
    when_too_large: str
    when_not_utf8: str


def read_text(path: Path, kind: FileKind, *, most_bytes: int) -> str:
    """The text of a regular file of at most so many bytes.

    Raises SettingsInvalid when the file cannot be read, is not a regular one, is too large or is not UTF-8.
    """
    return utf8_text(_bytes(path, kind, most_bytes), file=path, next_step=kind.when_not_utf8)


def utf8_text(content: bytes, *, file: Path, next_step: str) -> str:
    """What the bytes of the file say. Raises SettingsInvalid, which names the line, when they are not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise SettingsInvalid(f"{file}:{line}: this is not UTF-8 text.", next_step=next_step) from error


def _bytes(path: Path, kind: FileKind, most_bytes: int) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise SettingsInvalid(f"{path}: this is a directory, not {kind.file_noun}.", next_step=kind.next_step)
        if not stat.S_ISREG(status.st_mode):
            raise SettingsInvalid(f"{path}: this is not a regular file.", next_step=kind.next_step)
        if status.st_size > most_bytes:
            raise _too_large(path, kind, most_bytes)
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        raise SettingsInvalid(
            f"{path}: the {kind.noun} cannot be read: {reason(error)}.", next_step=kind.next_step
        ) from error
    if len(content) > most_bytes:  # it grew between the two looks
        raise _too_large(path, kind, most_bytes)
    return content


def _too_large(path: Path, kind: FileKind, most_bytes: int) -> SettingsInvalid:
    return SettingsInvalid(
        f"{path}: larger than {most_bytes} bytes, which no {kind.noun} is.", next_step=kind.when_too_large
    )
