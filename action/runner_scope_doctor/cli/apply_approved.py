"""`apply-approved`: carry out every plan that a waiting run of the repair's workflow approves. For a timer: the runner that
would start that run may be the sick one."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.approve.dispatch import WaitingDispatch, waiting_dispatches
from runner_scope_doctor.cli.apply import scope_of, tell
from runner_scope_doctor.cli.applying import Manner, carried_out
from runner_scope_doctor.cli.broken_off import broken_off
from runner_scope_doctor.cli.evidence import Case, approval_of
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import (
    HostSide,
    address_for,
    host_side,
    refusal_of,
    refusing_what_is_not_believed,
)
from runner_scope_doctor.cli.plan_argument import plan_of_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.cli.verdict import code_of, last_line
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.host.plans import plan_files
from runner_scope_doctor.host.terms import end_of
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import approvals_noted, standing
from runner_scope_doctor.model.approval import Approved, BrokenGlass, Declined, NotApproved, PartlyApproved
from runner_scope_doctor.model.errors import DoctorError, SettingsInvalid
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.standing import Begun, Changed, FailedBefore, PerhapsChanged, Unused
from runner_scope_doctor.repair.noted import is_noted_run, worth_noting
from runner_scope_doctor.report.escape import escaped

_UNUSED = (Unused, FailedBefore, Begun)
_UNFINISHED = (Changed, PerhapsChanged)
"""A change that another process made, or perhaps made, and did not finish: it needs no further approval."""


def run(chosen: Namespace) -> ExitCode:
    """Applies what is approved, one plan after the other, and ends with the worst of their codes and its line."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = Given(chosen, os.environ)
    with refusing_what_is_not_believed():
        side = host_side(given)
        manner = Manner(scope=scope_of(given), watch_seconds=0)
        ends = _ends(side, manner)
    if not ends:
        sys.stdout.write("NOTHING APPROVED: no waiting run approves a plan of this host. Nothing was touched.\n")
        return ExitCode.HEALTHY
    worst = max(ends, key=lambda end: end.code)
    if worst.line and worst is not ends[-1]:
        _say(worst.line)
    return worst.code


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How one plan ended. `line` is what was said of an error, empty when it went well."""

    code: ExitCode
    line: str = ""


def _ends(side: HostSide, manner: Manner) -> list[_End]:
    """All that could be done. A server that goes away between two plans takes nothing back of the first one."""
    ends: list[_End] = []
    try:
        for case in _cases(side):
            ends.append(_told(case) if isinstance(case, SettingsInvalid) else _done(case, manner))
    except _Stopped as stopped:
        ends.append(stopped.end)
    except DoctorError as error:
        if not ends:
            raise
        ends.append(_told(error))
    except Exception as error:
        if not ends:
            raise broken_off(error) from error
        ends.append(_told(broken_off(error)))
    return ends


class _Stopped(Exception):
    """Whoever stops this wants the plan at hand ended, and no other one begun."""

    def __init__(self, end: _End) -> None:
        super().__init__()
        self.end = end


def _cases(side: HostSide) -> Iterator[Case | SettingsInvalid]:
    """What there is to do, each looked for only when the one before it is done. A plan whose file cannot be believed may be
    approved or unfinished, so it is no reason to say that there is nothing."""
    for digest, plan in tuple(plan_files(side.state.plans, operator=side.operator)):
        where = standing(read_journal(side.state.journal), digest)
        if isinstance(plan, SettingsInvalid):
            if isinstance(where, _UNUSED + _UNFINISHED):
                yield plan
        elif isinstance(where, _UNFINISHED):
            yield _case(side, digest, None)
        elif isinstance(where, _UNUSED) and time.time() < end_of(side.configuration, plan):
            for waiting in _waiting(side, digest, plan):
                case = _case(side, digest, waiting.run_id)
                if isinstance(waiting.evidence, Declined):
                    _say(waiting.evidence.reason)
                elif _is_of_use(case):
                    yield case


def _waiting(side: HostSide, digest: str, plan: Plan) -> tuple[WaitingDispatch, ...]:
    with opened_for_reading(address_for(side, ConnectionPurpose.APPROVAL), side.patience) as reader:
        return waiting_dispatches(
            reader, plan, digest, side.configuration, major=plan.target.major, now=int(time.time())
        )


def _case(side: HostSide, digest: str, run_id: int | None) -> Case:
    plan = plan_of_state(digest, side.state, operator=side.operator)
    return Case(side=side, given=plan, signatures=(), run_id=run_id, broken_glass=None)


def _is_of_use(case: Case) -> bool:
    """Whether the run approves, or is an approval to be noted. Why one does not is told, as its own job may never start; a
    timer that failed because of it would fail each minute."""
    journal, digest = read_journal(case.side.state.journal), case.given.digest
    noted = approvals_noted(journal, digest)
    if not isinstance(standing(journal, digest), _UNUSED) or is_noted_run(case.run_id, noted):
        return False
    verdict = approval_of(case, noted)
    match verdict:
        case Approved():
            return True
        case PartlyApproved():
            return bool(worth_noting(verdict, noted))
        case NotApproved(reasons=reasons):
            _say(f"The dispatch run {case.run_id} does not approve the plan {digest}. {' '.join(reasons)}")
            return False
        case BrokenGlass():
            return False
        case _:
            assert_never(verdict)


def _done(case: Case, manner: Manner) -> _End:
    """One plan's end, its last line included: a refusal of one must not keep the next from being looked at."""
    try:
        return _End(code=carried_out(case, manner, tell))
    except DoctorError as error:
        end = _told(error)
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise _Stopped(end) from error
        return end
    except KeyboardInterrupt as error:
        raise _Stopped(_told(broken_off(error))) from error
    except Exception as error:
        return _told(broken_off(error))


def _told(error: DoctorError) -> _End:
    told = refusal_of(error) if isinstance(error, SettingsInvalid) else error
    line = last_line(told)
    _say(line)
    return _End(code=code_of(told), line=line)


def _say(line: str) -> None:
    with suppress(OSError):  # where nobody can be told, the exit code still tells
        sys.stdout.write(escaped(line) + "\n")
