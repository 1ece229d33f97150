"""The worlds that other tests stand on."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine
from support.catalog import catalog_table
from support.connection import FreshDatabase, Value, run
from support.definitions import quoted
from support.empty_server import EmptyServer
from support.recordings import FOLDER, or_skipped, whole_databases
from support.scale import many_jobs, many_runners
from support.sqlite_file import fresh_sqlite
from support.world import Status, World, users_case

MAJORS = range(OLDEST_KNOWN_MAJOR, NEWEST_KNOWN_MAJOR + 1)
NOW = 1_790_000_000


@pytest.mark.parametrize("major", MAJORS)
def test_every_version_on_every_engine_holds_a_world(major: int, any_engine_world: EmptyServer) -> None:
    """What is put into a world of any version and engine is read back as it was put."""
    world = any_engine_world.create(major, now=NOW)
    owner = world.user("alice")
    repository = world.repository(owner, "Site")
    runner = world.runner("builder", repo_id=repository, labels=("docker", "host"))
    job = world.job(repository, runs_on=("docker",), needs=("first",))
    task = world.task(job, runner)
    world.counter(0, repository, 3)
    world.secret("TOKEN", repo_id=repository)
    world.variable("COLOUR", owner_id=owner)
    assert world.rows("SELECT name, owner_id, repo_id, agent_labels, deleted FROM action_runner") == (
        ("builder", 0, repository, '["docker","host"]', None),
    )
    assert world.rows("SELECT owner_id, owner_name, lower_name FROM repository") == ((owner, "alice", "site"),)
    assert world.rows("SELECT type FROM repo_unit") == ((10,),)
    assert world.rows("SELECT task_id, status, runs_on, needs, owner_id FROM action_run_job") == (
        (task, Status.RUNNING, '["docker"]', '["first"]', owner),
    )
    assert world.rows("SELECT runner_id, job_id, repo_id FROM action_task") == ((runner, job, repository),)
    assert world.rows("SELECT owner_id, repo_id, version FROM action_tasks_version") == ((0, repository, 3),)
    assert world.rows("SELECT owner_id, repo_id FROM secret") == ((0, repository),)
    assert world.rows("SELECT owner_id, repo_id FROM action_variable") == ((owner, 0),)
    assert str(world.rows("SELECT version FROM forgejo_sem_ver")[0][0]).startswith(f"{major}.")


def test_the_users_case_is_as_they_described_it(any_engine_world: EmptyServer) -> None:
    """The rows of the user's report: 4 soft-deleted and clean, 5 live with both ids, in platform-team/platform."""
    world = any_engine_world.create(15, now=NOW)
    users_case(world)
    assert world.rows(
        "SELECT id, name, owner_id, repo_id, agent_labels, last_online, deleted FROM action_runner ORDER BY id"
    ) == (
        (4, "rs2000-deploy-host", 0, 35, '["deploy"]', 1778752100, 1778752131),
        (5, "rs2000-deploy-host", 1, 35, '["deploy"]', NOW - 1, None),
    )
    assert world.rows("SELECT id, owner_id, owner_name, name FROM repository") == (
        (35, 1, "platform-team", "platform"),
    )
    assert world.rows(f"SELECT id, name, type FROM {quoted(world.engine, 'user')}") == ((1, "platform-team", 1),)


def test_the_engine_counts_on_behind_a_given_id(any_engine_world: EmptyServer) -> None:
    """A row without an id, ours or a server's, comes after every id given by hand."""
    world = any_engine_world.create(15)
    assert world.runner("first", id=40) == 40
    assert world.runner("second") == 41
    world.execute("INSERT INTO action_runner (name) VALUES ('a server would insert so')")
    assert world.rows("SELECT MAX(id) FROM action_runner") == ((42,),)


def test_columns_nobody_set_hold_what_forgejo_writes(any_engine_world: EmptyServer) -> None:
    """An unset column holds Go's zero value, never NULL; only the soft delete is NULL (recorded rows do so)."""
    world = any_engine_world.create(15, now=NOW)
    world.runner("builder")
    world.job(7)
    assert world.rows(
        "SELECT owner_id, repo_id, description, base, last_active, deleted, created FROM action_runner"
    ) == ((0, 0, "", 0, 0, None, NOW - 3600),)
    assert world.rows("SELECT task_id, attempt, started, needs, updated FROM action_run_job") == (
        (0, 1, 0, "null", NOW),
    )
    assert world.rows("SELECT workflow_directory, concurrency_type FROM action_run") == ((".forgejo/workflows", 0),)


