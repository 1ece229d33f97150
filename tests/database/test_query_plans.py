"""What a check costs grows with what is wrong: no statement passes over the job, run or task table, on any engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.database.sql import waiting as sql_waiting
from runner_scope_doctor.database.sql import work as sql_work
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase, run
from support.empty_server import EmptyServer
from support.scale import many_jobs, many_runners, many_runs, many_tasks, many_units

ROWS = 100_000
LARGE = ("action_run_job", "action_run", "action_task", "repo_unit")
ALIASES = {
    "j": "action_run_job", "run": "action_run", "ahead": "action_run", "r": "action_run", "t": "action_task",
    "u": "repo_unit",
}  # fmt: skip
"""Names the statements give to these tables."""
Asked = tuple[str, Statement, dict[str, Scalar | tuple[Scalar, ...]]]


def statements_about_work(major: int, engine: Engine) -> Iterator[Asked]:
    """Every statement of the check that reads one of the large tables."""
    repo_ids = tuple(range(1, 6))
    yield "waiting jobs", sql_work.count_waiting_jobs(engine), {"repo_ids": repo_ids}
    yield "overdue jobs", sql_work.select_overdue_jobs(major, engine), {"since": 2_000_000_000}
    yield "Actions units", sql_work.SELECT_REPOSITORIES_WITH_ACTIONS, {"repo_ids": repo_ids}
    yield "changed jobs", sql_work.count_changed_jobs(engine), {"since": 2_000_000_000, "repo_ids": repo_ids}
    yield "takeable jobs", sql_work.select_takeable_jobs(major, engine), {"repo_id": 1, "limit": 200}
    yield "running jobs", sql_work.count_running_jobs(engine), {"repo_id": 1}
    yield "given jobs", sql_work.SELECT_GIVEN_JOBS, {"ids": repo_ids}
    yield "runners of tasks", sql_work.SELECT_TASK_RUNNERS, {"ids": repo_ids}
    yield from statements_about_waiting(major, engine)


def statements_about_waiting(major: int, engine: Engine) -> Iterator[Asked]:
    """Every statement of `why` that reads one of the large tables."""
    ids = tuple(range(1, 6))
    yield "one job", sql_waiting.select_job(major), {"job_id": 5}
    yield "jobs of a run", sql_waiting.select_jobs_of_run(major), {"repo_id": 1, "number": 5}
    yield "jobs waiting", sql_waiting.select_jobs_waiting(major, engine), {"since": 2_000_000_000, "limit": 200}
    yield "how many wait", sql_waiting.count_jobs_waiting(engine), {"since": 2_000_000_000}
    yield "jobs beside", sql_waiting.SELECT_JOBS_BESIDE, {"run_ids": ids}
    yield "a job's workflow", sql_waiting.SELECT_PAYLOAD, {"job_id": 5}
    yield "running tasks", sql_waiting.select_running_tasks(engine), {}
    yield "runners with tasks", sql_waiting.SELECT_RUNNERS_WITH_TASKS, {"ids": (7, 8, 9)}
    if major >= 14:
        yield "unfinished runs", sql_waiting.select_unfinished_runs(engine), {"repo_ids": ids, "groups": ("a", "b")}
    if major >= 16:
        yield "failing jobs", sql_waiting.select_failing_jobs(major, engine), {"limit": 1000}


def passed_over(database: FreshDatabase, text: str, values: dict[str, Scalar]) -> set[str]:
    """The large tables of which the engine's plan reads every row or every index entry."""
    cursor = database.connection.cursor()
    match database.engine:
        case Engine.SQLITE:
            cursor.execute(f"EXPLAIN QUERY PLAN {text}", values)
            scanned = [row[3].split()[1] for row in cursor.fetchall() if row[3].startswith("SCAN")]
        case Engine.POSTGRES:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {text}", values)
            plan = cursor.fetchone()[0]
            scanned = list(_sequential((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))
        case Engine.MYSQL:
            cursor.execute(f"EXPLAIN {text}", values)
            scanned = [row[2] for row in cursor.fetchall() if row[3] in ("ALL", "index")]
    return {ALIASES.get(name, name) for name in scanned} & set(LARGE)


def _sequential(node: dict[str, Any]) -> Iterator[str]:
    whole_index = node["Node Type"].startswith("Index") and "Index Cond" not in node
    if node["Node Type"] == "Seq Scan" or (whole_index and "Relation Name" in node):
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _sequential(child)


@pytest.mark.parametrize(("major", "waiting"), [(11, 50), (15, 0), (16, 50)])
def test_no_statement_passes_over_a_large_table(any_engine_world: EmptyServer, major: int, waiting: int) -> None:
    """On analysed tables of 100,000 rows every look at jobs and runs goes through an index of Forgejo's own."""
    world = any_engine_world.create(major)
    world.user("owner", id=1)
    world.repository(1, "repository", id=1)
    many_jobs(world, ROWS, waiting=waiting)
    many_runs(world, ROWS - ROWS // 10)
    many_tasks(world, ROWS)
    many_units(world, ROWS)
    assert world.rows("SELECT COUNT(*) FROM action_run")[0][0] == ROWS
    for name, statement, parameters in statements_about_work(major, any_engine_world.engine):
        text, values = written_for(any_engine_world.engine, statement, parameters)
        assert passed_over(any_engine_world.database, text, values) == set(), name


def test_the_plan_reader_sees_a_scan(any_engine_world: EmptyServer) -> None:
    """A statement that does read a whole table is called that, so the test above cannot hold for nothing."""
    world = any_engine_world.create(15)
    many_jobs(world, 1000, waiting=1)
    text = "SELECT name, COUNT(*) FROM action_run_job GROUP BY name"
    assert passed_over(any_engine_world.database, text, {}) == {"action_run_job"}


@pytest.mark.parametrize("major", [11, 15])
def test_ids_that_point_at_nothing_are_found_through_indexes(any_engine_world: EmptyServer, major: int) -> None:
    """Impossible and missing ids cost an index range or one entry an id, not a pass over 100,000 runners' rows."""
    world = any_engine_world.create(major)
    world.user("owner", id=1)
    world.repository(1, "repository", id=1)
    many_runners(world, ROWS, combined=10)
    impossible = sql.select_impossible_ids(any_engine_world.engine).text
    if any_engine_world.engine is Engine.SQLITE:
        plan = run(any_engine_world.database.connection, f"EXPLAIN QUERY PLAN {impossible}")
        assert all("USING COVERING INDEX IDX_action_runner" in str(row) for row in plan if "action_runner" in str(row))
    if any_engine_world.engine is Engine.MYSQL:
        plan = run(any_engine_world.database.connection, f"EXPLAIN {impossible}")
        assert {row[3] for row in plan if row[2] == "action_runner"} == {"range"}
    if any_engine_world.engine is Engine.POSTGRES:
        plan = run(any_engine_world.database.connection, f"EXPLAIN {impossible}")
        assert not any("Seq Scan" in str(row) for row in plan)
