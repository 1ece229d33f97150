"""The options of `grants`. Each can also be set as RSD_<NAME>."""

from __future__ import annotations

from argparse import ArgumentParser


def add_grants(command: ArgumentParser) -> None:
    """For which login, on which engine, under which names."""
    command.add_argument("--engine", metavar="ENGINE", help="postgres, mysql (MariaDB too) or sqlite")
    command.add_argument("--for", metavar="PURPOSE", help="check, approval, backup, repair or fence")
    command.add_argument(
        "--also",
        metavar="PART",
        action="append",
        help="waiting-jobs (check), site-admins (approval), all-actions (backup) or run-approval (repair); repeatable",
    )
    command.add_argument(
        "--major", metavar="N", help="Forgejo's major version (default: the statements of every version)"
    )
    command.add_argument(
        "--role", metavar="NAME", help="the login; on MySQL and MariaDB also NAME@HOST (default: runner_scope_…)"
    )
    command.add_argument(
        "--backup-role",
        metavar="NAME",
        help="the login of the backup, which the fence needs on MySQL and MariaDB (default: runner_scope_backup)",
    )
    command.add_argument("--database", metavar="NAME", help="the database's name (default: forgejo; in no variable)")
    command.add_argument(
        "--schema", metavar="NAME", help="the schema on PostgreSQL (default: public, by the search path)"
    )
