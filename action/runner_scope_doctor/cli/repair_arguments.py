"""The options of the commands that plan and carry out a repair. Each can also be set as RSD_<NAME>."""

from __future__ import annotations

from argparse import ArgumentParser


def add_host(command: ArgumentParser) -> None:
    """The host's configuration: for every command that works on the deploy host."""
    command.add_argument(
        "--host", metavar="FILE", help="the host's configuration (default: /etc/runner-scope-doctor/host.yml)"
    )


def add_timeout(command: ArgumentParser) -> None:
    """How patiently a database is asked."""
    command.add_argument(
        "--timeout", metavar="SECONDS", help="time limit for each connection and statement (default: 10)"
    )


def add_making(command: ArgumentParser) -> None:
    """Who makes a plan, under which rules."""
    command.add_argument(
        "--environment", metavar="NAME", help="the approval environment, where the host has several of them"
    )
    command.add_argument(
        "--unattended", action="store_true", help="a timer or schedule asks: the plan names no person as its maker"
    )


def add_plan(command: ArgumentParser) -> None:
    """The options of `plan`."""
    command.add_argument(
        "--run",
        metavar="ID",
        help="the workflow run that asks: maker, runner, fence and environment are what the server recorded of it",
    )
    command.add_argument("--runner", metavar="ID", help="which runner, where several have a combined scope")
    command.add_argument(
        "--with-counter-fence",
        action="store_true",
        help="also raise the repository's work counter above all others, for a runner that stays stuck after the repair; "
        "the repair login then needs SELECT and UPDATE (version) on action_tasks_version",
    )


def add_plan_name(command: ArgumentParser) -> None:
    """The plan a command is about."""
    command.add_argument("plan", metavar="PLAN", help="the plan's file, or the digest of one in the state directory")


def add_apply(command: ArgumentParser) -> None:
    """The options of `apply`."""
    command.add_argument(
        "--signature",
        metavar="FILE",
        action="append",
        help="a reviewer's signature of the plan's file (default: PLAN.sig, where ssh-keygen writes it); repeatable",
    )
    command.add_argument(
        "--run",
        metavar="ID",
        help="the workflow run that asks: what the server recorded of it is looked at as an approval",
    )
    command.add_argument(
        "--break-glass",
        metavar="REASON",
        help="repair without an approval, saying why: for root and the operator that host.yml names; every check shows it "
        "for 30 days",
    )
    _add_backup(command)
    command.add_argument(
        "--watch",
        metavar="SPAN",
        help="after a repair, look so long whether the runner now picks up (default: 60s on a terminal, else 0s: not at all)",
    )


def add_apply_approved(command: ArgumentParser) -> None:
    """The options of `apply-approved`."""
    _add_backup(command)


def _add_backup(command: ArgumentParser) -> None:
    command.add_argument(
        "--backup",
        metavar="TABLES",
        help="runner-tables (default): action_runner, action_runner_token and action_tasks_version; all-actions: every "
        "table action_*",
    )


def add_receipt_name(command: ArgumentParser) -> None:
    """The receipt a command is about."""
    command.add_argument("receipt", metavar="RECEIPT", help="the digest of the plan that was carried out")


def add_backup_to_restore(command: ArgumentParser) -> None:
    """What `backups restore` reads and writes."""
    command.add_argument("backup", metavar="BACKUP", help="a backup's name, from the list")
    command.add_argument("file", metavar="FILE", help="the SQLite file to make; it must not be there yet")


def add_age(command: ArgumentParser) -> None:
    """Which backups are old."""
    command.add_argument(
        "--older-than", metavar="SPAN", help="how old a backup must be to go, such as 12h (default: 90d)"
    )
