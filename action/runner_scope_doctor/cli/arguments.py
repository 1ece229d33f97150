"""The command line's grammar. Each option can also be set as RSD_<NAME>; `settings.py` joins the two."""

from __future__ import annotations

import re
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING, NoReturn

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.check_arguments import add_check, add_source
from runner_scope_doctor.cli.contract_arguments import add_compare, add_describe
from runner_scope_doctor.cli.grants_arguments import add_grants
from runner_scope_doctor.cli.repair_arguments import (
    add_age,
    add_apply,
    add_apply_approved,
    add_backup_to_restore,
    add_host,
    add_making,
    add_plan,
    add_plan_name,
    add_receipt_name,
    add_timeout,
)
from runner_scope_doctor.cli.service_arguments import add_asking, add_digest, add_run_id
from runner_scope_doctor.cli.why_arguments import add_why
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine
from runner_scope_doctor.report.escape import escaped

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # what add_subparsers returns; argparse gives it no public name

_DESCRIPTION = """\
Finds Forgejo Actions runners whose scope can never receive a job.
Looking never changes anything; what could not be looked at is never called healthy.
"""
_ENGINES = {Engine.SQLITE: "SQLite", Engine.POSTGRES: "PostgreSQL", Engine.MYSQL: "MySQL or MariaDB"}
_VERSION = f"""\
runner-scope-doctor {__version__}
knows Forgejo {OLDEST_KNOWN_MAJOR} to {NEWEST_KNOWN_MAJOR} on {", ".join(_ENGINES[engine] for engine in Engine)}
"""
_SECRET = re.compile("token|pass|secret|database-url")
_EPILOG = """\
Every option but --break-glass can be given as an environment variable instead: RSD_CONTRACT for --contract, and so on;
--database is RSD_DATABASE_URL there.
exit codes: 0 healthy or done, 2 wrong usage, 3 contract or settings invalid, 4 inconclusive, 5 refused, 6 failed and
nothing changed, 7 a person must look, 10 unhealthy
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
    top = _Parser(
        prog="runner-scope-doctor",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=_VERSION)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = _add_command(
        commands,
        "check",
        summary="look at a server and say whether every runner has the scope it should have",
        description="Looks at a Forgejo server and says whether every runner has the scope it should have.",
    )
    add_source(check)
    _add_debug(check)
    add_check(check)
    why = _add_command(
        commands,
        "why",
        summary="say why a waiting job is not picked up, and how each runner stands to it",
        description="Says why a waiting job is not picked up, and how each runner stands to it. Without REPOSITORY and --job: "
        "all jobs that have waited for more than a minute; over the API, which does not show since when, all that wait.",
    )
    for add in (add_why, add_source, _add_debug):
        add(why)
    explain = _add_command(
        commands,
        "explain",
        summary="print the page of a finding: what it means and what to do",
        description="Prints the page of a finding: what it means, how it looks per version, what to do, what never to do.",
    )
    explain.add_argument("finding", metavar="FINDING", help="its code or name, such as RSD001 or combined-scope")
    _add_debug(explain)
    contract = _add_command(
        commands,
        "contract",
        summary="write, examine or describe the file that says which runners there should be",
        description="Writes, examines or describes the contract: the file that says which runners there should be.",
    )
    _add_contract(contract.add_subparsers(dest="contract_command", required=True, metavar="ACTION"))
    grants = _add_action(commands, "grants", "print the statements that give a database login its rights, and no more")
    for add in (add_grants, _add_debug):
        add(grants)
    _add_repair(commands)
    completion = _add_action(
        commands, "completion", "print the script by which bash, zsh or fish completes this command"
    )
    completion.add_argument("shell", metavar="SHELL", help="bash, zsh or fish")
    _add_debug(completion)
    return top


def _add_repair(commands: _SubParsersAction[_Parser]) -> None:
    """The commands that work on the deploy host."""
    plan = _add_action(commands, "plan", "write down exactly which one row a repair would change; changes nothing")
    for add in (add_plan, add_making, add_host, add_timeout, _add_debug):
        add(plan)
    show = _add_action(commands, "show", "print a plan for people: before and after, the SQL, what happens next")
    for add in (add_plan_name, add_host, _add_debug):
        add(show)
    apply = _add_action(commands, "apply", "carry an approved plan out, after a proven backup")
    for add in (add_plan_name, add_apply, add_host, add_timeout, _add_debug):
        add(apply)
    approved = _add_action(
        commands,
        "apply-approved",
        "carry out every plan that a waiting run of the repair's workflow approves; for a timer",
    )
    for add in (add_apply_approved, add_host, add_timeout, _add_debug):
        add(approved)
    undo = _add_action(commands, "undo", "write down the way back from a repair, as a plan with the same gate")
    for add in (add_receipt_name, add_making, add_host, add_timeout, _add_debug):
        add(undo)
    status = _add_action(commands, "status", "tell where every plan stands, and what to do about it")
    for add in (add_host, _add_debug):
        add(status)
    _add_receipts(_add_action(commands, "receipts", "list, show and prove what was changed"))
    _add_backups(_add_action(commands, "backups", "list, verify, prune and read backups"))
    _add_host_look(_add_action(commands, "host", "look at what the deploy host rests on"))
    serve = _add_action(commands, "serve", "answer the one connection that systemd started this for")
    for add in (add_host, _add_debug):
        add(serve)
    _add_request(_add_action(commands, "request", "ask the host's service, which alone can look and repair"))


def _add_receipts(receipts: _Parser) -> None:
    for add in (add_host, _add_debug):
        add(receipts)
    actions = receipts.add_subparsers(dest="receipts_command", metavar="ACTION")
    listing = _add_action(actions, "list", "list them, the oldest first; what happens without an action")
    show = _add_action(actions, "show", "print one for people")
    add_receipt_name(show)
    verify = _add_action(actions, "verify", "prove the journal's chain, every receipt and every backup they name")
    for each in (listing, show, verify):
        _add_behind(each)


def _add_backups(backups: _Parser) -> None:
    for add in (add_host, _add_debug):
        add(backups)
    actions = backups.add_subparsers(dest="backups_command", metavar="ACTION")
    listing = _add_action(actions, "list", "list them, the oldest first; what happens without an action")
    verify = _add_action(actions, "verify", "read each again and load it into a store of our own")
    prune = _add_action(actions, "prune", "remove old ones, never the latest nor one that an undo needs")
    add_age(prune)
    restore = _add_action(actions, "restore", "write one as a SQLite file, for reading")
    add_backup_to_restore(restore)
    for each in (listing, verify, prune, restore):
        _add_behind(each)


def _add_behind(action: _Parser) -> None:
    """The command's own options behind its action as well. Where they are left out there, those before it hold."""
    action.argument_default = SUPPRESS
    for add in (add_host, _add_debug):
        add(action)


