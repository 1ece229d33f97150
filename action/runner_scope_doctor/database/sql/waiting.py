"""Every SELECT that tells why a job is not picked up. All go through Forgejo's own indexes but the one over runners, which
reads that whole table in pages."""

from __future__ import annotations

from runner_scope_doctor.database.sql.work import not_held, through
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.server import (
    FIRST_MAJOR_FAILING_WITHOUT_ACTIONS,
    FIRST_MAJOR_WITH_CONCURRENCY_QUEUES,
    FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS,
    Engine,
)

# A repository by the name people write; names are unique whatever their capitals (UQE_repository_s, UQE_user_lower_name).
SELECT_REPOSITORY_ID = Statement("""
SELECT p.id FROM "user" AS po
  JOIN repository AS p ON p.owner_id = po.id
 WHERE po.lower_name = :owner AND p.lower_name = :name""")

# A job with its run, its repository of today and that one's owner. Up to 13 there are no groups, up to 15 no priority.
_JOBS = """
SELECT j.id, j.name, j.run_id, j.repo_id, j.owner_id, j.runs_on, j.needs, j.status, j.task_id, j.updated,
       run.id, run."index", run.workflow_id, run.need_approval, run.is_fork_pull_request, {group}, {priority},
       p.id, p.owner_id, p.name, po.name
  FROM action_run_job AS j{through}
  LEFT JOIN action_run AS run ON run.id = j.run_id
  LEFT JOIN repository AS p ON p.id = j.repo_id
  LEFT JOIN "user" AS po ON po.id = p.owner_id
 WHERE {condition}"""


def _jobs(condition: str, major: int, hint: str = "") -> Statement:
    groups = major >= FIRST_MAJOR_WITH_CONCURRENCY_QUEUES
    return Statement(
        _JOBS.format(
            group="run.concurrency_group, run.concurrency_type" if groups else "NULL, NULL",
            priority="run.priority" if major >= FIRST_MAJOR_FAILING_WITHOUT_ACTIONS else "0",
            through=hint,
            condition=condition,
        )
    )


def select_job(major: int) -> Statement:
    """One job by its id."""
    return _jobs("j.id = :job_id", major)


def select_jobs_of_run(major: int) -> Statement:
    """Every job of one run, by the number people see."""
    ran = 'j.run_id = (SELECT r.id FROM action_run AS r WHERE r.repo_id = :repo_id AND r."index" = :number)'
    return _jobs(f"{ran} ORDER BY j.id", major)


def select_jobs_waiting(major: int, engine: Engine) -> Statement:
    """Jobs that have waited (5) or been blocked (7) since before :since, the longest first."""
    condition = "j.status IN (5, 7) AND j.updated < :since ORDER BY j.updated, j.id LIMIT :limit"
    return _jobs(condition, major, through(engine, "IDX_action_run_job_status"))


def count_jobs_waiting(engine: Engine) -> Statement:
    """How many those are."""
    hint = through(engine, "IDX_action_run_job_status")
    return Statement(f"""
SELECT COUNT(*) FROM action_run_job AS j{hint}
 WHERE j.status IN (5, 7) AND j.updated < :since""")


# The jobs that others of the same run may need, by their key in the workflow.
SELECT_JOBS_BESIDE = Statement("""
SELECT j.run_id, j.job_id, j.id, j.status
  FROM action_run_job AS j
 WHERE j.run_id IN :run_ids
 ORDER BY j.id""")

# Unfinished runs of these repositories that are in a group: 0 unknown, 5 waiting, 6 running, 7 blocked.
_UNFINISHED_RUNS = """
SELECT ahead.repo_id, ahead.concurrency_group, ahead.id, ahead."index", ahead.status, ahead.need_approval
  FROM action_run AS ahead{through}
 WHERE ahead.status IN (0, 5, 6, 7) AND ahead.repo_id IN :repo_ids AND ahead.concurrency_group IN :groups
 ORDER BY ahead."index", ahead.id"""


def select_unfinished_runs(engine: Engine) -> Statement:
    """What may stand ahead of a run in its group; 14 and later."""
    return Statement(_UNFINISHED_RUNS.format(through=through(engine, "IDX_action_run_status")))


# The workflow of one job, read only where it has no runs-on.
SELECT_PAYLOAD = Statement("SELECT j.workflow_payload FROM action_run_job AS j WHERE j.id = :job_id")

# From 16 on: jobs the server fails to give away, because their repository lacks the unit (type 10).
_FAILING_JOBS = """
SELECT j.id, j.repo_id, j.owner_id, j.runs_on, j.updated, run.priority
  FROM action_run_job AS j{through}
  JOIN action_run AS run ON run.id = j.run_id
 WHERE j.status = 5 AND j.task_id = 0
   AND NOT EXISTS (SELECT 1 FROM repo_unit AS u WHERE u.repo_id = j.repo_id AND u.type = 10){held}
 ORDER BY run.priority DESC, j.updated, j.id
 LIMIT :limit"""


def select_failing_jobs(major: int, engine: Engine) -> Statement:
    """The first of them in the order the server takes jobs."""
    hint = through(engine, "IDX_action_run_job_status")
    return Statement(_FAILING_JOBS.format(through=hint, held=not_held(major, engine)))


# Runners in the order of the fields of `PooledRunner`. There may be a hundred thousand, so the database makes numbers and texts
# of what a hand-made row has in their place; the engines but SQLite have typed columns.
_POOL = """
SELECT r.id, {name}, {last_online}, {ephemeral}, r.owner_id, r.repo_id, r.agent_labels
  FROM action_runner AS r
 WHERE {condition}"""


def _pool(condition: str, major: int, engine: Engine) -> Statement:
    name, last_online = "COALESCE(r.name, '')", "COALESCE(r.last_online, 0)"
    ephemeral = "COALESCE(r.ephemeral, false)" if major >= FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS else "0"
    if engine is Engine.SQLITE:
        name, last_online = f"CAST({name} AS TEXT)", f"CAST({last_online} AS INTEGER)"
        ephemeral = ephemeral.replace("false", "0")  # SQLite knows the word since 3.23
    return Statement(_POOL.format(name=name, last_online=last_online, ephemeral=ephemeral, condition=condition))


def select_pool_after(major: int, engine: Engine) -> Statement:
    """The next live runners by id: pages, so that no statement holds a lock for long."""
    return _pool("r.id > :after AND (r.deleted IS NULL OR r.deleted = 0) ORDER BY r.id LIMIT :page", major, engine)


def select_latest_deleted(major: int, engine: Engine) -> Statement:
    """The latest soft-deleted runners."""
    return _pool("r.deleted <> 0 ORDER BY r.id DESC LIMIT :limit", major, engine)


# Who runs what now. Ended tasks stay out of it: the index over status leads to the running ones (6).
_RUNNING_TASKS = """
SELECT t.runner_id, t.job_id
  FROM action_task AS t{through}
 WHERE t.status = 6
 ORDER BY t.id"""


def select_running_tasks(engine: Engine) -> Statement:
    """The runner and the job of each running task."""
    return Statement(_RUNNING_TASKS.format(through=through(engine, "IDX_action_task_status")))


# Ephemeral runners that were ever given a task get no other.
SELECT_RUNNERS_WITH_TASKS = Statement("""
SELECT DISTINCT t.runner_id FROM action_task AS t
 WHERE t.runner_id IN :ids""")
