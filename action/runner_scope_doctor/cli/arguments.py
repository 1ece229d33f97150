"""The command line's grammar. No defaults from the environment here: `settings.py` joins the two."""

from __future__ import annotations

import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import NoReturn

from runner_scope_doctor import __version__
from runner_scope_doctor.report.escape import escaped

_DESCRIPTION = """\
Finds Forgejo Actions runners whose scope can never receive a job.
Looking never changes anything; what could not be looked at is never called healthy.
"""
_EXIT_CODES = """\
exit codes: 0 healthy, 2 wrong usage, 3 contract or settings invalid, 4 inconclusive, 10 unhealthy
"""


class _Parser(ArgumentParser):
    """argparse repeats what it did not understand; a URL in there may hold a password."""

    def error(self, message: str) -> NoReturn:
        without_credentials = re.sub(r"://\S*@", "://…@", message)
        self.exit(2, escaped(f"REFUSED: {without_credentials}. Next: {self.prog} --help") + "\n")


def parser() -> ArgumentParser:
    """The whole grammar. argparse itself ends with 2 on a wrong argument."""
    # prog is fixed so that help and messages are the same from a checkout, a package and a zip file.
    top = _Parser(
        prog="runner-scope-doctor",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"runner-scope-doctor {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(
        commands.add_parser(
            "check",
            help="look at a server and say whether every runner has the scope it should have",
            description="Looks at a Forgejo server and says whether every runner has the scope it should have.",
            epilog=_EXIT_CODES,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
    )
    return top


def _add_check(check: ArgumentParser) -> None:
    source = check.add_argument_group("what to look at")
    source.add_argument(
        "--database",
        metavar="URL",
        help="database of the server, such as sqlite:////var/lib/forgejo/data/forgejo.db; a URL with a password "
        "belongs into RSD_DATABASE_URL or a file named by RSD_DATABASE_URL_FILE",
    )
    outcome = check.add_argument_group("what comes out")
    outcome.add_argument(
        "--format",
        metavar="FORMAT[=FILE],…",
        default="text",
        help="text, json; several at once, each to standard output or a file: text,json=report.json",
    )
    outcome.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        default="error",
        help="least severity that ends with 10 (default: error)",
    )
    check.add_argument(
        "--timeout", metavar="SECONDS", default="10", help="time limit for each connection and statement (default: 10)"
    )
    check.add_argument("--debug", metavar="FILE", help="write the traceback of an unexpected error there")
