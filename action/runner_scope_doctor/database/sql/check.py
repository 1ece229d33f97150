"""Every SELECT of the check, for a database administrator to read. All are parametrised; none reads a token hash,
a salt or a secret's value.

The tables are Forgejo's: `action_runner` (`models/actions/runner.go`), `repository` (`models/repo/repo.go`), `user`
(`models/user/user.go`), `action_run_job` (`models/actions/run_job.go`). A row is live when `deleted` is NULL or 0.
"""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS, Engine

# Which Forgejo wrote these tables. `forgejo_sem_ver` holds the full version; older and hand-made databases may lack it.
SELECT_FORGEJO_SEMANTIC_VERSION = Statement("SELECT version FROM forgejo_sem_ver")
SELECT_FORGEJO_MIGRATIONS = Statement("SELECT id FROM forgejo_migration WHERE id LIKE 'v%'")
SELECT_FORGEJO_COUNTER = Statement("SELECT version FROM forgejo_version")
SELECT_GITEA_COUNTER = Statement("SELECT version FROM version")

# Where the search path finds the runners, and how many rows a MySQL or MariaDB session lets a SELECT return.
SELECT_POSTGRES_SCHEMA = Statement("""
SELECT n.nspname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.oid = pg_catalog.to_regclass('action_runner')""")
SELECT_MYSQL_ROW_LIMIT = Statement("SELECT @@sql_select_limit")

_LIVE = "(r.deleted IS NULL OR r.deleted = 0)"

# One pass over the table says how many rows there are and how many are live, and whether the two kinds that no index can
# find occur at all; their own statements run only then. A label list is at least `["x"]` long, and no declared label has a colon.
_LABELS_DOUBTFUL = "r.agent_labels IS NULL OR LENGTH(r.agent_labels) < 5 OR r.agent_labels LIKE '%:%'"
_COMBINED = "r.owner_id <> 0 AND r.repo_id <> 0"
COUNT_RUNNERS = Statement(f"""
SELECT COUNT(*),
       COUNT(CASE WHEN {_LIVE} THEN 1 END),
       COUNT(CASE WHEN {_LIVE} AND {_COMBINED} THEN 1 END),
       COUNT(CASE WHEN {_LIVE} AND ({_LABELS_DOUBTFUL}) THEN 1 END)
  FROM action_runner AS r""")

# Ids that runners point at and that have no row; the indexes on owner_id and repo_id hold all that is needed.
SELECT_MISSING_REPOSITORIES = Statement("""
SELECT d.repo_id FROM (SELECT DISTINCT repo_id FROM action_runner WHERE repo_id > 0) AS d
 WHERE NOT EXISTS (SELECT 1 FROM repository AS x WHERE x.id = d.repo_id)""")
SELECT_MISSING_OWNERS = Statement("""
SELECT d.owner_id FROM (SELECT DISTINCT owner_id FROM action_runner WHERE owner_id > 0) AS d
 WHERE NOT EXISTS (SELECT 1 FROM "user" AS x WHERE x.id = d.owner_id)""")

# A runner with what its two ids point at now, read in one statement so that the three agree.
_RUNNERS = """
SELECT r.id, r.uuid, r.name, r.version, r.owner_id, r.repo_id, r.agent_labels, r.last_online, r.deleted, {ephemeral},
       p.id, p.owner_id, p.name, po.name, o.id, o.name, o.type, CASE WHEN {live} THEN 1 ELSE 0 END
  FROM action_runner AS r
  LEFT JOIN repository AS p ON p.id = r.repo_id
  LEFT JOIN "user" AS po ON po.id = p.owner_id
  LEFT JOIN "user" AS o ON o.id = r.owner_id
 WHERE {condition}"""


def _runners(condition: str, major: int) -> Statement:
    ephemeral = "r.ephemeral" if major >= FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS else "NULL"
    return Statement(_RUNNERS.format(ephemeral=ephemeral, condition=condition, live=_LIVE))


def select_combined_runners(major: int) -> Statement:
    """Live runners with both ids set."""
    return _runners(f"{_LIVE} AND {_COMBINED}", major)


