"""The options of `why`. Each can also be set as RSD_<NAME>."""

from __future__ import annotations

from argparse import ArgumentParser


def add_why(command: ArgumentParser) -> None:
    """Which job, by whose rules, and what comes out."""
    command.add_argument(
        "repository", metavar="REPOSITORY", nargs="?", help="the repository of the run, such as alice/website"
    )
    command.add_argument("run", metavar="RUN", nargs="?", help="its number, which stands behind the # on its page")
    command.add_argument("--job", metavar="ID", help="one job, by its id in the table action_run_job")
    command.add_argument("--assume-version", metavar="MAJOR", help="judge by the rules of that Forgejo version")
    command.add_argument(
        "--format",
        metavar="REPORT[=FILE],…",
        help="text (default), json; both at once, one of them to a file: text,json=why.json",
    )
