"""`apply`: carry an approved plan out, or say why not. The only command that changes a server's database."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from runner_scope_doctor import __version__
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.rules import judged as judged_approval
from runner_scope_doctor.approve.signature import signature_evidence
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_check import contract_of, judged, looked_at, version_of
from runner_scope_doctor.cli.host_side import HostSide, address_for, host_side
from runner_scope_doctor.cli.host_view import require_one_database, touched_tables, viewed
from runner_scope_doctor.cli.plan_argument import GivenPlan, plan_of_file, plan_of_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.cli.watch import first_look, last_lines, watch_of
from runner_scope_doctor.database.exact.backup_tables import tables_to_save
from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.database.reader import Reader, opened_for_reading
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.host.invoker import invoker
from runner_scope_doctor.host.plans import is_digest, plan_file
from runner_scope_doctor.model.approval import Approval, ApprovalVerdict
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import DoctorError, RepairFailed, RepairRefused, SourceUnavailable, UsageError
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.table import DatabaseIdentity
from runner_scope_doctor.observe.row_view import WantedView
from runner_scope_doctor.plan.make import fence_of
from runner_scope_doctor.repair.apply import DoneBefore, JustDone, applied
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint
from runner_scope_doctor.repair.ports import ApplyRequest, Places, Ports, RowLook
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.receipt_text import done_line, receipt_lines

_ALL = (ConnectionPurpose.CHECK, ConnectionPurpose.BACKUP, ConnectionPurpose.REPAIR)
_STEPS = {
    Checkpoint.APPROVED: "approved: by people this host knows, for exactly this plan",
    Checkpoint.ROW_SEEN: "row: as it was when the plan was made",
    Checkpoint.STARTED: "journal: begun",
    Checkpoint.BACKUP_PROVEN: "backup: written, and proven by restoring it",
    Checkpoint.COMMITTED: "changed: exactly one row, committed",
    Checkpoint.VERIFIED: "verified: looked at again on a fresh connection",
    Checkpoint.RECEIPT_WRITTEN: "receipt: written",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One plan on one host, with the signatures that were given."""

    side: HostSide
    given: GivenPlan
    signatures: tuple[Path, ...]

    def evidence(self) -> tuple[Evidence, ...]:
        """What each signature says, judged anew."""
        configuration, operator = self.side.configuration, self.side.operator
        return tuple(
            signature_evidence(self.given.content, file, configuration, operator=operator) for file in self.signatures
        )

    def approval(self) -> ApprovalVerdict:
        return judged_approval(self.given.plan, self.side.configuration, self.evidence(), now=int(time.time()))

    def references(self) -> frozenset[str]:
        return frozenset(one.reference for one in self.evidence() if isinstance(one, Approval))


