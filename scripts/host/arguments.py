"""The command line of scripts/install-host."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NoReturn

from runner_scope_doctor.report.escape import escaped

_DESCRIPTION = """\
Sets up the host that may repair: the service's user, a copy of the program that only root can change, the configuration's
skeleton, the state directory, and the systemd units. Shows everything first and asks. Can be run again at any time.
"""
_EPILOG = """\
exit codes: 0 done, nothing to do, or the boundary holds; 2 wrong usage; 4 something could not be looked at; 5 refused, nothing
was changed; 6 failed half-way, run it again; 10 the boundary is broken
"""


class Task(Enum):
    """What is to be done."""

    INSTALL = "install"
    UNDO = "undo"
    CHECK = "check"


class Consent(Enum):
    """Whether a person is asked before anything is changed."""

    ASKED_FOR = "asked for"
    GIVEN = "given"


class Accounts(Enum):
    """Whether the service's user may be made."""

    MADE = "made"
    LEFT = "left"


class Starter(Enum):
    """What starts the service and looks for approved runs."""

    SYSTEMD = "systemd"
    CRON = "cron"


class SourceKind(Enum):
    """How the database is named. The value is the key in host.yml."""

    APP_INI = "app_ini"
    URL_FILE = "database_url_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that names the database, by absolute path."""

    kind: SourceKind
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line says. What is None was not said: an installation that is there already knows it.

    `root` is the folder that stands for /.
    """

    task: Task
    consent: Consent
    runner_user: str | None
    source: Source | None
    instance: str | None
    root: Path
    accounts: Accounts
    starter: Starter | None
    wheelhouse: Path | None


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, escaped(f"REFUSED: {message}. Next: {self.prog} --help") + "\n")


def wish(arguments: Sequence[str]) -> Wish:
    """The command line as a value. A wrong one ends the process with 2."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    task = Task.CHECK if chosen.check else Task.UNDO if chosen.undo else Task.INSTALL
    root = Path(chosen.root).resolve()
    if task is Task.CHECK and root != Path("/"):
        parser.error("--check tries things on this machine, so it takes no --root")
    if chosen.make_users and root == Path("/"):
        parser.error("--make-users goes with --root: on this machine the user is made anyway")
    return Wish(
        task=task,
        consent=Consent.GIVEN if chosen.yes else Consent.ASKED_FOR,
        runner_user=chosen.runner_user,
        source=_source(chosen),
        instance=chosen.instance,
        root=root,
        accounts=Accounts.MADE if root == Path("/") or chosen.make_users else Accounts.LEFT,
        starter=Starter.CRON if chosen.no_systemd else Starter.SYSTEMD if chosen.systemd else None,
        wheelhouse=None if chosen.wheelhouse is None else Path(chosen.wheelhouse).resolve(),
    )


def _parser() -> _Parser:
    parser = _Parser(
        prog="scripts/install-host",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--check", action="store_true", help="prove the boundary, as the runner's user; changes nothing")
    task.add_argument("--undo", action="store_true", help="remove what was installed; keeps state and edited settings")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--runner-user", metavar="NAME", help="whom the runner runs as; its group gets the socket")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--app-ini", metavar="FILE", help="the server's own app.ini, which names its database")
    source.add_argument("--database-url-file", metavar="FILE", help="a file whose content is the database's URL")
    parser.add_argument("--instance", metavar="URL", help="the server's public URL (default: ROOT_URL of app.ini)")
    parser.add_argument("--wheelhouse", metavar="DIR", help="take the locked packages from there, and ask no registry")
    parser.add_argument("--root", metavar="DIR", default="/", help="install below DIR, for images; starts nothing")
    parser.add_argument("--make-users", action="store_true", help="with --root: make the service's user there")
    starter = parser.add_mutually_exclusive_group()
    starter.add_argument("--no-systemd", action="store_true", help="no units; prints the lines for cron instead")
    starter.add_argument("--systemd", action="store_true", help="units again, after --no-systemd")
    return parser


def _source(chosen: Namespace) -> Source | None:
    for kind in SourceKind:
        given = getattr(chosen, kind.value)
        if given is not None:
            return Source(kind=kind, path=Path(given).absolute())
    return None
