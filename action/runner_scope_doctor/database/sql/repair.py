"""The three statements that could ever change a Forgejo database, for a plan to quote and for the repair alone to run."""

from __future__ import annotations

# The repair: one column of one row, and only while the row is still the one that was looked at.
CLEAR_OWNER = (
    "UPDATE action_runner SET owner_id = 0 "
    "WHERE id = :id AND uuid = :uuid AND owner_id = :owner_id AND repo_id = :repo_id "
    "AND (deleted IS NULL OR deleted = 0)"
)

# The way back: only while the row is still as the repair left it.
RESTORE_OWNER = (
    "UPDATE action_runner SET owner_id = :former_owner_id "
    "WHERE id = :id AND uuid = :uuid AND owner_id = 0 AND repo_id = :repo_id "
    "AND (deleted IS NULL OR deleted = 0)"
)

# The fence: a poller asks for work when its repository's counter is greater than the one it holds, and no counter it can
# hold is above the highest of the table. The inner table is there for MySQL, which cannot read what it updates.
FENCE_COUNTER = (
    "UPDATE action_tasks_version "
    "SET version = (SELECT next FROM (SELECT MAX(version) + 1 AS next FROM action_tasks_version) AS highest) "
    "WHERE owner_id = 0 AND repo_id = :repo_id"
)
