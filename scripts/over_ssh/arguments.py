"""The command line of scripts/deploy-runner-scope-doctor."""

from __future__ import annotations

import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NoReturn

from over_ssh.problems import NotDone
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.report.escape import escaped

_DESCRIPTION = """\
Runs the check, or carries out an approved plan, on this machine or with --ssh on another one. There it needs Python 3.11 or
later and nothing else; nothing is installed and nothing stays behind. Every other argument goes to the command itself, and
names files of the host it runs on.
"""
_EPILOG = """\
exit codes: those of the command (docs/exit-codes.md); 4 when it could not be run, or a check's end was not heard; 7 when a
repair's end was not heard
"""
_HOST = re.compile(r"(?!-)[\w.:@%/\[\]-]{1,300}", re.ASCII)
_PYTHON = re.compile(r"(?!-)[\w./+-]{1,300}", re.ASCII)
"""A word that means the same to every shell a person may log in with."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Command(Enum):
    """What is to be run. The value is its name."""

    CHECK = "check"
    APPLY = "apply"


class Account(Enum):
    """Whom it runs as over there."""

    WHO_LOGS_IN = "who logs in"
    ROOT_BY_SUDO = "root by sudo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line says. `host` is None for this machine; `zip_file` is None for one that is built now.
    `arguments` go to the command; `signatures` are files of this machine."""

    command: Command
    host: str | None
    account: Account
    python: str
    zip_file: Path | None
    signatures: tuple[Path, ...]
    arguments: tuple[str, ...]


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(int(ExitCode.USAGE), escaped(f"REFUSED: {message}. Next: {self.prog} --help") + "\n")


def wish(arguments: Sequence[str]) -> Wish:
    """Ends the process with 2 for a wrong argument. Raises NotDone for what would leave a file on the host."""
    parser = _parser()
    chosen, further = parser.parse_known_args(arguments)
    if chosen.ssh is not None and not _HOST.fullmatch(chosen.ssh):
        parser.error(f"--ssh {chosen.ssh} is no host, user@host or ssh://user@host:port")
    if not _PYTHON.fullmatch(chosen.python):
        parser.error(f"--python {chosen.python} is neither a command nor a path")
    if chosen.apply is not None and not _DIGEST.fullmatch(chosen.apply):
        parser.error(f"--apply {chosen.apply} is no plan's digest of 64 hex digits")
    if chosen.signature and chosen.apply is None:
        parser.error("--signature goes with --apply")
    if chosen.sudo and chosen.ssh is None:
        parser.error("--sudo goes with --ssh; here, start this script with sudo")
    if chosen.ssh is not None:
        _refuse_files(further)
    return Wish(
        command=Command.CHECK if chosen.apply is None else Command.APPLY,
        host=chosen.ssh,
        account=Account.ROOT_BY_SUDO if chosen.sudo else Account.WHO_LOGS_IN,
        python=chosen.python,
        zip_file=chosen.zip,
        signatures=tuple(chosen.signature),
        arguments=((chosen.apply, *further) if chosen.apply is not None else tuple(further)),
    )


def _parser() -> _Parser:
    parser = _Parser(
        prog="scripts/deploy-runner-scope-doctor",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--check", action="store_true", help="look, and change nothing; what happens without --apply")
    task.add_argument(
        "--apply", metavar="DIGEST", help="carry out the plan of that digest, which the host made and keeps"
    )
    parser.add_argument("--ssh", metavar="HOST", help="run it there: host, user@host or ssh://user@host:port")
    parser.add_argument(
        "--sudo", action="store_true", help="with --ssh: run it as root over there, by sudo without a question"
    )
    parser.add_argument(
        "--python", metavar="COMMAND", default="python3", help="with --ssh: the Python there (default: python3)"
    )
    parser.add_argument(
        "--signature", metavar="FILE", type=Path, action="append", default=[],
        help="with --apply: a signature of the plan, a file of this machine; sent along; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--zip", metavar="FILE", type=Path, help="the zip application (default: built now by scripts/build)"
    )
    return parser


def _refuse_files(arguments: Sequence[str]) -> None:
    """What the check would write over there would stay there."""
    for index, argument in enumerate(arguments):
        option, joined, value = argument.partition("=")
        value = value if joined else "".join(arguments[index + 1 : index + 2])
        writes = option in ("--save-snapshot", "--debug") and value not in ("/dev/stdout", "/dev/stderr")
        if writes or (option == "--format" and "=" in value):
            raise NotDone(
                ExitCode.USAGE,
                f"{option} {value} would leave a file on the host.",
                next_step="Leave it out, and keep what is printed here: --format json > report.json",
            )
