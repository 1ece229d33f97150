"""Which module a command is. Each is imported only when it is the one asked for: start-up time is part of our speed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from runner_scope_doctor.cli.exit_codes import ExitCode, NagiosCode
from runner_scope_doctor.model.errors import RepairFailed, UsageError


def run(chosen: Namespace) -> ExitCode | NagiosCode:
    """Runs the command that was named."""
    match chosen.command:
        case "check":
            from runner_scope_doctor.cli import check

            return check.run(chosen)
        case "why":
            from runner_scope_doctor.cli import why

            return why.run(chosen)
        case "explain":
            from runner_scope_doctor.cli import explain

            return explain.run(chosen)
        case "contract":
            from runner_scope_doctor.cli import contract

            return contract.run(chosen)
        case "grants":
            from runner_scope_doctor.cli import grants

            return grants.run(chosen)
        case "completion":
            from runner_scope_doctor.cli import completion

            return completion.run(chosen)
        case _:
            return _run_on_host(chosen)


def _run_on_host(chosen: Namespace) -> ExitCode:
    match chosen.command:
        case "plan":
            from runner_scope_doctor.cli import plan

            return plan.run(chosen)
        case "show":
            from runner_scope_doctor.cli import show

            return show.run(chosen)
        case "apply":
            with _nothing_begun():
                from runner_scope_doctor.cli import apply

            return apply.run(chosen)
        case "apply-approved":
            with _nothing_begun():
                from runner_scope_doctor.cli import apply_approved

            return apply_approved.run(chosen)
        case "undo":
            from runner_scope_doctor.cli import undo

            return undo.run(chosen)
        case _:
            return _run_on_state(chosen)


@contextmanager
def _nothing_begun() -> Iterator[None]:
    """A repair that cannot even be loaded, for want of memory or because it was interrupted, has failed like any other before
    its commit: it looked at nothing, so there is nothing inconclusive about it."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        which = f" {error.name}" if isinstance(error, ImportError) and error.name else ""
        raise RepairFailed(
            f"The repair could not be loaded ({type(error).__name__}{which}), so nothing was begun and nothing was changed.",
            next_step="Look at the limits of this process (ulimit -v) and at the installed copy, then apply the plan again.",
        ) from error


def _run_on_state(chosen: Namespace) -> ExitCode:
    match chosen.command:
        case "status":
            from runner_scope_doctor.cli import status

            return status.run(chosen)
        case "receipts":
            from runner_scope_doctor.cli import receipts

            return receipts.run(chosen)
        case "backups":
            from runner_scope_doctor.cli import backups

            return backups.run(chosen)
        case "host" if chosen.host_command == "self-test":
            from runner_scope_doctor.cli import host_self_test

            return host_self_test.run(chosen)
        case "host" if chosen.host_command == "check":
            from runner_scope_doctor.cli import host_report

            return host_report.run(chosen)
        case "host":
            from runner_scope_doctor.cli import host_admins

            return host_admins.run(chosen)
        case _:
            return _run_over_socket(chosen)


def _run_over_socket(chosen: Namespace) -> ExitCode:
    match chosen.command:
        case "serve":
            from runner_scope_doctor.cli import serve

            return serve.run(chosen)
        case "request":
            from runner_scope_doctor.cli import request

            return request.run(chosen)
        case _:
            raise UsageError("No command was given.", next_step="Run: runner-scope-doctor check --help")