def _add_host_look(host: _Parser) -> None:
    actions = host.add_subparsers(dest="host_command", required=True, metavar="ACTION")
    admins = _add_action(actions, "admins", "name the server's active site admins who are no reviewers")
    test = _add_action(actions, "self-test", "prove that each credential can do what it must and nothing more")
    check = _add_action(
        actions, "check", "check by host.yml, write the reports it names, and tell whom it names; for a timer"
    )
    for each in (admins, test, check):
        for add in (add_host, add_timeout, _add_debug):
            add(each)


def _add_request(request: _Parser) -> None:
    actions = request.add_subparsers(dest="request_command", required=True, metavar="ACTION")
    check = _add_action(actions, "check", "print the snapshot that the host sees, for `check --snapshot`")
    plan = _add_action(actions, "plan", "have the plan of one workflow run made")
    add_run_id(plan)
    repair = _add_action(actions, "repair", "have a plan carried out as one workflow run approves it")
    add_digest(repair)
    add_run_id(repair)
    for each in (check, plan, repair):
        add_asking(each)
        _add_debug(each)


def _add_command(commands: _SubParsersAction[_Parser], name: str, *, summary: str, description: str) -> _Parser:
    """One more command. `summary` stands in the list of commands, `description` above its own options."""
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_debug(command: ArgumentParser) -> None:
    command.add_argument("--debug", metavar="FILE", help="write the traceback of an unexpected error there")


def _add_contract(actions: _SubParsersAction[_Parser]) -> None:
    init = _add_action(
        actions, "init", "write a first contract from what a server has now; refuses while a row is sick"
    )
    add_source(init)
    _add_debug(init)
    lint = _add_action(actions, "lint", "examine a contract; needs no network and no secrets")
    _add_debug(lint)
    lint.add_argument("file", metavar="FILE", help="the contract, such as runner-scope.yml")
    schema = _add_action(actions, "schema", "print the JSON schema of the contract, for editors")
    _add_debug(schema)
    compare = _add_action(
        actions, "compare", "say what a changed contract finds in a saved look that the old one did not; 10 if anything"
    )
    add_compare(compare)
    _add_debug(compare)
    describe = _add_action(actions, "describe", "print the contract as a table, or keep it in a page in step")
    add_describe(describe)
    _add_debug(describe)


def _add_action(actions: _SubParsersAction[_Parser], name: str, sentence: str) -> _Parser:
    return _add_command(actions, name, summary=sentence, description=f"{sentence[0].upper()}{sentence[1:]}.")
