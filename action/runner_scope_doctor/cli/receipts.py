"""`receipts`: what was changed, shown and proven. Reads files only."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import settled_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.forgotten import forgotten
from runner_scope_doctor.host.plans import is_digest
from runner_scope_doctor.host.state import State
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import attempts
from runner_scope_doctor.model.errors import DoctorError, SettingsInvalid, UsageError
from runner_scope_doctor.model.standing import Attempt
from runner_scope_doctor.model.wording import counted_noun, moment, named
from runner_scope_doctor.repair.backups import listed, verified
from runner_scope_doctor.repair.needed import needed_backups
from runner_scope_doctor.repair.receipts import read_receipt
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.receipt_text import done_before_line, receipt_lines


def run(chosen: Namespace) -> ExitCode:
    """Lists all receipts, shows one, or proves all of them and their backups."""
    state = settled_state(Given(chosen, os.environ))
    journal = read_journal(state.journal)
    match chosen.receipts_command:
        case None | "list":
            return _said(_listed(journal))
        case "show":
            return _said(_shown(state, journal, str(chosen.receipt)))
        case "verify":
            return _verify(state, journal)
        case _:
            raise UsageError("No action was given.", next_step="Run: runner-scope-doctor receipts --help")


def _said(lines: Iterator[str]) -> ExitCode:
    sys.stdout.write("".join(f"{escaped(line)}\n" for line in lines))
    return ExitCode.HEALTHY


def _done(journal: Journal) -> tuple[Attempt, ...]:
    return tuple(attempt for attempt in attempts(journal) if attempt.done is not None)


def _listed(journal: Journal) -> Iterator[str]:
    done = _done(journal)
    for attempt in done:
        started = attempt.started
        who = "approved by " + ", ".join(named(approval.login) for approval in started.approvals)
        if started.broken_glass is not None:
            who = f"approved by nobody: {named(started.broken_glass.login)} broke the glass"
        yield (
            f"{started.plan} {moment(attempt.last_at)} {started.direction.value} of runner {started.runner_id} "
            f"{named(started.runner_name)}, {who}"
        )
    yield f"{counted_noun(len(done), 'receipt')}. Next: runner-scope-doctor receipts verify"


def _shown(state: State, journal: Journal, digest: str) -> Iterator[str]:
    attempt = next((one for one in _done(journal) if one.started.plan == digest), None)
    if not is_digest(digest) or attempt is None or attempt.done is None:
        raise SettingsInvalid(
            f"There is no receipt {digest}.", next_step="List those there are: runner-scope-doctor receipts"
        )
    receipt = read_receipt(state.receipts, digest, sha256=attempt.done.receipt)
    yield from receipt_lines(receipt)
    yield done_before_line(receipt)


def _verify(state: State, journal: Journal) -> ExitCode:
    """The journal's chain was proven by reading it."""
    faults = [*_receipt_faults(state, journal), *_backup_faults(state, journal)]
    for fault in faults:
        sys.stdout.write(escaped(f"FAULT: {fault}") + "\n")
    count = counted_noun(len(_done(journal)), "receipt")
    if faults:
        sys.stdout.write(
            f"UNHEALTHY: {counted_noun(len(faults), 'fault')} in {count}. Next: find out who changed the state directory.\n"
        )
        return ExitCode.UNHEALTHY
    sys.stdout.write(f"VERIFIED: the journal's chain, {count} and the backups they name.\n")
    return ExitCode.HEALTHY


def _receipt_faults(state: State, journal: Journal) -> Iterator[str]:
    for attempt in _done(journal):
        if attempt.done is None:
            continue
        try:
            read_receipt(state.receipts, attempt.started.plan, sha256=attempt.done.receipt)
        except DoctorError as error:
            yield error.problem
    for digest in forgotten(journal, state.receipts):
        yield f"There is a receipt {digest} that the journal does not know."


def _backup_faults(state: State, journal: Journal) -> Iterator[str]:
    there = {backup.name for backup in listed(state.backups)} if state.backups.is_dir() else set()
    needed = needed_backups(journal)
    for attempt in attempts(journal):
        backup = attempt.backup
        if backup is None or (backup.backup not in there and backup.backup not in needed):
            continue  # pruned
        try:
            verified(state.backups, backup.backup, sha256=backup.sha256)
        except DoctorError as error:
            yield error.problem
