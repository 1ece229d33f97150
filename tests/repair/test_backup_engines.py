"""On every engine, under exactly the rights it needs: what was saved and proven is what the server held."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.exact.backup_tables import RUNNER_TABLES
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import RepairFailed
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.backups import restored, verified
from runner_scope_doctor.repair.proof import proven
from support.backups import backed_up, exact_rows
from support.connection import FreshDatabase
from support.definitions import tables
from support.empty_server import EmptyServer
from support.logins import Grant, mariadb_login, postgres_login
from support.recordings import Recording, Unrecorded, load, or_skipped, recorded_stages
from support.world import World

HOSTILE = "rs2000\n::set-env name=PATH::/tmp\t\x01\x1b[31m \u202e\u0085'\"`;--%s 😀\U0010ffff e\u0301 "
RECORDED = or_skipped(recorded_stages(), lambda entry: f"{entry[0].folder.name}-{entry[1]}")


def filled(server: EmptyServer, major: int) -> World:
    """Rows with all that a column of the engine can hold."""
    world = server.create(major)
    owner = world.user("owner")
    repository = world.repository(owner, "deploy")
    world.runner(HOSTILE, id=1, owner_id=owner, repo_id=repository, description=HOSTILE * 50)
    world.runner("greatest", id=2**63 - 2, owner_id=2**63 - 1, repo_id=-(2**63), last_online=None)
    world.runner("", id=-7, labels=None, deleted=0)
    for number in range(1_200):
        world.counter(number, repository, number)
    job = world.job(repository, workflow_payload=bytes(range(256)) * 200)
    world.task(job, 1, log_indexes=b"\xff" * 5_000)
    if server.engine is Engine.SQLITE:
        world.execute(
            "UPDATE action_runner SET name = CAST(x'ff00fe' AS TEXT), version = 1.5, base = 'x' WHERE id = -7"
        )
    else:
        world.execute("ALTER TABLE action_runner ADD COLUMN price DECIMAL(30, 6)")
        world.execute("UPDATE action_runner SET price = 12345678901234567890.120000 WHERE id = 1")
    return world


@pytest.mark.parametrize("scope", list(BackupScope))
def test_what_is_proven_is_what_the_server_holds(
    any_engine_world: EmptyServer, folder: Path, tmp_path: Path, scope: BackupScope
) -> None:
    """Through file and store and back: count, values and types of every column of every table."""
    filled(any_engine_world, 15)
    written = backed_up(any_engine_world.address, folder, scope=scope)
    backup = proven(folder, written).backup
    assert verified(folder, backup.name, sha256=backup.sha256) == backup
    restored(folder, backup.name, tmp_path / "restored", sha256=backup.sha256)
    connection = sqlite3.connect(tmp_path / "restored")
    connection.text_factory = bytes
    try:
        for table in backup.tables:
            names = [column.name for column in table.columns]
            listed = ", ".join(f'"{name}"' for name in names)
            found = connection.execute(f'SELECT {listed} FROM "{table.name}" ORDER BY "row number"').fetchall()
            read = exact_rows(any_engine_world.address, table.name, scope)
            assert found == [tuple(map(readable, row.values())) for row in read], table.name
            assert table.rows == len(read)
    finally:
        connection.close()
    rows = {table.name: table.rows for table in backup.tables}
    assert (rows["action_runner"], rows["action_tasks_version"]) == (3, 1_200)
    assert len(rows) == (3 if scope is BackupScope.RUNNER_TABLES else 7)


def readable(value: object) -> object:
    """The value as plain SQLite gives it, texts being asked for as bytes."""
    match value:
        case bool():
            return int(value)
        case str():
            return value.encode()
        case Decimal():
            return str(value).encode()
        case None | int() | float() | bytes():
            return value
        case _:
            return getattr(value, "content", value)


@pytest.mark.parametrize("major", [7, 11, 14, 15, 16])
def test_every_version_can_be_saved(any_engine_world: EmptyServer, folder: Path, major: int) -> None:
    """The tables of each Forgejo, whatever columns it has, are saved with all of them."""
    filled(any_engine_world, major)
    backup = proven(folder, backed_up(any_engine_world.address, folder, scope=BackupScope.ALL_ACTIONS)).backup
    assert [table.name for table in backup.tables] == sorted(
        name for name in tables(major) if name.startswith("action_")
    )
    names = [column.name for column in backup.tables[2].columns]
    assert backup.tables[2].name == "action_runner"
    assert ("ephemeral" in names) is (major >= 15)


def test_the_least_rights_suffice(request: pytest.FixtureRequest, any_engine_world: EmptyServer, folder: Path) -> None:
    """With SELECT on the three tables and nothing else the backup is written and proven."""
    filled(any_engine_world, 15)
    login = limited(request, any_engine_world.database)
    assert proven(folder, backed_up(login, folder)).backup.tables[0].rows == 3
    if any_engine_world.engine is not Engine.SQLITE:
        with pytest.raises(RepairFailed) as caught:
            backed_up(login, folder, scope=BackupScope.ALL_ACTIONS)
        assert "Nothing was changed on the server." in caught.value.problem
        assert "docs/backup.md" in caught.value.next_step


def limited(request: pytest.FixtureRequest, database: FreshDatabase) -> DatabaseAddress:
    """Credentials with SELECT on the runner tables; for SQLite the file, which has no roles."""
    grants = tuple(Grant(privilege="SELECT", table=table) for table in RUNNER_TABLES)
    make: Callable[..., DatabaseAddress]
    match database.engine:
        case Engine.SQLITE:
            return database.address
        case Engine.POSTGRES:
            make = postgres_login
            server = request.getfixturevalue("postgres_server")
        case Engine.MYSQL:
            make = mariadb_login
            server = request.getfixturevalue("mariadb_server")
    return make(server, database, grants)


@pytest.mark.parametrize("recorded", RECORDED)
def test_recorded_servers_can_be_saved(
    fresh_database: Callable[[Engine], FreshDatabase], folder: Path, recorded: tuple[Recording, str]
) -> None:
    """Tables as running servers made them are saved and proven, at every stage that was recorded."""
    recording, stage = recorded
    database = fresh_database(recording.engine)
    load(recording, stage, database, Unrecorded.OUR_DEFINITIONS)
    for scope in BackupScope:
        assert len(proven(folder, backed_up(database.address, folder, scope=scope)).backup.tables) >= 3
