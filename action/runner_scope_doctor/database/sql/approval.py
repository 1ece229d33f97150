"""Every SELECT by which a dispatch approves, for a database administrator to read. All are parametrised; none reads a
secret.

The tables are Forgejo's: `action_run` (`models/actions/run.go`), `action_run_job` (`models/actions/run_job.go`),
`repository`, `user` and `protected_branch` (`models/git/protected_branch.go`, the same columns from 7 to 16).
"""

from __future__ import annotations

from typing import assert_never

from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.server import Engine

FIRST_MAJOR_WITH_WORKFLOW_DIRECTORY = 14
"""Since 14 `action_run.workflow_directory` exists; before, only the event's payload has the workflow's path."""


def _bytes(engine: Engine, column: str) -> str:
    """The length in bytes. SQLite's LENGTH of a text ends at the first NUL, and it has OCTET_LENGTH only since 3.43."""
    match engine:
        case Engine.SQLITE:
            return f"LENGTH(CAST({column} AS BLOB))"
        case Engine.POSTGRES | Engine.MYSQL:
            return f"OCTET_LENGTH({column})"
        case _:
            assert_never(engine)


# One run as the server recorded it, with what its repository and its starter are called now, read in one statement so
# that they agree. A payload larger than :most bytes stays where it is; only its size is read.
_RUN = """
SELECT run.repo_id, {directory}, run.workflow_id, run.ref, run.commit_sha, run.event, run.trigger_event,
       run.trigger_user_id, run.status, run.version, run.created, {size},
       CASE WHEN {size} <= :most THEN run.event_payload END, po.name, p.name, p.is_mirror, u.name
  FROM action_run AS run
  LEFT JOIN repository AS p ON p.id = run.repo_id
  LEFT JOIN "user" AS po ON po.id = p.owner_id
  LEFT JOIN "user" AS u ON u.id = run.trigger_user_id
 WHERE run.id = :id"""


def select_run(major: int, engine: Engine) -> Statement:
    """The run of that id; no row when there is none."""
    directory = "run.workflow_directory" if major >= FIRST_MAJOR_WITH_WORKFLOW_DIRECTORY else "NULL"
    return Statement(_RUN.format(directory=directory, size=_bytes(engine, "run.event_payload")))


# The jobs of a run with the workflow the server stored for each, unless it is larger than :most bytes.
_JOBS = """
SELECT job.id, job.status, job.attempt, job.task_id, job.created, job.updated, {size},
       CASE WHEN {size} <= :most THEN job.workflow_payload END
  FROM action_run_job AS job
 WHERE job.run_id = :run_id
 ORDER BY job.id LIMIT :limit"""


def select_jobs(engine: Engine) -> Statement:
    """The first jobs of the run by id."""
    return Statement(_JOBS.format(size=_bytes(engine, "job.workflow_payload")))


# Who may bring a commit to which branches of a repository. `branch_name` is a name or a pattern.
SELECT_BRANCH_RULES = Statement("""
SELECT branch_name, can_push, enable_whitelist, whitelist_user_i_ds, whitelist_team_i_ds, whitelist_deploy_keys,
       enable_merge_whitelist, merge_whitelist_user_i_ds, merge_whitelist_team_i_ds, unprotected_file_patterns
  FROM protected_branch
 WHERE repo_id = :repo_id LIMIT :limit""")

# Dispatches that wait for a runner and name the digest somewhere: candidates, each of which is judged by the statements
# above. Status 5 is waiting. The index is Forgejo's own, in all versions; without the word SQLite passes over old runs.
_CANDIDATES = """
SELECT run.id
  FROM action_run AS run{through}
 WHERE run.status = 5 AND run.repo_id = :repo_id AND run.event = 'workflow_dispatch' AND run.created >= :since
   AND run.trigger_user_id IN :people AND run.event_payload LIKE :naming
 ORDER BY run.id LIMIT :limit"""


def select_waiting_dispatches(engine: Engine) -> Statement:
    """The first of them by id, of the given people."""
    through = " INDEXED BY IDX_action_run_status" if engine is Engine.SQLITE else ""
    return Statement(_CANDIDATES.format(through=through))


# What the update's own WHERE adds for an approval that the journal has not noted before: the run was not cancelled and
# has not ended meanwhile. A condition, not a statement; 5 is waiting, 6 running.
RUN_STILL_LIVE = """EXISTS (SELECT 1 FROM action_run AS live
 WHERE live.id = :run_id AND live.created = :run_created AND live.status IN (5, 6))"""
