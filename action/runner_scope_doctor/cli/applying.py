"""Carries one plan out with the host's logins, and tells of it: for `apply`, and for `apply-approved`, where nobody asks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.broken_off import broken_off, drop_what_nobody_heard, untold
from runner_scope_doctor.cli.evidence import Case, approval_of, references_of
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_check import contract_of, judged, looked_at, version_of
from runner_scope_doctor.cli.host_side import address_for
from runner_scope_doctor.cli.host_view import require_one_database, touched_tables, viewed
from runner_scope_doctor.cli.watch import Watch, first_look, last_lines, watch_for
from runner_scope_doctor.database.exact.backup_tables import tables_to_save
from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.database.reader import Reader, opened_for_reading
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.model.approval import Approval, ApprovalVerdict
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.effect import EffectReading
from runner_scope_doctor.model.errors import DoctorError, RepairRefused, SourceUnavailable
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.table import DatabaseIdentity
from runner_scope_doctor.observe.row_view import WantedView
from runner_scope_doctor.plan.make import fence_of
from runner_scope_doctor.repair.apply import Applied, DoneBefore, JustDone, applied
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint
from runner_scope_doctor.repair.noted import NotedForLater
from runner_scope_doctor.repair.ports import ApplyRequest, Places, Ports, RowLook
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.receipt_text import done_before_line, receipt_lines

_LOGINS = (ConnectionPurpose.CHECK, ConnectionPurpose.BACKUP, ConnectionPurpose.REPAIR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a plan is carried out. `watch_seconds` is how long the runner is watched afterwards, 0 for not at all."""

    scope: BackupScope
    watch_seconds: int


def carried_out(case: Case, manner: Manner, announce: Announce) -> ExitCode:
    """Applies the plan or notes an approval for later, and prints which. Every checkpoint is announced.

    Raises RepairRefused also for what cannot be looked at before anything is noted: nothing was touched then.
    """
    side = case.side
    try:
        require_one_database(side, _LOGINS if case.run_id is None else (*_LOGINS, ConnectionPurpose.APPROVAL))
        request, ports = _request(case, manner), _ports(case)
        _require_whole_backup(request, ports)
        watch = watch_for(manner.watch_seconds, side, case.given.plan)
        before = None if watch is None else first_look(watch)
        result = _applied(request, ports, announce)
    except SourceUnavailable as error:
        raise RepairRefused(f"{error.problem} Nothing was touched.", next_step=error.next_step) from error
    try:
        _tell(result, watch, before)
    except (Exception, KeyboardInterrupt) as error:
        raise untold(error, result) from error
    drop_what_nobody_heard()
    return ExitCode.HEALTHY


def _applied(request: ApplyRequest, ports: Ports, announce: Announce) -> Applied:
    """Knows how far it came, for an error that nobody expected."""
    reached: list[Checkpoint] = []

    def noticed(checkpoint: Checkpoint) -> None:
        reached.append(checkpoint)
        announce(checkpoint)

    try:
        return applied(request, ports, noticed)
    except DoctorError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        raise broken_off(error, reached) from error


def _tell(result: Applied, watch: Watch | None, before: EffectReading | None) -> None:
    _say(_lines(result))
    match result:
        case JustDone(receipt=receipt):
            _say(last_lines(receipt, watch, before))
        case DoneBefore(receipt=receipt):
            _say((f"ALREADY {done_before_line(receipt)}",))
        case NotedForLater():
            _say((_noted_line(result),))
        case _:
            assert_never(result)


def _lines(result: Applied) -> Iterable[str]:
    return result.reasons if isinstance(result, NotedForLater) else receipt_lines(result.receipt)


def _noted_line(noted: NotedForLater) -> str:
    return (
        f"NOTED: approval {noted.people} of {noted.required} is noted, nothing was changed yet. Next: {noted.way_out} "
        "What is noted counts until the plan expires."
    )


def _say(lines: Iterable[str]) -> None:
    """At once, so that whoever ends a watch has read of the receipt before."""
    sys.stdout.write("".join(f"{escaped(line)}\n" for line in lines))
    sys.stdout.flush()


def _require_whole_backup(request: ApplyRequest, ports: Ports) -> None:
    """A table that the login of the backup may not read whole is a refusal now, not a failure in the middle."""
    with ports.backup_reader() as reader:
        tables_to_save(reader, request.scope)


def _request(case: Case, manner: Manner) -> ApplyRequest:
    state = case.side.state
    return ApplyRequest(
        plan=case.given.plan,
        digest=case.given.digest,
        places=Places(journal=state.journal, lock=state.lock, backups=state.backups, receipts=state.receipts),
        scope=manner.scope,
        carried_out_by=case.side.who.login,
        asked_by=case.run_id,
        tool_version=__version__,
    )


def _ports(case: Case) -> Ports:
    side = case.side
    backup, repair = address_for(side, ConnectionPurpose.BACKUP), address_for(side, ConnectionPurpose.REPAIR)
    check = address_for(side, ConnectionPurpose.CHECK)

    def approval(noted: tuple[Approval, ...]) -> ApprovalVerdict:
        return approval_of(case, noted)

    def identity() -> DatabaseIdentity:
        with opened_for_reading(backup, side.patience) as reader:
            return database_identity(reader, backup)

    def reader() -> AbstractContextManager[Reader]:
        return opened_for_reading(check, side.patience)

    def backup_reader() -> AbstractContextManager[Reader]:
        return opened_for_backup(backup, side.patience)

    return Ports(
        look=_look_of(case),
        approval=approval,
        references=lambda: references_of(case),
        reader=reader,
        backup_reader=backup_reader,
        identity=identity,
        repair_address=repair,
        patience=side.patience,
        now=lambda: int(time.time()),
    )


def _look_of(case: Case) -> Callable[[], RowLook]:
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
