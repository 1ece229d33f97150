"""`show`: a plan for people. Reads files only."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import assert_never

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import configuration_of
from runner_scope_doctor.cli.plan_argument import GivenPlan, plan_of_file, plan_of_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.configuration import DEFAULT_FILE
from runner_scope_doctor.host.plans import is_digest
from runner_scope_doctor.host.state import State, state_in
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import standing
from runner_scope_doctor.model.standing import Begun, Changed, FailedBefore, PerhapsChanged, Settled, Spent, Unused
from runner_scope_doctor.report.plan_text import Occasion, Use, rendered


def run(chosen: Namespace) -> ExitCode:
    """Prints the plan, also a stale or used one, and says which it is."""
    given = Given(chosen, os.environ)
    named = str(chosen.plan)
    state: State | None
    if is_digest(named):
        state = state_in(configuration_of(given).state)
        plan = plan_of_state(named, state, operator=os.geteuid())
    else:
        plan = plan_of_file(Path(named))
        state = _state_if_any(given)
    use = Use.NOT_KNOWN if state is None else use_of(plan, state)
    occasion = Occasion(now=int(time.time()), file=str(plan.file), use=use)
    sys.stdout.write(rendered(plan.plan, plan.digest, occasion))
    return ExitCode.HEALTHY


def _state_if_any(given: Given) -> State | None:
    """A reviewer may read a plan on another machine than the host, where nothing is known of its use."""
    if given.path("host") is None and not Path(DEFAULT_FILE).exists():
        return None
    return state_in(configuration_of(given).state)


def use_of(plan: GivenPlan, state: State) -> Use:
    """What the journal says became of the plan. Raises SourceUnavailable or JournalDamaged when it cannot be read."""
    where = standing(read_journal(state.journal), plan.digest)
    match where:
        case Unused():
            return Use.NONE
        case FailedBefore():
            return Use.FAILED
        case Begun() | PerhapsChanged() | Changed():
            return Use.BEGUN
        case Settled():
            return Use.DONE
        case Spent():
            return Use.SPENT
        case _:
            assert_never(where)
