"""Files that never end, or whose opening never ends: a named pipe, a device, a view without an end."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from runner_scope_doctor.files.beginning import beginning_of
from support.command import ROOT, Ended, doctor

IN_TIME = 10
"""Seconds after which a run counts as hanging; --timeout is 1."""


def checked(*arguments: str | Path, **variables: str) -> Ended:
    """One check with little patience, which the test does not outlive by much."""
    return doctor("check", "--timeout", "1", *arguments, environment=variables, timeout=IN_TIME)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe that nobody writes to."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The demonstration's sick server."""
    path = tmp_path / "forgejo.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
    return path


@contextmanager
def written_by_another(content: bytes, *, closed: bool) -> Iterator[Path]:
    """The reading end of a pipe, by the name a shell gives it; `closed` says whether its writer ends."""
    reading, writing = os.pipe()
    writer = threading.Timer(0.2, os.write, (writing, content))
    writer.start()
    try:
        if closed:
            writer.join()
            os.close(writing)
        yield Path(f"/dev/fd/{reading}")
    finally:
        writer.join()
        os.close(reading)
        if not closed:
            os.close(writing)


def test_a_database_that_is_a_pipe(pipe: Path) -> None:
    """A pipe in place of the SQLite file is told at once."""
    ended = checked("--database", f"sqlite:///{pipe}")
    assert ended.code == 4
    assert "it is a pipe or a device" in ended.last_line


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_pipe_beside_a_database(database: Path, ending: str) -> None:
    """A pipe where SQLite itself would look is named, and the database is not opened."""
    os.mkfifo(f"{database}{ending}")
    ended = checked("--database", f"sqlite:///{database}")
    assert ended.code == 4
    assert f"{database}{ending} is no regular file" in ended.last_line


@pytest.mark.parametrize("device", ["pipe", "/dev/zero"])
def test_an_app_ini_that_is_no_file(pipe: Path, device: str) -> None:
    """Neither a pipe nor a device is read as app.ini."""
    ended = checked("--app-ini", pipe if device == "pipe" else device)
    assert ended.code == 4
    assert "it is a pipe or a device" in ended.last_line


@pytest.mark.parametrize("device", ["pipe", "/dev/zero"])
def test_a_secret_that_is_no_file(pipe: Path, device: str) -> None:
    """Neither a pipe nor a device is read as a secret; the variable that names it is told."""
    ended = checked(RSD_DATABASE_URL_FILE=str(pipe) if device == "pipe" else device)
    assert ended.code == 3
    assert "RSD_DATABASE_URL_FILE could not be read: it is a pipe or a device" in ended.err


def test_a_secret_from_standard_input(database: Path) -> None:
    """A secret that another program writes to standard input, a little later, is read as from a file."""
    ended = doctor(
        "check", environment={"RSD_DATABASE_URL_FILE": "/dev/stdin"},
        prefix=("bash", "-c", '(sleep 0.2; echo "$0") | "$@"', f"sqlite:///{database}"),
    )  # fmt: skip
    assert ended.code == 10, ended


def test_a_pipe_is_read_to_its_end() -> None:
    """A pipe that this process was started with is read until its writer ends, or up to the limit."""
    with written_by_another(b"sqlite:////srv/forgejo.db\n", closed=True) as path:
        assert beginning_of(path, 100) == b"sqlite:////srv/forgejo.db\n"
    with written_by_another(b"0123456789", closed=False) as path:
        assert beginning_of(path, 4) == b"0123"


def test_a_pipe_whose_writer_never_ends() -> None:
    """Waiting for the rest of a pipe ends with an error that says so."""
    with written_by_another(b"half", closed=False) as path:
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match=r"did not end within 0\.5 s"):
            beginning_of(path, 100, pipe_seconds=0.5)
        assert time.monotonic() - begun < 5


def test_a_view_without_an_end(database: Path) -> None:
    """A statement that would run for ever is ended by the time limit."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE action_runner RENAME TO hidden")
        connection.execute(
            "CREATE VIEW action_runner AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT hidden.* FROM n, hidden"
        )
    ended = checked("--database", f"sqlite:///{database}")
    assert ended.code == 4
    assert "did not give an answer within the time limit" in ended.last_line
