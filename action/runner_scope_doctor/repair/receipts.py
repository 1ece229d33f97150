"""Receipts as they lie in the state directory: one file for each plan that was carried out, named by its digest."""

from __future__ import annotations

import os
from pathlib import Path

from runner_scope_doctor.canonical.form import digest_of
from runner_scope_doctor.files.write import write_private
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.receipt import Receipt
from runner_scope_doctor.repair.private_folder import Holding, private_folder
from runner_scope_doctor.repair.receipt_form import LARGEST_RECEIPT, receipt_bytes, receipt_from_bytes

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def receipt_file(folder: Path, digest: str) -> Path:
    """Where the receipt of that plan lies, there or not."""
    return folder / f"{digest}.json"


def write_receipt(folder: Path, receipt: Receipt) -> str:
    """Writes it, synced, for its owner alone, and returns the SHA-256 of its bytes. Raises OSError and RepairRefused."""
    content = receipt_bytes(receipt)
    with private_folder(folder, Holding.RECEIPTS):
        write_private(receipt_file(folder, receipt.digest), content)
    return digest_of(content)


def read_receipt(folder: Path, digest: str, *, sha256: str | None) -> Receipt:
    """The receipt of that plan. Raises SettingsInvalid when it is not there, is not the one of that SHA-256 (which the
    journal holds; None compares nothing), or is no receipt, and RepairRefused when the folder is not private."""
    file = receipt_file(folder, digest)
    try:
        with (
            private_folder(folder, Holding.RECEIPTS) as place,
            open(os.open(file.name, _FLAGS, dir_fd=place), "rb") as opened,
        ):
            content = opened.read(LARGEST_RECEIPT + 1)
    except OSError as error:
        raise SettingsInvalid(
            f"The receipt {file} could not be read: {error.strerror}.",
            next_step="List the receipts there are: runner-scope-doctor receipts",
        ) from error
    if sha256 is not None and digest_of(content) != sha256:
        raise SettingsInvalid(
            f"The receipt {file} is not the one the journal names, so something has changed it.",
            next_step="Find out who changed it; the backup it names is still there: runner-scope-doctor backups",
        )
    receipt = receipt_from_bytes(content, file=str(file))
    if receipt.digest != digest:
        raise SettingsInvalid(f"The receipt {file} is of another plan.", next_step="Find out who renamed it.")
    return receipt
