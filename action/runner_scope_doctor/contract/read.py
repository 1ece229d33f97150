"""A contract file to what it declares."""

from __future__ import annotations

from pathlib import Path

from runner_scope_doctor.contract.grammar import MOST_BYTES
from runner_scope_doctor.contract.parse import parse_contract
from runner_scope_doctor.files.read import FileKind, read_text
from runner_scope_doctor.model.contract import Contract

_CONTRACT = FileKind(
    noun="contract",
    file_noun="a contract file",
    next_step="Give the path of a contract, usually runner-scope.yml; `runner-scope-doctor contract init` writes one.",
    when_too_large="Declare fewer runners, or give the right file.",
    when_not_utf8="Save the file in UTF-8.",
)


def read_contract(path: Path) -> Contract:
    """The contract in the file, whose size is looked at before a byte of it is read.

    Raises SettingsInvalid when the file cannot be read, is not a regular one, is too large, is not UTF-8
    or is no contract.
    """
    return parse_contract(read_text(path, _CONTRACT, most_bytes=MOST_BYTES), file=str(path))
