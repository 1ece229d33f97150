"""Every SELECT of the check that is about work: waiting jobs, counters, and values that carry the same pair of ids."""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_CONCURRENCY_QUEUES, Engine


def through(engine: Engine, index: str) -> str:
    """SQLite knows only how often a value occurs on average, and would pass over a million finished jobs to find the few
    that wait. The indexes are Forgejo's own, in all versions; the other engines know better by themselves."""
    return f" INDEXED BY {index}" if engine is Engine.SQLITE else ""


# Jobs that wait for a runner: status 5 is waiting, task_id 0 is not assigned; `updated` is when it became waiting.
_WAITING_JOBS = """
SELECT j.repo_id, COUNT(*), MIN(j.updated)
  FROM action_run_job AS j{through}
 WHERE j.status = 5 AND j.task_id = 0 AND j.repo_id IN :repo_ids
 GROUP BY j.repo_id"""


def count_waiting_jobs(engine: Engine) -> Statement:
    """How much waits in each of the given repositories, and since when."""
    return Statement(_WAITING_JOBS.format(through=through(engine, "IDX_action_run_job_status")))


# Jobs waiting since before :since, with the repository's present owner, which decides who may take them.
_OVERDUE_JOBS = """
SELECT j.id, j.name, j.runs_on, j.updated, j.repo_id, p.owner_id, p.name, po.name
  FROM action_run_job AS j{through_jobs}
  JOIN repository AS p ON p.id = j.repo_id
  LEFT JOIN "user" AS po ON po.id = p.owner_id
  LEFT JOIN action_run AS run ON run.id = j.run_id
 WHERE j.status = 5 AND j.task_id = 0 AND j.updated < :since
   AND (run.need_approval IS NULL OR NOT run.need_approval){held}
 ORDER BY j.updated, j.id"""

# A run of concurrency type 1 waits behind a running run (6) of the same repository and group, and behind an earlier one that
# has yet to run: 0 unknown, 5 waiting, 7 blocked (`models/actions/task.go`, getConcurrencyCondition; it compares the runs'
# numbers, which rise with their ids).
_NOT_HELD = """
   AND (run.concurrency_type IS NULL OR run.concurrency_type <> 1 OR NOT EXISTS (
        SELECT 1 FROM action_run AS ahead{through_runs}
         WHERE ahead.status IN (0, 5, 6, 7) AND ahead.repo_id = run.repo_id AND ahead.id <> run.id
           AND ahead.concurrency_group = run.concurrency_group
           AND (ahead.status = 6 OR ahead.id < run.id)))"""


def select_overdue_jobs(major: int, engine: Engine) -> Statement:
    """Waiting jobs nothing but a missing runner holds back."""
    hint, held = through(engine, "IDX_action_run_job_status"), not_held(major, engine)
    return Statement(_OVERDUE_JOBS.format(through_jobs=hint, held=held))


def not_held(major: int, engine: Engine) -> str:
    """The condition that no run is ahead of `run` in its concurrency group; none before 14."""
    queues = major >= FIRST_MAJOR_WITH_CONCURRENCY_QUEUES
    return _NOT_HELD.format(through_runs=through(engine, "IDX_action_run_status")) if queues else ""


# Which of the repositories have Actions switched on (type 10): owner-level runners look at it, others do not. The index over
# both columns holds all that is asked.
SELECT_REPOSITORIES_WITH_ACTIONS = Statement("""
SELECT DISTINCT repo_id FROM repo_unit
 WHERE repo_id IN :repo_ids AND type = 10""")

# The counter a runner of one repository is told to look by; raised by one on each poll of a combined runner.
SELECT_REPOSITORY_COUNTERS = Statement("""
SELECT repo_id, version FROM action_tasks_version
 WHERE owner_id = 0 AND repo_id IN :repo_ids
 ORDER BY repo_id""")

# Work that raises the counter by itself: jobs that became something since :since.
_CHANGED_JOBS = """
SELECT j.repo_id, COUNT(*)
  FROM action_run_job AS j{through}
 WHERE j.updated >= :since AND j.repo_id IN :repo_ids
 GROUP BY j.repo_id"""


def count_changed_jobs(engine: Engine) -> Statement:
    """How many jobs of the given repositories changed since a moment."""
    return Statement(_CHANGED_JOBS.format(through=through(engine, "IDX_action_run_job_updated")))


# What a repository's runner could be given now: not held by an approval, nor by a queue (see _NOT_HELD).
_TAKEABLE_JOBS = """
SELECT j.id, j.name, j.runs_on
  FROM action_run_job AS j{through_jobs}
  LEFT JOIN action_run AS run ON run.id = j.run_id
 WHERE j.status = 5 AND j.task_id = 0 AND j.repo_id = :repo_id
   AND (run.need_approval IS NULL OR NOT run.need_approval){held}
 ORDER BY j.updated, j.id
 LIMIT :limit"""


def select_takeable_jobs(major: int, engine: Engine) -> Statement:
    """The jobs of one repository that only wait for a runner, the longest waiting first."""
    return Statement(
        _TAKEABLE_JOBS.format(through_jobs=through(engine, "IDX_action_run_job_status"), held=not_held(major, engine))
    )


# Work in progress: a runner may be at its capacity, which no table knows.
_RUNNING_JOBS = """
SELECT COUNT(*)
  FROM action_run_job AS j{through}
 WHERE j.status = 6 AND j.repo_id = :repo_id"""


def count_running_jobs(engine: Engine) -> Statement:
    """How many jobs of one repository run now."""
    return Statement(_RUNNING_JOBS.format(through=through(engine, "IDX_action_run_job_status")))


# Which of these jobs were given to a runner since: by the job alone, and by the task that names the runner, whose table a
# role of docs/access.md cannot read. A job that is run again has task_id 0 until it is given away.
SELECT_GIVEN_JOBS = Statement("""
SELECT j.id, j.name FROM action_run_job AS j
 WHERE j.id IN :ids AND j.task_id <> 0
 ORDER BY j.id""")
SELECT_TASK_RUNNERS = Statement("""
SELECT j.id, t.runner_id
  FROM action_run_job AS j
  JOIN action_task AS t ON t.id = j.task_id
 WHERE j.id IN :ids""")

# Names only; the values are never read.
SELECT_COMBINED_SECRETS = Statement("""
SELECT id, name, owner_id, repo_id FROM secret
 WHERE owner_id <> 0 AND repo_id <> 0
 ORDER BY id""")
SELECT_COMBINED_VARIABLES = Statement("""
SELECT id, name, owner_id, repo_id FROM action_variable
 WHERE owner_id <> 0 AND repo_id <> 0
 ORDER BY id""")
