"""`backups`: list, verify, prune, and write one as a SQLite file that can be read. Never touches the server."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import settled_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.state import State
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.lock import repair_lock
from runner_scope_doctor.journal.standing import attempts
from runner_scope_doctor.model.errors import DoctorError, UsageError
from runner_scope_doctor.model.wording import counted_noun, moment
from runner_scope_doctor.repair.backups import ListedBackup, listed, pruned, restored, verified
from runner_scope_doctor.repair.needed import needed_backups
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.yaml_tree.words import seconds


def run(chosen: Namespace) -> ExitCode:
    """One of the four."""
    given = Given(chosen, os.environ)
    state = settled_state(given)
    match chosen.backups_command:
        case None | "list":
            return _list(state)
        case "verify":
            return _verify(state)
        case "prune":
            return _prune(state, given)
        case "restore":
            return _restore(state, str(chosen.backup), Path(chosen.file))
        case _:
            raise UsageError("No action was given.", next_step="Run: runner-scope-doctor backups --help")


def _list(state: State) -> ExitCode:
    found = _there(state)
    needed = needed_backups(read_journal(state.journal))
    for backup in found:
        kept = ", needed by an undo" if backup.name in needed else ""
        _say(f"{backup.name} made {moment(backup.created)} for plan {backup.plan}…, {backup.bytes} bytes{kept}")
    _say(f"{counted_noun(len(found), 'backup')}. Next: runner-scope-doctor backups verify")
    return ExitCode.HEALTHY


def _verify(state: State) -> ExitCode:
    found, hashes = _there(state), _hashes(read_journal(state.journal))
    faults = tuple(_faults(state, found, hashes))
    for fault in faults:
        _say(f"FAULT: {fault}")
    count = counted_noun(len(found), "backup")
    if faults:
        _say(
            f"UNHEALTHY: {counted_noun(len(faults), 'fault')} in {count}. Next: find out who changed the state directory."
        )
        return ExitCode.UNHEALTHY
    _say(f"VERIFIED: {count}, each read again and loaded into a store of our own.")
    return ExitCode.HEALTHY


def _faults(state: State, found: tuple[ListedBackup, ...], hashes: dict[str, str]) -> Iterator[str]:
    for backup in found:
        try:
            verified(state.backups, backup.name, sha256=hashes.get(backup.name))
        except DoctorError as error:
            yield error.problem


def _hashes(journal: Journal) -> dict[str, str]:
    """SHA-256 of each backup by its name, as the journal noted it when it was proven."""
    saved = (attempt.backup for attempt in attempts(journal))
    return {backup.backup: backup.sha256 for backup in saved if backup is not None}


def _prune(state: State, given: Given) -> ExitCode:
    text = given.text("older_than", "90d")
    age = seconds(text)
    if age is None:
        raise UsageError(f"--older-than {text} is no span.", next_step="Give one, such as 90d or 12h.")
    with repair_lock(state.lock):  # a backup that is being made is nobody's to remove
        keep = needed_backups(read_journal(state.journal))
        removed = pruned(state.backups, keep=keep, created_before=int(time.time()) - age)
    for name in removed:
        _say(f"removed {name}")
    _say(f"PRUNED: {counted_noun(len(removed), 'backup')}; the latest and those an undo needs always stay.")
    return ExitCode.HEALTHY


def _restore(state: State, name: str, target: Path) -> ExitCode:
    backup = restored(state.backups, name, target, sha256=_hashes(read_journal(state.journal)).get(name))
    for table in backup.tables:
        _say(f"{table.name}: {counted_noun(table.rows, 'row')}")
    _say(f"RESTORED to {target}, a SQLite file for reading; it holds secrets. The server was not touched.")
    return ExitCode.HEALTHY


def _there(state: State) -> tuple[ListedBackup, ...]:
    """A state directory that is not there has none."""
    return listed(state.backups) if state.backups.is_dir() else ()


def _say(line: str) -> None:
    sys.stdout.write(escaped(line) + "\n")
