"""A big server in seconds: runners by the hundred thousand, jobs by the million, made inside the database itself."""

from __future__ import annotations

from collections.abc import Mapping

from runner_scope_doctor.model.server import Engine
from support.defaults import row_defaults
from support.definitions import quoted, table_statements
from support.world import Status, World

JOBS_OF_A_RUN = 10


def many_runners(world: World, count: int, *, combined: int = 0, owner_id: int = 1, repo_id: int = 1) -> None:
    """Adds live runners, a third each for instance, owner and repository, the last `combined` with both ids.

    Names are `runner-0000001` and so on, counted from the highest id there was. The table is analysed afterwards.
    """
    first = _next_id(world, "action_runner")
    sick = f"n >= {first + count - combined}"
    values = {
        "uuid": _joined(world, "7d3c0c5e-1f4a-4b6e-9a52-", _padded(world, "n", 12)),
        "name": _joined(world, "runner-", _padded(world, "n", 7)),
        "version": "'v12.3.0'",
        "owner_id": f"CASE WHEN {sick} OR n % 3 = 1 THEN {owner_id} ELSE 0 END",
        "repo_id": f"CASE WHEN {sick} OR n % 3 = 2 THEN {repo_id} ELSE 0 END",
        "token_hash": _joined(world, "bulk-", _padded(world, "n", 59)),
        "last_online": f"{world.now} - n % 86400",
        "agent_labels": "'[\"docker\"]'",
    }
    _fill(world, "action_runner", first, count, values)


def many_jobs(world: World, count: int, *, waiting: int = 0, owner_id: int = 1, repo_id: int = 1) -> None:
    """Adds finished jobs of this repository, ten to a run, the last `waiting` never picked and waiting for an hour.

    The run and job tables are analysed afterwards; there are no task rows.
    """
    first, first_run = _next_id(world, "action_run_job"), _next_id(world, "action_run")
    runs = -(-count // JOBS_OF_A_RUN)
    place = {"repo_id": str(repo_id), "owner_id": str(owner_id)}
    done = {"status": str(int(Status.SUCCESS))}
    index = {"index": "n", "workflow_id": "'deploy.yml'", "trigger_event": "'push'", "event": "'push'"}
    _fill(world, "action_run", first_run, runs, place | done | index)
    left = f"n >= {first + count - waiting}"
    waiting_since = f"{world.now - 3600} - CASE WHEN {left} THEN 0 ELSE n % 8640000 END"
    job = {
        "run_id": f"{first_run} + {_quotient(world, f'n - {first}', JOBS_OF_A_RUN)}",
        "status": f"CASE WHEN {left} THEN {int(Status.WAITING)} ELSE {int(Status.SUCCESS)} END",
        "task_id": f"CASE WHEN {left} THEN 0 ELSE n END",
        "created": waiting_since,
        "updated": waiting_since,
        "name": "'build'",
        "job_id": "'build'",
        "needs": "'null'",
        "runs_on": "'[\"docker\"]'",
    }
    if "handle" in row_defaults("action_run_job", world.major, world.now):
        job |= {"handle": _joined(world, "5b1f7a90-6c2d-4e8b-8f04-", _padded(world, "n", 12)), "attempt": "1"}
    _fill(world, "action_run_job", first, count, place | job)


def many_runs(world: World, count: int, *, owner_id: int = 1, repo_id: int = 1) -> None:
    """Adds finished runs without jobs, whose numbers in the repository follow the highest there was."""
    first = _next_id(world, "action_run")
    values = {"repo_id": str(repo_id), "owner_id": str(owner_id), "status": str(int(Status.SUCCESS)), "index": "n"}
    _fill(world, "action_run", first, count, values | {"workflow_id": "'deploy.yml'", "event": "'push'"})


def many_tasks(world: World, count: int) -> None:
    """Adds the tasks of finished jobs, each of the id of its job, all of one runner."""
    first = _next_id(world, "action_task")
    values = {"job_id": "n", "runner_id": "1", "status": str(int(Status.SUCCESS))}
    _fill(world, "action_task", first, count, values | {"token_hash": _joined(world, "task-", _padded(world, "n", 59))})


def many_units(world: World, count: int) -> None:
    """Adds units of made-up repositories, ten each, Actions among them; the ids of the repositories begin at 1."""
    first = _next_id(world, "repo_unit")
    repository = f"{_quotient(world, f'n - {first}', 10)} + 1"
    _fill(world, "repo_unit", first, count, {"repo_id": repository, "type": f"(n - {first}) % 10 + 1"})


def _fill(world: World, table: str, first: int, count: int, values: Mapping[str, str]) -> None:
    """Inserts rows `first` to `first + count - 1`; `values` are SQL expressions of `n`, the row's id."""
    row = {name: _literal(world, value) for name, value in row_defaults(table, world.major, world.now).items()}
    row |= {"id": "n", **values}
    names = ", ".join(quoted(world.engine, name) for name in row)
    last = first + count - 1
    source = {
        Engine.SQLITE: f"(WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c WHERE n < {last})"
        " SELECT n FROM c)",
        Engine.POSTGRES: f"(SELECT generate_series({first}::bigint, {last}::bigint) AS n)",
        Engine.MYSQL: f"(SELECT seq AS n FROM seq_{first}_to_{last})",
    }[world.engine]
    target = quoted(world.engine, table)
    if world.engine is Engine.POSTGRES:  # where building the indexes afterwards takes half the time
        found = world.rows(
            f"SELECT indexname FROM pg_indexes WHERE tablename = '{table}' AND indexname NOT LIKE '%_pkey'"
        )
        for (index,) in found:
            world.execute(f'DROP INDEX "{index}"')
    if count:
        world.execute(f"INSERT INTO {target} ({names}) SELECT {', '.join(row.values())} FROM {source} AS numbers")
    if world.engine is Engine.POSTGRES:
        for statement in table_statements(world.engine, world.major, table)[1:]:
            world.execute(statement)
        world.rows(f"SELECT setval(pg_get_serial_sequence('{target}', 'id'), {max(last, 1)})")
    world.rows(f"ANALYZE TABLE {target}" if world.engine is Engine.MYSQL else f"ANALYZE {target}")


def _next_id(world: World, table: str) -> int:
    return int(world.rows(f"SELECT COALESCE(MAX(id), 0) FROM {quoted(world.engine, table)}")[0][0]) + 1


def _literal(world: World, value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return ("true" if value else "false") if world.engine is Engine.POSTGRES else str(int(value))
        case int():
            return str(value)
        case bytes():
            return "''"
        case _:
            return "'" + str(value).replace("'", "''") + "'"


def _quotient(world: World, number: str, divisor: int) -> str:
    return f"({number}) {'DIV' if world.engine is Engine.MYSQL else '/'} {divisor}"


def _padded(world: World, number: str, digits: int) -> str:
    if world.engine is Engine.SQLITE:
        return f"printf('%0{digits}d', {number})"
    return f"LPAD(CAST({number} AS {'TEXT' if world.engine is Engine.POSTGRES else 'CHAR'}), {digits}, '0')"


def _joined(world: World, prefix: str, text: str) -> str:
    return f"CONCAT('{prefix}', {text})" if world.engine is Engine.MYSQL else f"'{prefix}' || {text}"
