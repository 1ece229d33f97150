"""A file that only begins like a SQLite database ends in a sentence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.engines import sqlite
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.model.errors import SourceUnavailable

HEADER = b"SQLite format 3\x00" + b"\x10\x00\x02\x02"
"""The first 20 bytes of a database in WAL mode with pages of 4096 bytes (SQLite file format, section 1.3)."""


@pytest.mark.parametrize("length", range(16, 21))
def test_a_header_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    """A copy broken off within its first bytes, also before the one that tells WAL mode, is no database."""
    path = tmp_path / "forgejo.db"
    path.write_bytes(HEADER[:length])
    with (
        pytest.raises(SourceUnavailable, match=r"forgejo\.db could not be read: file is not a database\.") as refused,
        sqlite.opened_for_reading(SqliteAddress(path=path), Patience(seconds=1)) as reader,
    ):
        reader.read(sql.COUNT_RUNNERS)
    assert refused.value.next_step
    assert path.read_bytes() == HEADER[:length]


def test_the_header_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All questions about the header are answered by the same bytes, so a file swapped in between cannot mix answers."""
    looks = []

    def beginning(path: Path, limit: int) -> bytes:
        looks.append(path)
        return HEADER[:limit]

    path = tmp_path / "forgejo.db"
    path.touch()
    monkeypatch.setattr(sqlite, "beginning_of", beginning)
    with sqlite.opened_for_reading(SqliteAddress(path=path), Patience(seconds=1)):
        assert looks == [path]


def test_a_journal_that_comes_and_goes_is_no_obstacle(tmp_path: Path) -> None:
    """A server in DELETE mode makes and removes its journal with every write; looking at that file twice would see it gone."""
    journal, done = tmp_path / "forgejo.db-journal", threading.Event()

    def write_and_remove() -> None:
        while not done.is_set():
            journal.touch()
            journal.unlink()

    server = threading.Thread(target=write_and_remove)
    server.start()
    try:
        assert not any(sqlite.is_odd(journal) for _ in range(20_000))
    finally:
        done.set()
        server.join()
    journal.mkdir()
    assert sqlite.is_odd(journal)