def run(chosen: Namespace) -> ExitCode:
    """Applies one plan. What cannot be looked at before anything is noted is a refusal: nothing was touched.

    A terminal that goes away does not end it; SIGTERM ends it as Ctrl-C does, with what is true then as its last line.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run_announced(chosen, _tell)
    except DoctorError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        # The steps from the journal's first word on turn such an error into one of ours, which tells more.
        interrupted = isinstance(error, KeyboardInterrupt)
        what = "It was interrupted" if interrupted else f"An unexpected error ({type(error).__name__}) ended it"
        raise RepairFailed(
            f"{what} before anything was noted; nothing was changed.",
            next_step="Apply the plan again, with --debug FILE when it does not go away.",
        ) from error


def run_announced(chosen: Namespace, announce: Announce) -> ExitCode:
    """The same, with every checkpoint announced to whoever watches: a person, or the harness that kills it there."""
    given = Given(chosen, os.environ)
    side = host_side(given)
    plan = _plan(str(chosen.plan), side)
    case = _Case(side=side, given=plan, signatures=_signatures(given, plan, str(chosen.plan)))
    try:
        require_one_database(side, _ALL)
        request, ports = _request(given, case), _ports(case)
        _require_whole_backup(request, ports)
        watch = watch_of(given, side, plan.plan)
        before = None if watch is None else first_look(watch)
        result = applied(request, ports, announce)
    except SourceUnavailable as error:
        raise RepairRefused(f"{error.problem} Nothing was touched.", next_step=error.next_step) from error
    _say(receipt_lines(result.receipt))
    match result:
        case JustDone(receipt=receipt):
            _say(last_lines(receipt, watch, before))
        case DoneBefore(receipt=receipt):
            _say((f"ALREADY {done_line(receipt)}",))
        case _:
            assert_never(result)
    return ExitCode.HEALTHY


def _say(lines: Iterable[str]) -> None:
    """At once, so that whoever ends a watch has read of the receipt before."""
    sys.stdout.write("".join(f"{escaped(line)}\n" for line in lines))
    sys.stdout.flush()


def _require_whole_backup(request: ApplyRequest, ports: Ports) -> None:
    """A table that the login of the backup may not read whole is a refusal now, not a failure in the middle."""
    with ports.backup_reader() as reader:
        tables_to_save(reader, request.scope)


def _tell(checkpoint: Checkpoint) -> None:
    if checkpoint in _STEPS:
        with suppress(OSError):  # nobody may be listening any more
            sys.stderr.write(f"{_STEPS[checkpoint]}\n")


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


def _request(given: Given, case: _Case) -> ApplyRequest:
    state = case.side.state
    return ApplyRequest(
        plan=case.given.plan,
        digest=case.given.digest,
        places=Places(journal=state.journal, lock=state.lock, backups=state.backups, receipts=state.receipts),
        scope=_scope(given.text("backup", BackupScope.RUNNER_TABLES.value)),
        carried_out_by=invoker(os.environ).login,
        tool_version=__version__,
    )


def _scope(text: str) -> BackupScope:
    for scope in BackupScope:
        if scope.value == text:
            return scope
    raise UsageError(
        f"--backup {text} is no set of tables.", next_step=f"Use {' or '.join(scope.value for scope in BackupScope)}."
    )


def _ports(case: _Case) -> Ports:
    side = case.side
    backup, repair = address_for(side, ConnectionPurpose.BACKUP), address_for(side, ConnectionPurpose.REPAIR)
    check = address_for(side, ConnectionPurpose.CHECK)

    def identity() -> DatabaseIdentity:
        with opened_for_reading(backup, side.patience) as reader:
            return database_identity(reader, backup)

    def reader() -> AbstractContextManager[Reader]:
        return opened_for_reading(check, side.patience)

    def backup_reader() -> AbstractContextManager[Reader]:
        return opened_for_backup(backup, side.patience)

    return Ports(
        look=_look_of(case),
        approval=case.approval,
        references=case.references,
        reader=reader,
        backup_reader=backup_reader,
        identity=identity,
        repair_address=repair,
        patience=side.patience,
        now=lambda: int(time.time()),
    )


def _look_of(case: _Case) -> Callable[[], RowLook]:
    """A look at server and row through the check itself, on connections of its own each time."""
    side, plan = case.side, case.given.plan

    def look() -> RowLook:
        address, contract = address_for(side, ConnectionPurpose.CHECK), contract_of(side)
        with opened_for_reading(address, side.patience) as reader:
            snapshot = looked_at(reader, address, side, contract)
        wanted = WantedView(
            runner_id=plan.before.id,
            instance=side.configuration.instance,
            version=version_of(snapshot),
            touched=touched_tables(fence_of(plan)),
        )
        seen = viewed(side, wanted)
        findings = judged(snapshot, contract).findings
        return RowLook(
            target=seen.target,
            tables=seen.tables,
            image=seen.image,
            findings=frozenset((one.kind.value, None if one.runner is None else one.runner.id) for one in findings),
        )

    return look
