"""What the user of a SQLite file could write: the file's own permissions tell."""

from __future__ import annotations

import os
import shutil

import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.tables.privileges import write_power
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.processes import fresh_folder
from support.world import World


def power(address: SqliteAddress) -> str | None:
    """What `write_power` says over these credentials."""
    with opened_for_reading(address, Patience(10)) as reader:
        return write_power(reader, address)


def test_a_sqlite_file_that_its_user_may_write(sqlite_database: FreshDatabase) -> None:
    """Whoever may write the file may change every row."""
    World.create(sqlite_database.connection, Engine.SQLITE, 15)
    assert isinstance(sqlite_database.address, SqliteAddress)
    assert power(sqlite_database.address) == f"the file {os.path.realpath(sqlite_database.address.path)} is writable"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user")
@pytest.mark.parametrize(
    ("folder_mode", "owner", "file_mode", "said"),
    [
        (0o755, 0, 0o644, None),
        (0o777, 0, 0o644, "the folder {folder} of the file is writable"),
        (0o755, 0, 0o666, "the file {file} is writable"),
        (0o755, 65534, 0o444, "the file {file} is its own, and can be made writable"),
    ],
)
def test_a_sqlite_file_of_another_user(
    sqlite_database: FreshDatabase, folder_mode: int, owner: int, file_mode: int, said: str | None
) -> None:
    """The effective user's own rights decide: on the file, on its folder, and as its owner."""
    World.create(sqlite_database.connection, Engine.SQLITE, 15)
    assert isinstance(sqlite_database.address, SqliteAddress)
    folder = fresh_folder("sqlite")
    try:
        file = folder / "forgejo.db"
        file.write_bytes(sqlite_database.address.path.read_bytes())
        os.chown(file, owner, owner)
        file.chmod(file_mode)
        folder.chmod(folder_mode)
        os.seteuid(65534)
        try:
            answer = power(SqliteAddress(path=file))
        finally:
            os.seteuid(0)
    finally:
        shutil.rmtree(folder)
    assert answer == (None if said is None else said.format(folder=folder, file=file))
