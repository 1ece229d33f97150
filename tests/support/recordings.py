"""Recordings of real Forgejo servers, read where they are: `../shared/forgejo-data` beside the checkout.

Nothing of them is copied into the project. They may be absent: `or_skipped` then leaves tests one entry that says so.
"""

from __future__ import annotations

import contextlib
import csv
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet  # pytest shows no public name for what pytest.param returns

from runner_scope_doctor.model.server import Engine
from support.connection import Connection, FreshDatabase, Value, placeholder, run
from support.definitions import quoted, table_statements, tables
from support.mariadb_server import FALLBACK_COLLATION, FORGEJO_COLLATION
from support.releases import RELEASES

Entry = TypeVar("Entry")
FOLDER = Path(__file__).parents[3] / "shared" / "forgejo-data"
ABSENT = "no recordings: ../shared/forgejo-data is not beside this checkout"
ENGINES = {"sqlite": Engine.SQLITE, "pg": Engine.POSTGRES, "mariadb": Engine.MYSQL}


class Unrecorded(Enum):
    """What becomes of the tables a recording left out (`forgejo_sem_ver`, `repo_unit`, `secret`, `action_variable`)."""

    LEFT_OUT = "left out"
    OUR_DEFINITIONS = "made from our definitions: empty, but for the version the recording's README names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded server: its definitions, and its rows per stage."""

    folder: Path
    engine: Engine
    major: int

    @property
    def schema(self) -> Path:
        """The definitions as the engine prints them."""
        return self.folder / "schema.sql"

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages with rows."""
        return tuple(sorted({path.name.split("-")[1] for path in self.folder.glob("rows-*-*.csv")}))


def recordings() -> tuple[Recording, ...]:
    """All recorded servers with definitions; none when the recordings are absent."""
    found = []
    for schema in sorted(FOLDER.glob("v*-*/schema.sql")):
        major, _, engine = schema.parent.name.removeprefix("v").partition("-")
        found.append(Recording(folder=schema.parent, engine=ENGINES[engine], major=int(major)))
    return tuple(found)


def recorded_stages() -> tuple[tuple[Recording, str], ...]:
    """Every stage of every recorded server."""
    return tuple((recording, stage) for recording in recordings() for stage in recording.stages)


def whole_databases() -> tuple[Path, ...]:
    """Every recorded SQLite file in one piece, the ones about waiting jobs included. Copy before opening."""
    return tuple(sorted(FOLDER.glob("**/*.sqlite3")))


def or_skipped(entries: Iterable[Entry], name: Callable[[Entry], str]) -> list[ParameterSet]:
    """Test parameters named by `name`; when there are none, one that skips its test and says why."""
    found = [pytest.param(entry, id=name(entry)) for entry in entries]
    return found or [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=ABSENT))]


def copy_with_log(folder: Path) -> Path:
    """Copies the recorded database whose sick row is only in the write-ahead log; returns the path of the copy."""
    for part in (FOLDER / "v15-sqlite" / "bad-with-wal").iterdir():
        shutil.copyfile(part, folder / part.name)
    return folder / "forgejo.db"


def load(
    recording: Recording, stage: str, database: FreshDatabase, unrecorded: Unrecorded = Unrecorded.LEFT_OUT
) -> tuple[str, ...]:
    """Puts a recorded stage into an empty database of its engine. Returns what had to be changed on the way, in words.

    SQLite takes the whole recorded file where there is one for the stage.
    """
    assert database.engine is recording.engine, f"{recording.folder.name} is not a recording of {database.engine.value}"
    whole = recording.folder / f"{stage}.sqlite3"
    if whole.exists():
        _copy_whole(whole, database.connection)
        return ()
    remarks = create_recorded(recording, database)
    with _without_foreign_keys(database):  # rows come in any order
        for path in sorted(recording.folder.glob(f"rows-{stage}-*.csv")):
            _load_rows(database, path.stem.split("-", 2)[2], path)
    if unrecorded is Unrecorded.OUR_DEFINITIONS:
        _add_missing(recording, database)
    return remarks


def create_recorded(recording: Recording, database: FreshDatabase) -> tuple[str, ...]:
    """Executes the recorded definitions. Returns what had to be changed in them, in words."""
    text, remarks = recording.schema.read_text(), []
    match recording.engine:
        case Engine.SQLITE:
            for statement in _split(text):
                run(database.connection, statement)
        case Engine.POSTGRES:
            run(database.connection, "\n".join(_portable_lines(text)))
            run(database.connection, "RESET ALL")
        case Engine.MYSQL:
            known = (
                "SELECT 1 FROM information_schema.collation_character_set_applicability WHERE full_collation_name = %s"
            )
            if not run(database.connection, known, (FORGEJO_COLLATION,)):
                text = text.replace(FORGEJO_COLLATION, FALLBACK_COLLATION)  # MariaDB before 10.10 lacks uca1400
                remarks.append(f"collation {FORGEJO_COLLATION} replaced by {FALLBACK_COLLATION}")
            with _without_foreign_keys(database):  # tables come in any order
                for statement in _split(text):
                    run(database.connection, statement)
    return tuple(remarks)


@contextlib.contextmanager
def _without_foreign_keys(database: FreshDatabase) -> Iterator[None]:
    off, on = {
        Engine.SQLITE: ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = OFF"),  # SQLite's and Forgejo's default
        Engine.POSTGRES: ("SET session_replication_role = replica", "SET session_replication_role = origin"),
        Engine.MYSQL: ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
    }[database.engine]
    run(database.connection, off)
    yield
    run(database.connection, on)


def _split(text: str) -> Iterator[str]:
    return (part for part in re.split(r";[ \t]*(?:\n|$)", text) if part.strip())


def _portable_lines(text: str) -> Iterator[str]:
    """A PostgreSQL dump without what belongs to psql, to the recorded server's roles, or to the session."""
    for line in text.splitlines():
        if not line.startswith("\\") and " OWNER TO " not in line and "set_config('search_path'" not in line:
            yield line


