"""What a server of each major writes about itself: release, schema numbers, migrations that touch our tables."""

from __future__ import annotations

RELEASES = {
    7: "7.0.16+gitea-1.21.11",
    8: "8.0.3+gitea-1.22.0",
    9: "9.0.3+gitea-1.22.0",
    10: "10.0.3+gitea-1.22.0",
    11: "11.0.15+gitea-1.22.0",
    12: "12.0.4+gitea-1.22.0",
    13: "13.0.5+gitea-1.22.0",
    14: "14.0.5+gitea-1.22.0",
    15: "15.0.3+gitea-1.22.0",
    16: "16.0.0+gitea-1.22.0",
}
"""`forgejo_sem_ver.version` (the Makefile's FORGEJO_VERSION and GITEA_COMPATIBILITY)."""

SCHEMA_NUMBERS = {7: 294, 8: 300, 9: 303} | dict.fromkeys(range(10, 17), 305)
"""`version.version`: 70 plus the number of Gitea-style migrations at the release's tag."""

LEGACY_COUNTERS = {7: 11, 8: 18, 9: 22, 10: 25, 11: 28, 12: 36, 13: 40} | dict.fromkeys(range(14, 17), 44)
"""`forgejo_version.version`: the number of Forgejo's own migrations at the release's tag, frozen from 14 on."""

MIGRATIONS = (
    (14, "v14a_add-forgejo-migrations-table"),
    (14, "v14a_actions-approval-and-trust"),
    (14, "v14b_action-run-add-workflow-directory"),
    (15, "v15a_remove-softdelete-action_runner_token"),
    (15, "v15b_add-ephemeral_runner"),
    (15, "v15b_add-foreign-keys-action_runner_token"),
    (15, "v15b_add-runner_request_key"),
    (15, "v15c_add_job_handle"),
    (16, "v16c_action_run_priority"),
    (16, "v16d_action_run_warnings"),
)
"""Since which major, and `forgejo_migration.id`: file names in `models/forgejo_migrations`, of our tables only."""
