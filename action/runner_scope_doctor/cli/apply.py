"""`apply`: carry an approved plan out, or say why not."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from runner_scope_doctor.cli.applying import Manner, carried_out
from runner_scope_doctor.cli.break_glass import broken_glass
from runner_scope_doctor.cli.broken_off import broken_off
from runner_scope_doctor.cli.evidence import Case
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import HostSide, configuration_of, host_side, refusing_what_is_not_believed
from runner_scope_doctor.cli.plan_argument import GivenPlan, plan_of_file, plan_of_state
from runner_scope_doctor.cli.settings import span
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.cli.watch import DEFAULT_SPAN, DEFAULT_SPAN_ON_A_TERMINAL
from runner_scope_doctor.host.plans import is_digest, plan_file
from runner_scope_doctor.model.approval import BrokenGlass
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import DoctorError, RepairRefused, UsageError
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint

_MOST_DIGITS = 19
_STEPS = {
    Checkpoint.APPROVED: "approved: by people this host knows, for exactly this plan",
    Checkpoint.ROW_SEEN: "row: as it was when the plan was made",
    Checkpoint.STARTED: "journal: begun",
    Checkpoint.BACKUP_PROVEN: "backup: written, and proven by restoring it",
    Checkpoint.COMMITTED: "changed: exactly one row, committed",
    Checkpoint.VERIFIED: "verified: looked at again on a fresh connection",
    Checkpoint.RECEIPT_WRITTEN: "receipt: written",
}


def run(chosen: Namespace) -> ExitCode:
    """Applies one plan. What cannot be looked at or believed before anything is noted is a refusal: nothing was touched.

    A terminal that goes away does not end it; SIGTERM ends it as Ctrl-C does, with what is true then as its last line.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with refusing_what_is_not_believed():
            return run_announced(chosen, tell if chosen.break_glass is None else _tell_without_approval)
    except DoctorError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        raise broken_off(error) from error


def run_announced(chosen: Namespace, announce: Announce) -> ExitCode:
    """The same, with every checkpoint announced to whoever watches: a person, or the harness that kills it there."""
    given = Given(chosen, os.environ)
    glass = _glass(chosen, given)
    side = host_side(given)
    plan = _plan(str(chosen.plan), side)
    default = DEFAULT_SPAN_ON_A_TERMINAL if sys.stderr.isatty() else DEFAULT_SPAN
    manner = Manner(
        scope=scope_of(given),
        watch_seconds=span(given.text("watch", default), "--watch", least=0),
    )
    case = Case(
        side=side,
        given=plan,
        signatures=_signatures(given, plan, str(chosen.plan)),
        run_id=_run_id(given) if glass is None else None,
        broken_glass=glass,
    )
    return carried_out(case, manner, announce)


def _glass(chosen: Namespace, given: Given) -> BrokenGlass | None:
    """Who goes on without an approval. Looked at before the state directory, which most of those who may not cannot enter."""
    # never from a variable, which whoever starts the process could set unseen
    if chosen.break_glass is None:
        return None
    if chosen.run is not None or chosen.signature:
        raise UsageError(
            "--break-glass stands in the place of every approval, and --run and --signature name one.",
            next_step="Leave --break-glass out, and see whether the plan is approved.",
        )
    return broken_glass(configuration_of(given), chosen.break_glass)


def tell(checkpoint: Checkpoint) -> None:
    """Tells a person how far it has come."""
    if checkpoint in _STEPS:
        with suppress(OSError):  # nobody may be listening any more
            sys.stderr.write(f"{_STEPS[checkpoint]}\n")


def _tell_without_approval(checkpoint: Checkpoint) -> None:
    if checkpoint is not Checkpoint.APPROVED:
        tell(checkpoint)
        return
    with suppress(OSError):
        sys.stderr.write("not approved: the glass was broken, which the check shows for 30 days\n")


def _plan(name: str, side: HostSide) -> GivenPlan:
    """The plan as this host stored it when it was made. A file from elsewhere could name any maker."""
    if is_digest(name):
        return plan_of_state(name, side.state, operator=side.operator)
    digest = plan_of_file(Path(name)).digest
    if not plan_file(side.state.plans, digest).exists():
        raise RepairRefused(
            f"The plan {name} was not made on this host, so who made it is only what it says itself.",
            next_step="Make the plan here: runner-scope-doctor plan",
        )
    return plan_of_state(digest, side.state, operator=side.operator)


def _signatures(given: Given, plan: GivenPlan, name: str) -> tuple[Path, ...]:
    """The files of --signature; without any, what `ssh-keygen -Y sign` wrote beside the plan or the copy that was named."""
    named = tuple(map(Path, given.several("signature")))
    beside = dict.fromkeys((Path(f"{name}.sig"), Path(f"{plan.file}.sig")))
    return named or tuple(file for file in beside if file.exists())


def _run_id(given: Given) -> int | None:
    text = given.text("run", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise UsageError(f"--run {text} is no id of a run.", next_step="Give the number, such as --run 415.")
    return int(text)


def scope_of(given: Given) -> BackupScope:
    """Which tables are backed up. Raises UsageError."""
    text = given.text("backup", BackupScope.RUNNER_TABLES.value)
    for scope in BackupScope:
        if scope.value == text:
            return scope
    raise UsageError(
        f"--backup {text} is no set of tables.", next_step=f"Use {' or '.join(scope.value for scope in BackupScope)}."
    )
