"""`status`: where every plan stands, after whatever happened. Reads files only."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from typing import assert_never

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import settled_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.plans import stored_plans
from runner_scope_doctor.host.state import State
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.lock import Alive, is_held
from runner_scope_doctor.journal.standing import plans_named, standing
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
from runner_scope_doctor.plan.make import is_expired
from runner_scope_doctor.report.escape import escaped

_OPEN = (Begun, PerhapsChanged, Changed)


def run(chosen: Namespace) -> ExitCode:
    """Prints a line for each plan the journal knows, then those that wait for approval, then what to do."""
    state = settled_state(Given(chosen, os.environ))
    alive, journal = is_held(state.lock), read_journal(state.journal)
    stands = {digest: standing(journal, digest) for digest in plans_named(journal)}
    lines = [*(_line(digest, where) for digest, where in stands.items()), *_waiting(state, stands)]
    open_plans = [digest for digest, where in stands.items() if isinstance(where, _OPEN)]
    lines += [*_about_the_journal(journal), _last_line(open_plans, alive, state)]
    sys.stdout.write("".join(f"{escaped(line)}\n" for line in lines))
    return ExitCode.UNHEALTHY if open_plans or alive is Alive.YES else ExitCode.HEALTHY


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


def _waiting(state: State, stands: dict[str, Standing]) -> Iterator[str]:
    """Plans nobody used yet. A state directory that is not there has none."""
    if not state.plans.is_dir():
        return
    now = int(time.time())
    for digest, plan in stored_plans(state.plans, operator=os.geteuid()):
        if digest in stands and not isinstance(stands[digest], FailedBefore | Unused):
            continue
        if not is_expired(plan, now):
            runner = f"runner {plan.before.id} {named(plan.before.name)}"
            left = duration(plan.expires - now)
            yield f"{digest} proposed: {plan.direction.value} of {runner}, can be approved for another {left}"


def _about_the_journal(journal: Journal) -> Iterator[str]:
    if journal.torn:
        yield "the journal's last line was cut while it was written; the next entry says so in it"


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
