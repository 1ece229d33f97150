"""Our table definitions against what real Forgejo servers have."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine
from support.catalog import catalog_table, table_names
from support.connection import FreshDatabase, run
from support.definitions import columns, statements, tables
from support.empty_server import EmptyServer
from support.recordings import FOLDER, Recording, create_recorded, or_skipped, recordings, whole_databases
from support.sqlite_file import fresh_sqlite

MAJORS = range(OLDEST_KNOWN_MAJOR, NEWEST_KNOWN_MAJOR + 1)
UPGRADED_FROM = {"v16-sqlite": 15, "v16-pg": 15}
"""Recordings of a server that was upgraded, by the recordings' README; late columns stand at the end of their table."""


def _create(database: FreshDatabase, major: int) -> None:
    for statement in statements(database.engine, major):
        run(database.connection, statement)


def _compare(recorded: FreshDatabase, ours: FreshDatabase, major: int, upgraded_from: int | None) -> None:
    """Every recorded table we describe is ours, column by column and index by index."""
    described = table_names(recorded) & set(tables(major))
    assert {"action_runner", "action_run_job", "repository", "user"} <= described
    for table in sorted(described):
        seen, made = catalog_table(recorded, table), catalog_table(ours, table)
        assert {column.name: column for column in seen.columns} == {column.name: column for column in made.columns}, (
            table
        )
        assert seen.indexes == made.indexes, table
        _compare_order(table, [column.name for column in seen.columns], major, upgraded_from)


def _compare_order(table: str, seen: list[str], major: int, upgraded_from: int | None) -> None:
    expected = list(columns(table, major))
    if upgraded_from is None:
        assert seen == expected, table
    else:
        kept = [name for name in columns(table, upgraded_from) if name in expected]
        assert seen[: len(kept)] == kept, table


@pytest.mark.parametrize("recording", or_skipped(recordings(), lambda recording: recording.folder.name))
def test_recorded_definitions_are_ours(recording: Recording, fresh_database: Callable[[Engine], FreshDatabase]) -> None:
    """A recorded server's printed definitions and ours give the same catalog in the real engine."""
    recorded, ours = fresh_database(recording.engine), fresh_database(recording.engine)
    create_recorded(recording, recorded)
    _create(ours, recording.major)
    _compare(recorded, ours, recording.major, UPGRADED_FROM.get(recording.folder.name))


@pytest.mark.parametrize("whole", or_skipped(whole_databases(), lambda path: "-".join(path.relative_to(FOLDER).parts)))
def test_recorded_sqlite_files_have_our_tables(whole: Path, tmp_path: Path) -> None:
    """Every recorded SQLite file has all tables described here, as described for the version it names itself."""
    shutil.copyfile(whole, tmp_path / "recorded.db")
    with ExitStack() as stack:
        recorded = stack.enter_context(fresh_sqlite(tmp_path / "recorded.db"))
        ours = stack.enter_context(fresh_sqlite(tmp_path / "ours.db"))
        major = int(str(run(recorded.connection, "SELECT version FROM forgejo_sem_ver")[0][0]).partition(".")[0])
        _create(ours, major)
        assert set(tables(major)) <= table_names(recorded)
        _compare(recorded, ours, major, UPGRADED_FROM.get(whole.parent.name))


@pytest.mark.parametrize("major", MAJORS)
def test_every_version_can_be_created(major: int, any_engine_world: EmptyServer) -> None:
    """The definitions of every version are accepted by every real engine, and make the columns they name, in order."""
    database = any_engine_world.database
    _create(database, major)
    assert table_names(database) == set(tables(major))
    for table in tables(major):
        assert tuple(column.name for column in catalog_table(database, table).columns) == columns(table, major)


@pytest.mark.parametrize(
    ("table", "column", "since", "until"),
    [
        ("action_runner", "ephemeral", 15, 16),
        ("action_runner_token", "deleted", 7, 14),
        ("action_task", "runner_request_key", 15, 16),
        ("action_run", "notify_email", 12, 16),
        ("action_run", "pre_execution_error", 13, 16),
        ("action_run", "concurrency_group", 14, 16),
        ("action_run", "priority", 16, 16),
        ("action_run_job", "handle", 15, 16),
        ("repository", "num_action_runs", 7, 13),
        ("user", "normalized_federated_uri", 8, 11),
        ("user", "keep_pronouns_private", 11, 16),
    ],
)
def test_columns_come_and_go_with_their_versions(table: str, column: str, since: int, until: int) -> None:
    """A column is there exactly from the release that added it to the one before its removal (Forgejo's Go structs)."""
    assert [major for major in MAJORS if column in columns(table, major)] == list(range(since, until + 1))


@pytest.mark.parametrize("major", [OLDEST_KNOWN_MAJOR - 1, NEWEST_KNOWN_MAJOR + 1])
def test_an_unknown_version_has_no_definitions(major: int) -> None:
    """Nobody gets definitions for a version that was never looked at."""
    with pytest.raises(ValueError, match=f"no definitions for Forgejo {major}"):
        statements(Engine.SQLITE, major)


def test_the_migration_table_came_with_14() -> None:
    """`forgejo_migration` is there from 14 on, and every other table in every version."""
    assert [major for major in MAJORS if "forgejo_migration" in tables(major)] == [14, 15, 16]
    assert {table for major in MAJORS for table in tables(major)} - set(tables(7)) == {"forgejo_migration"}
