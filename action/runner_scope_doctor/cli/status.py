"""`status`: where every plan stands, after whatever happened. Reads files only."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from typing import assert_never

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import settled_configuration, trusted_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.forgotten import forgotten
from runner_scope_doctor.host.plans import plan_files
from runner_scope_doctor.host.state import State
from runner_scope_doctor.host.terms import end_of
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.lock import Alive, is_held
from runner_scope_doctor.journal.standing import plans_named, standing
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.standing import (
    Begun,
    Changed,
    FailedBefore,
    PerhapsChanged,
    Settled,
    Spent,
    Standing,
    Unused,
)
from runner_scope_doctor.model.wording import counted_noun, duration, named
from runner_scope_doctor.report.escape import escaped

_OPEN = (Begun, PerhapsChanged, Changed)
_USED = (Settled, Spent)
"""Nothing is to be done with such a plan any more, whatever its file has become."""


def run(chosen: Namespace) -> ExitCode:
    """Prints a line for each plan the journal knows, then those that wait for approval, then what to do."""
    configuration = settled_configuration(Given(chosen, os.environ))
    state = trusted_state(configuration)
    alive, journal = is_held(state.lock), read_journal(state.journal)
    stands = {digest: standing(journal, digest) for digest in plans_named(journal)}
    plans = _plans_not_used(state, stands)
    unknown = forgotten(journal, state.receipts)
    lines = [
        *(_line(digest, where) for digest, where in stands.items()),
        *_waiting(configuration, plans),
        *_about_the_journal(journal),
        *(f"{digest} has a receipt that the journal does not know" for digest in unknown),
    ]
    open_plans = [digest for digest, where in stands.items() if isinstance(where, _OPEN)]
    odd = [digest for digest, plan in plans if isinstance(plan, SettingsInvalid)]
    lines.append(_odd_line(unknown, odd) or _last_line(open_plans, alive, state))
    sys.stdout.write("".join(f"{escaped(line)}\n" for line in lines))
    return ExitCode.UNHEALTHY if open_plans or unknown or odd or alive is Alive.YES else ExitCode.HEALTHY


def _line(digest: str, where: Standing) -> str:
    match where:
        case Unused():
            return f"{digest} approvals were noted, and it was not begun"
        case Begun(attempt=attempt):
            said = "begun, not come to its update: nothing was changed"
        case PerhapsChanged(attempt=attempt):
            said = "begun, come to its update: the row is the old one or the new one"
        case Changed(attempt=attempt):
            said = "the row is changed, the receipt is not written"
        case Settled(attempt=attempt):
            said = "carried out"
        case FailedBefore(attempt=attempt, reason=reason):
            said = f"failed, nothing was changed: {reason}"
        case Spent(attempt=attempt, reason=reason):
            said = f"may not be used again: {reason}"
        case _:
            assert_never(where)
    started = attempt.started
    return f"{digest} {started.direction.value} of runner {started.runner_id} {named(started.runner_name)}: {said}"


def _plans_not_used(state: State, stands: dict[str, Standing]) -> list[tuple[str, Plan | SettingsInvalid]]:
    """Plans nobody used yet, or why a file of one cannot be believed. A state directory that is not there has none."""
    if not state.plans.is_dir():
        return []
    files = plan_files(state.plans, operator=os.geteuid())
    return [(digest, plan) for digest, plan in files if not isinstance(stands.get(digest), _USED)]


def _waiting(configuration: HostConfiguration, plans: list[tuple[str, Plan | SettingsInvalid]]) -> Iterator[str]:
    now = int(time.time())
    for digest, plan in plans:
        if isinstance(plan, SettingsInvalid):
            yield f"{digest} cannot be told of: {plan.problem}"
        elif now < (end := end_of(configuration, plan)):
            runner = f"runner {plan.before.id} {named(plan.before.name)}"
            left = duration(end - now)
            yield f"{digest} proposed: {plan.direction.value} of {runner}, can be approved for another {left}"


def _about_the_journal(journal: Journal) -> Iterator[str]:
    if journal.torn:
        yield "the journal's last line was cut while it was written; the next entry says so in it"


def _odd_line(unknown: tuple[str, ...], odd: list[str]) -> str | None:
    """What nobody but a person can set right, and what may be open is not known before."""
    if unknown:
        return (
            f"OPEN: {counted_noun(len(unknown), 'receipt')} of plans that the journal never saw carried out, so it is an older "
            "journal or a new one. Next: put the latest journal of this host back, then runner-scope-doctor receipts verify"
        )
    if odd:
        return (
            f"OPEN: {counted_noun(len(odd), 'plan')} cannot be believed as stored. "
            f"Next: find out who or what changed {odd[0]}.json, then move it away."
        )
    return None


def _last_line(open_plans: list[str], alive: Alive, state: State) -> str:
    if alive is Alive.YES:
        return "IN PROGRESS: a process is at a repair now. Next: wait for it, then look again."
    if open_plans:
        count = counted_noun(len(open_plans), "plan")
        verb = "is" if len(open_plans) == 1 else "are"
        return (
            f"OPEN: {count} {verb} not finished, and nobody is at it. "
            f"Next: runner-scope-doctor apply {open_plans[0]}, which looks at the row and finishes it or says why not."
        )
    if not state.directory.exists():  # a wrong path must not look like a host where all is well
        return f"SETTLED: nothing is open: there is no state directory {state.directory}, which the first plan makes."
    return "SETTLED: nothing is open."
