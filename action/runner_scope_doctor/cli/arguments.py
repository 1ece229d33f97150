"""The command line's grammar. Each option can also be set as RSD_<NAME>; `settings.py` joins the two."""

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
_SECRET = re.compile("token|pass|secret|database-url")
_EPILOG = """\
Every option can be given as an environment variable instead: RSD_CONTRACT for --contract, and so on; --database is
RSD_DATABASE_URL there.
exit codes: 0 healthy, 2 wrong usage, 3 contract or settings invalid, 4 inconclusive, 10 unhealthy
"""


class _Parser(ArgumentParser):
    """argparse repeats what it did not understand; that may be a password or a token."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, escaped(f"REFUSED: {_without_values(message)}. Next: {self.prog} --help") + "\n")


def _without_values(message: str) -> str:
    """Of unknown arguments only the options are named, never what stood beside them."""
    head, found, rest = message.partition("unrecognized arguments: ")
    if not found:
        return re.sub(r"://\S*@", "://…@", message)
    options = [word.partition("=")[0] for word in rest.split() if re.match(r"--?[a-z]", word)]
    hint = "; secrets belong into RSD_API_TOKEN, RSD_DATABASE_URL or files" if _SECRET.search(" ".join(options)) else ""
    return f"{head}{found}{' '.join(options) or 'values without an option'}{hint}"


def parser() -> ArgumentParser:
    """The whole grammar. A wrong argument ends the process with 2, as argparse does."""
    # prog is fixed so that help and messages are the same from a checkout, a package and a zip file.
    top = _new_parser(_Parser, "runner-scope-doctor", _DESCRIPTION)
    top.add_argument("--version", action="version", version=f"runner-scope-doctor {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="look at a server and say whether every runner has the scope it should have",
        description="Looks at a Forgejo server and says whether every runner has the scope it should have.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_source(check)
    _add_check(check)
    explain = commands.add_parser(
        "explain",
        help="print the page of a finding: what it means and what to do",
        description="Prints the page of a finding: what it means, how it looks per version, what to do, what never to do.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    explain.add_argument("finding", metavar="FINDING", help="its code or name, such as RSD001 or combined-scope")
    explain.add_argument("--debug", metavar="FILE", help="write the traceback of an unexpected error there")
    contract = commands.add_parser(
        "contract",
        help="write, examine or describe the file that says which runners there should be",
        description="Writes, examines or describes the contract: the file that says which runners there should be.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_contract(contract)
    return top


def _new_parser(kind: type[_Parser], prog: str, description: str) -> _Parser:
    return kind(
        prog=prog,
        description=description,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_source(command: ArgumentParser) -> None:
    database = command.add_argument_group("database to look at, read-only")
    database.add_argument("--app-ini", metavar="FILE", help="the server's own app.ini names its database")
    database.add_argument(
        "--path-map",
        metavar="SERVER=HERE",
        action="append",
        help="where a folder of the server's container is on this machine, such as /data=/srv/forgejo; repeatable",
    )
    database.add_argument(
        "--database-host", metavar="HOST[:PORT]", help="the database server of app.ini as seen from this machine"
    )
    database.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:////absolute/path, postgres://user@host/name or mysql://user@host/name; a URL with a password "
        "belongs into RSD_DATABASE_URL or a file named by RSD_DATABASE_URL_FILE",
    )
    database.add_argument(
        "--instance", metavar="URL", help="public URL of the server, where only a database names it; for the contract"
    )
    api = command.add_argument_group("API to look at (Forgejo 15 and later); token in RSD_API_TOKEN or a file")
    api.add_argument("--api-url", metavar="URL", help="base URL of the server, such as https://git.example.org/")
    api.add_argument("--api-token-file", metavar="FILE", help="file that holds the access token")
    api.add_argument(
        "--api-list",
        metavar="LIST",
        help="whose runners to list: admin (default), repository:owner/name, organization:name or user",
    )
    api.add_argument("--api-ca-file", metavar="FILE", help="certificate of a private authority, PEM")
    api.add_argument("--api-plain-http", action="store_true", help="allow http:// to another machine")
    command.add_argument(
        "--timeout", metavar="SECONDS", help="time limit for each connection and statement (default: 10)"
    )
    command.add_argument("--debug", metavar="FILE", help="write the traceback of an unexpected error there")


def _add_check(check: ArgumentParser) -> None:
    judged = check.add_argument_group("what is judged")
    judged.add_argument("--contract", metavar="FILE", help="the runners there should be: runner-scope.yml")
    judged.add_argument("--snapshot", metavar="FILE", help="judge what an earlier look saved, without any server")
    judged.add_argument("--sample", metavar="DURATION", help="read the work counters twice, such as 10s apart")
    judged.add_argument("--target-version", metavar="MAJOR", help="tell what would break after an upgrade, such as 16")
    judged.add_argument("--assume-version", metavar="MAJOR", help="judge by the rules of that Forgejo version")
    judged.add_argument(
        "--optional",
        metavar="SOURCE",
        action="append",
        help="database or api: a failure of it does not make the result inconclusive; repeatable",
    )
    outcome = check.add_argument_group("what comes out")
    outcome.add_argument(
        "--format",
        metavar="FORMAT[=FILE],…",
        help="text (default), json; several at once, each to standard output or a file: text,json=report.json",
    )
    outcome.add_argument("--save-snapshot", metavar="FILE", help="save all runners as seen, without secrets")
    outcome.add_argument(
        "--fail-on", metavar="SEVERITY", help="least severity that ends with 10: error (default), warning"
    )


def _add_contract(contract: ArgumentParser) -> None:
    actions = contract.add_subparsers(dest="contract_command", required=True, metavar="ACTION")
    for name, sentence in (
        ("init", "write a first contract from what a server has now; refuses while a row is sick"),
        ("lint", "examine a contract; needs no network and no secrets"),
        ("schema", "print the JSON schema of the contract, for editors"),
    ):
        action = actions.add_parser(
            name,
            help=sentence,
            description=f"{sentence[0].upper()}{sentence[1:]}.",
            epilog=_EPILOG,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name == "init":
            _add_source(action)
        else:
            action.add_argument("--debug", metavar="FILE", help="write the traceback of an unexpected error there")
        if name == "lint":
            action.add_argument("file", metavar="FILE", help="the contract, such as runner-scope.yml")
