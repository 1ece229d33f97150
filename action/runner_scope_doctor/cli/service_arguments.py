"""The options of the host's service and of those who ask it. Each can also be set as RSD_<NAME>."""

from __future__ import annotations

from argparse import ArgumentParser


def add_asking(command: ArgumentParser) -> None:
    """Whom to ask, and how long to wait."""
    command.add_argument(
        "--socket", metavar="FILE", help="the service's socket (default: /run/runner-scope-doctor/doctor.sock)"
    )
    command.add_argument(
        "--wait",
        metavar="SPAN",
        help="how long to wait for the whole answer, to 1h (default: 10m); the host goes on by itself after that",
    )


def add_digest(command: ArgumentParser) -> None:
    """The plan to carry out."""
    command.add_argument("digest", metavar="DIGEST", help="the plan's digest, 64 hex digits")


def add_run_id(command: ArgumentParser) -> None:
    """The run that asks."""
    command.add_argument("run", metavar="RUN_ID", help="the workflow run that asks, github.run_id in a job")
