"""Every SELECT of the check, for a database administrator to read. All are parametrised; none reads a token hash,
a salt or a secret's value.

The tables are Forgejo's: `action_runner` (`models/actions/runner.go`), `repository` (`models/repo/repo.go`), `user`
(`models/user/user.go`), `action_run_job` (`models/actions/run_job.go`). A row is live when `deleted` is NULL or 0.
"""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS

# Which Forgejo wrote these tables. `forgejo_sem_ver` holds the full version; older and hand-made databases may lack it.
SELECT_FORGEJO_SEMANTIC_VERSION = Statement("SELECT version FROM forgejo_sem_ver")
SELECT_FORGEJO_MIGRATIONS = Statement("SELECT id FROM forgejo_migration WHERE id LIKE 'v%'")
SELECT_FORGEJO_COUNTER = Statement("SELECT version FROM forgejo_version")
SELECT_GITEA_COUNTER = Statement("SELECT version FROM version")

COUNT_LIVE_RUNNERS = Statement("SELECT COUNT(*) FROM action_runner WHERE deleted IS NULL OR deleted = 0")

# A runner with what its two ids point at now, read in one statement so that the three agree.
_RUNNERS = """
SELECT r.id, r.uuid, r.name, r.version, r.owner_id, r.repo_id, r.agent_labels, r.last_online, r.deleted, {ephemeral},
       p.id, p.owner_id, p.name, po.name, o.id, o.name, o.type
  FROM action_runner AS r
  LEFT JOIN repository AS p ON p.id = r.repo_id
  LEFT JOIN "user" AS po ON po.id = p.owner_id
  LEFT JOIN "user" AS o ON o.id = r.owner_id
 WHERE {condition}
 ORDER BY r.id"""

_LIVE = "(r.deleted IS NULL OR r.deleted = 0)"

_COMBINED = f"r.owner_id <> 0 AND r.repo_id <> 0 AND {_LIVE}"
_DELETED_TWINS = "r.repo_id IN :repo_ids AND r.name IN :names AND r.deleted <> 0"
_ALL_LIVE = _LIVE


def _runners(condition: str, major: int) -> Statement:
    ephemeral = "r.ephemeral" if major >= FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS else "NULL"
    return Statement(_RUNNERS.format(ephemeral=ephemeral, condition=condition))


def select_combined_runners(major: int) -> Statement:
    """Live runners with both ids set."""
    return _runners(_COMBINED, major)


def select_deleted_twins(major: int) -> Statement:
    """Soft-deleted rows of the given names in the given repositories: shown beside a live row, never judged."""
    return _runners(_DELETED_TWINS, major)


def select_live_runners(major: int) -> Statement:
    """Every live runner."""
    return _runners(_ALL_LIVE, major)


# Jobs that wait for a runner: status 5 is waiting, task_id 0 is not assigned; `updated` is when it became waiting.
COUNT_WAITING_JOBS = Statement("""
SELECT repo_id, COUNT(*), MIN(updated)
  FROM action_run_job
 WHERE status = 5 AND task_id = 0 AND repo_id IN :repo_ids
 GROUP BY repo_id
 ORDER BY repo_id""")
