"""The recordings of real servers, loaded."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import Engine
from support.catalog import row_count, table_names
from support.connection import FreshDatabase, run
from support.definitions import tables
from support.recordings import (
    ABSENT,
    FOLDER,
    Recording,
    Unrecorded,
    copy_with_log,
    load,
    or_skipped,
    recorded_stages,
    recordings,
)
from support.sqlite_file import fresh_sqlite

STAGES = or_skipped(recorded_stages(), lambda entry: f"{entry[0].folder.name}-{entry[1]}")
SICK_STAGES = {"bad0", "bad", "softdeleted"}
COMBINED = (
    "SELECT COUNT(*) FROM action_runner WHERE owner_id <> 0 AND repo_id <> 0 AND (deleted IS NULL OR deleted = 0)"
)


@pytest.mark.parametrize("entry", STAGES)
def test_a_recorded_stage_is_loaded_whole(
    entry: tuple[Recording, str], fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """Every recorded row arrives, and a live combined row is there in exactly the stages that the recordings say so of.

    A whole file was copied a moment apart from its stage's rows, so only its runners are counted.
    """
    recording, stage = entry
    database = fresh_database(recording.engine)
    load(recording, stage, database)
    for path in recording.folder.glob(f"rows-{stage}-*.csv"):
        with path.open(newline="") as file:
            recorded = sum(1 for _ in csv.reader(file, delimiter="\t" if recording.engine is Engine.MYSQL else ",")) - 1
        table = path.stem.split("-", 2)[2]
        if table == "action_runner" or not (recording.folder / f"{stage}.sqlite3").exists():
            assert row_count(database, table) == recorded, path.name
    assert (run(database.connection, COMBINED)[0][0] > 0) == (stage in SICK_STAGES)


@pytest.mark.parametrize("recording", or_skipped(recordings(), lambda recording: recording.folder.name))
def test_what_was_not_recorded_can_be_completed(
    recording: Recording, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """With our definitions for the rest, a recorded stage has every table of its version, and names its version."""
    database = fresh_database(recording.engine)
    load(recording, "bad", database, Unrecorded.OUR_DEFINITIONS)
    assert set(tables(recording.major)) <= table_names(database)
    assert str(run(database.connection, "SELECT version FROM forgejo_sem_ver")[0][0]).startswith(f"{recording.major}.")


@pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
def test_the_row_in_the_write_ahead_log_is_copied(tmp_path: Path) -> None:
    """The copy of the database with a write-ahead log shows the combined row that is only in the log."""
    with fresh_sqlite(copy_with_log(tmp_path)) as database:
        assert run(database.connection, COMBINED) == ((1,),)
