"""What a repair reads inside its transaction and around it, for a database administrator to read. None changes a row;
the statements that do stand in `repair.py`."""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement

_LIVE = "CASE WHEN deleted IS NULL OR deleted = 0 THEN 1 ELSE 0 END"

# The row as it is now. On SQLite the whole file is locked by then (BEGIN IMMEDIATE); elsewhere this locks the row.
READ_RUNNER = Statement(f"SELECT uuid, owner_id, repo_id, {_LIVE} FROM action_runner WHERE id = :id")
LOCK_RUNNER = Statement(f"{READ_RUNNER.text} FOR UPDATE")

# How many rows of any table this session has changed so far, triggers included, as the engine itself counts. NULL where
# PostgreSQL was told not to count (`track_counts`). MySQL counts calls of its storage engines, temporary tables apart.
COUNT_POSTGRES_CHANGES = Statement("""
SELECT CASE WHEN current_setting('track_counts') = 'on'
            THEN CAST(COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0) AS bigint) END
  FROM pg_catalog.pg_stat_xact_user_tables""")
COUNT_MYSQL_CHANGES = Statement("""
SHOW SESSION STATUS
 WHERE variable_name IN ('Handler_write', 'Handler_tmp_write', 'Handler_update', 'Handler_delete')""")

# The number of the transaction, and later what became of it: 'committed', 'aborted', 'in progress', NULL when too old.
SELECT_POSTGRES_TRANSACTION = Statement("SELECT CAST(txid_current() AS text)")
SELECT_POSTGRES_FATE = Statement("SELECT txid_status(CAST(:number AS bigint))")

# Who all other rows are, in pages: compared before and after the change, outside its lock.
SELECT_IDENTITIES = Statement(f"""
SELECT id, uuid, owner_id, repo_id, {_LIVE} FROM action_runner
 WHERE id <> :id AND id > :after
 ORDER BY id LIMIT :page""")