def _copy_whole(path: Path, connection: Connection) -> None:
    assert isinstance(connection, sqlite3.Connection)
    # immutable: the recording's folder may be read-only, and nobody writes to it
    source = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    try:
        source.backup(connection)
    finally:
        source.close()


def _load_rows(database: FreshDatabase, table: str, path: Path) -> None:
    spelled = database.engine is Engine.MYSQL
    with path.open(newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t" if spelled else ",")
    texts = _text_columns(database, table)
    values = [[_value(text, spelled, name in texts) for name, text in zip(header, row, strict=True)] for row in rows]
    names = ", ".join(quoted(database.engine, name) for name in header)
    places = ", ".join([placeholder(database.engine)] * len(header))
    for row in values:
        run(database.connection, f"INSERT INTO {quoted(database.engine, table)} ({names}) VALUES ({places})", row)
    if database.engine is Engine.POSTGRES and rows and rows[0][header.index("id")].isdigit():
        target = f"public.{quoted(database.engine, table)}"
        highest = f"(SELECT MAX(id) FROM {target})"
        run(database.connection, f"SELECT setval(pg_get_serial_sequence('{target}', 'id'), {highest})")


def _value(text: str, spelled: bool, is_text: bool) -> Value:
    """A recorded value. Where NULL is not spelled out it looks like an empty text, which Forgejo writes for texts."""
    if spelled:
        return None if text == "NULL" else text
    return text if text or is_text else None


def _text_columns(database: FreshDatabase, table: str) -> frozenset[str]:
    match database.engine:
        case Engine.SQLITE:
            found = run(database.connection, f"SELECT name, type FROM pragma_table_info('{table}')")
        case Engine.POSTGRES | Engine.MYSQL:
            place = "current_schema()" if database.engine is Engine.POSTGRES else "DATABASE()"
            query = f"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = {place}"
            found = run(database.connection, f"{query} AND table_name = %s", (table,))
    return frozenset(str(name) for name, kind in found if re.search("text|char", str(kind), re.IGNORECASE))


def _add_missing(recording: Recording, database: FreshDatabase) -> None:
    recorded = recording.schema.read_text()
    for table in tables(recording.major):
        if not re.search(rf"CREATE TABLE (?:public\.)?[`\"]?{table}[`\"]? \(", recorded):
            for statement in table_statements(recording.engine, recording.major, table):
                run(database.connection, statement)
    release = (RELEASES[recording.major],)  # the recordings' README names the same releases
    run(database.connection, f"INSERT INTO forgejo_sem_ver (version) VALUES ({placeholder(recording.engine)})", release)
