"""A contract file to its text: the only place of this room that touches the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runner_scope_doctor.contract.grammar import MOST_BYTES
from runner_scope_doctor.contract.parse import parse_contract
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.errors import SettingsInvalid

_GIVE_ANOTHER = "Give the path of a contract, usually runner-scope.yml; `runner-scope-doctor contract init` writes one."


def read_contract(path: Path) -> Contract:
    """The contract in the file, whose size is looked at before a byte of it is read.

    Raises SettingsInvalid when the file cannot be read, is not a regular one, is too large, is not UTF-8
    or is no contract.
    """
    content = _bytes(path)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise SettingsInvalid(f"{path}:{line}: this is not UTF-8 text.", next_step="Save the file in UTF-8.") from error
    return parse_contract(text, file=str(path))


def _bytes(path: Path) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise SettingsInvalid(f"{path}: this is a directory, not a contract file.", next_step=_GIVE_ANOTHER)
        if not stat.S_ISREG(status.st_mode):
            raise SettingsInvalid(f"{path}: this is not a regular file.", next_step=_GIVE_ANOTHER)
        if status.st_size > MOST_BYTES:
            raise _too_large(path)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise SettingsInvalid(
            f"{path}: the contract cannot be read: {_reason(error)}.", next_step=_GIVE_ANOTHER
        ) from error
    if len(content) > MOST_BYTES:  # it grew between the two looks
        raise _too_large(path)
    return content


def _too_large(path: Path) -> SettingsInvalid:
    return SettingsInvalid(
        f"{path}: larger than {MOST_BYTES} bytes, which no contract is.",
        next_step="Declare fewer runners, or give the right file.",
    )


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the path is not one"