@pytest.mark.parametrize(
    ("owner_id", "repo_id", "labels"),
    [(None, None, None), (-1, 0, "not json"), ("abc", b"\x00", ""), (1.5, "", None), (0, 2**62, None)],
)
def test_sqlite_takes_odd_values_as_given(
    owner_id: Value, repo_id: Value, labels: Value, sqlite_database: FreshDatabase
) -> None:
    """SQLite stores any type in any column, and a world does not stand in the way."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    world.runner("odd", owner_id=owner_id, repo_id=repo_id, agent_labels=labels)
    assert world.rows("SELECT owner_id, repo_id, agent_labels FROM action_runner") == ((owner_id, repo_id, labels),)


def test_a_column_the_version_lacks_is_refused(sqlite_database: FreshDatabase) -> None:
    """A test that sets a column of a later version fails at once, with the column's name."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 11)
    with pytest.raises(ValueError, match="Forgejo 11 has no column ephemeral in action_runner"):
        world.runner("builder", ephemeral=True)


def test_a_failed_bulk_insert_leaves_nothing(any_engine_world: EmptyServer) -> None:
    """Of rows inserted together either all are there or none."""
    world = any_engine_world.create(15)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        world.insert_many("action_runner", ("id", "name"), [(1, "one"), (2, "two"), (1, "again")])
    assert world.rows("SELECT COUNT(*) FROM action_runner") == ((0,),)


def test_many_runners_hold_the_promised_share(any_engine_world: EmptyServer) -> None:
    """Of 300 runners the last 5 have both ids, the others one or none, and ids go on behind them."""
    world = any_engine_world.create(16, now=NOW)
    many_runners(world, 300, combined=5, owner_id=3, repo_id=9)
    both = world.rows("SELECT id, name FROM action_runner WHERE owner_id = 3 AND repo_id = 9 ORDER BY id")
    assert both == tuple((number, f"runner-{number:07d}") for number in range(296, 301))
    shares = world.rows(
        "SELECT owner_id, repo_id, COUNT(*) FROM action_runner GROUP BY owner_id, repo_id ORDER BY 1, 2"
    )
    assert [share[:2] for share in shares] == [(0, 0), (0, 9), (3, 0), (3, 9)]
    assert sum(share[2] for share in shares) == 300
    assert world.runner("next") == 301


def test_many_jobs_hold_the_promised_waiting_ones(any_engine_world: EmptyServer) -> None:
    """Of 1000 jobs in 100 runs the last 7 wait for an hour, the others are done, and indexes are all there again."""
    world = any_engine_world.create(16, now=NOW)
    before = [catalog_table(any_engine_world.database, table).indexes for table in ("action_run", "action_run_job")]
    many_jobs(world, 1000, waiting=7, repo_id=9)
    waiting = world.rows("SELECT id, updated FROM action_run_job WHERE status = 5 AND task_id = 0 ORDER BY id")
    assert waiting == tuple((number, NOW - 3600) for number in range(994, 1001))
    assert world.rows("SELECT COUNT(*), MIN(status), MAX(status) FROM action_run_job WHERE id < 994") == ((993, 1, 1),)
    assert world.rows("SELECT COUNT(DISTINCT run_id), MIN(run_id), MAX(run_id) FROM action_run_job") == ((100, 1, 100),)
    assert world.job(9) == 1001
    after = [catalog_table(any_engine_world.database, table).indexes for table in ("action_run", "action_run_job")]
    assert after == before


@pytest.mark.parametrize("whole", or_skipped(whole_databases(), lambda path: "-".join(path.relative_to(FOLDER).parts)))
def test_a_world_names_its_version_as_a_real_server_does(whole: Path, tmp_path: Path) -> None:
    """A recorded server's version rows and those of a world of its major are the same; our migrations are among its."""
    shutil.copyfile(whole, tmp_path / "recorded.db")
    with fresh_sqlite(tmp_path / "recorded.db") as recorded, fresh_sqlite(tmp_path / "ours.db") as ours:
        release = str(run(recorded.connection, "SELECT version FROM forgejo_sem_ver")[0][0])
        world = World.create(ours.connection, Engine.SQLITE, int(release.partition(".")[0]))
        for table in ("version", "forgejo_version", "forgejo_sem_ver"):
            assert world.rows(f"SELECT * FROM {table}") == run(recorded.connection, f"SELECT * FROM {table}"), table
        if world.major >= 14:
            known = set(run(recorded.connection, "SELECT id FROM forgejo_migration"))
            made = world.rows("SELECT id FROM forgejo_migration")
            assert set(made) <= known
            newest = [max(name for (name,) in names) for names in (made, known)]
            assert newest[0][:3] == newest[1][:3]


def test_a_sqlite_world_is_seen_by_others_at_once(sqlite_database: FreshDatabase) -> None:
    """What a test writes is committed when the method returns."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    world.runner("builder")
    other = sqlite_database.connect()
    try:
        assert isinstance(other, sqlite3.Connection)
        assert run(other, "SELECT name FROM action_runner") == (("builder",),)
    finally:
        other.close()