def select_impossible_ids(engine: Engine) -> Statement:
    """Runners with an id below 0; on SQLite, which stores any type and sorts text after numbers, also with text.

    A fraction above 0 has no repository or owner, so it is found as missing.
    """
    ranges = ["owner_id < 0", "repo_id < 0"]
    if engine is Engine.SQLITE:
        ranges += ["owner_id >= ''", "repo_id >= ''"]
    # Each range is one look into an index; an OR over both columns would be a pass over the table.
    return Statement(" UNION ALL ".join(f"SELECT id FROM action_runner WHERE {span}" for span in ranges))


def select_runners_by_id(major: int) -> Statement:
    """Live runners of the given ids."""
    return _runners(f"{_LIVE} AND r.id IN :ids", major)


def select_runners_of_repositories(major: int) -> Statement:
    """Live runners that point at one of the given repositories."""
    return _runners(f"{_LIVE} AND r.repo_id IN :ids", major)


def select_runners_of_owners(major: int) -> Statement:
    """Live runners that point at one of the given owners."""
    return _runners(f"{_LIVE} AND r.owner_id IN :ids", major)


def select_runners_with_doubtful_labels(major: int) -> Statement:
    """Live runners whose labels are missing, empty or hold a colon; `diagnose` parses the JSON and judges."""
    return _runners(f"{_LIVE} AND ({_LABELS_DOUBTFUL})", major)


def select_live_runners_named(major: int) -> Statement:
    """Live runners of the given names; MySQL's collations may add rows that differ in case only."""
    return _runners(f"{_LIVE} AND r.name IN :names", major)


def select_live_runners_not_named(major: int, engine: Engine) -> Statement:
    """The first live runners by id that have none of the given names, compared byte by byte."""
    name = "CAST(r.name AS BINARY)" if engine is Engine.MYSQL else "r.name"
    others = _runners(f"{_LIVE} AND (r.name IS NULL OR {name} NOT IN :names)", major)
    return Statement(f"{others.text} ORDER BY r.id LIMIT :limit")


def select_deleted_runners_named(major: int) -> Statement:
    """The latest soft-deleted rows of the given names, for showing beside a finding; never judged."""
    deleted = _runners("r.deleted <> 0 AND r.name IN :names", major)
    return Statement(f"{deleted.text} ORDER BY r.id DESC LIMIT :limit")


def select_deleted_twins(major: int) -> Statement:
    """Soft-deleted rows of the given names in the given repositories: shown beside a live row, never judged."""
    return _runners("r.repo_id IN :repo_ids AND r.name IN :names AND r.deleted <> 0", major)


def select_first_live_runners(major: int) -> Statement:
    """The first page of all live runners by id, whatever the ids are."""
    return Statement(_runners(_LIVE, major).text + " ORDER BY r.id LIMIT :page")


def select_live_runners_after(major: int) -> Statement:
    """The next live runners by id: pages, so that no statement holds a lock for long."""
    return Statement(_runners(f"{_LIVE} AND r.id > :after", major).text + " ORDER BY r.id LIMIT :page")


def select_live_runners_in_scope(major: int) -> Statement:
    """Live runners that could be given a job of the given repositories, combined ones included."""
    scope = (
        "(COALESCE(r.owner_id, 0) = 0 AND COALESCE(r.repo_id, 0) = 0) OR r.repo_id IN :repo_ids "
        "OR (r.owner_id IN :owner_ids AND COALESCE(r.repo_id, 0) = 0)"
    )
    return _runners(f"{_LIVE} AND ({scope})", major)


# What a plan records of the one row: everything that does not move by itself.
_IMAGE = """
SELECT r.id, r.uuid, r.name, r.owner_id, r.repo_id, r.description, r.created, {ephemeral}
  FROM action_runner AS r
 WHERE r.id = :id AND {live}"""


def select_runner_image(major: int) -> Statement:
    """The lasting columns of one live row, but for the two secret ones."""
    ephemeral = "r.ephemeral" if major >= FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS else "NULL"
    return Statement(_IMAGE.format(ephemeral=ephemeral, live=_LIVE))


# The only statement outside the backup that reads secret columns; what it reads becomes a digest at once. A role
# without the right to them makes plans all the same.
SELECT_RUNNER_SECRETS = Statement("SELECT token_hash, token_salt FROM action_runner WHERE id = :id")

# Identities of all other rows, in pages: information in a plan, and what a repair compares before and after.
SELECT_OTHER_IDENTITIES = Statement("""
SELECT id, uuid, owner_id, repo_id FROM action_runner
 WHERE id <> :id AND id > :after
 ORDER BY id LIMIT :page""")
