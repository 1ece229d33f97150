"""What a table's columns held, in one hash each."""

from __future__ import annotations

import hashlib

from runner_scope_doctor.database.exact.backup_tables import ExactRow
from runner_scope_doctor.repair.cell_text import hashed_form


class ColumnHashes:
    """The hashes of a table's columns while its rows go by."""

    def __init__(self, columns: int) -> None:
        self._hashes = [hashlib.sha256() for _ in range(columns)]
        self.rows = 0

    def add(self, row: ExactRow) -> None:
        """The next row, with a value for every column."""
        self.rows += 1
        for running, value in zip(self._hashes, row, strict=True):
            running.update(hashed_form(value))

    def sha256(self) -> tuple[str, ...]:
        """64 hex digits for each column."""
        return tuple(running.hexdigest() for running in self._hashes)
