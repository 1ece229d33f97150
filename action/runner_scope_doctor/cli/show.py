"""`show`: a plan for people. Reads files only."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import assert_never

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import configuration_of, settled_configuration
from runner_scope_doctor.cli.plan_argument import GivenPlan, plan_of_file, plan_of_state
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.configuration import DEFAULT_FILE
from runner_scope_doctor.host.plans import is_digest
from runner_scope_doctor.host.state import State, state_in
from runner_scope_doctor.host.terms import end_of, kinds_for
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import standing
from runner_scope_doctor.model.host import HostConfiguration
from runner_scope_doctor.model.standing import Begun, Changed, FailedBefore, PerhapsChanged, Settled, Spent, Unused
from runner_scope_doctor.report.plan_text import Occasion, Use, rendered


def run(chosen: Namespace) -> ExitCode:
    """Prints the plan, also a stale or used one, and says which it is."""
    given = Given(chosen, os.environ)
    named = str(chosen.plan)
    configuration = settled_configuration(given) if is_digest(named) else _configuration_if_any(given)
    state = None if configuration is None else state_in(configuration.state)
    if is_digest(named) and state is not None:
        plan = plan_of_state(named, state, operator=os.geteuid())
    else:
        plan = plan_of_file(Path(named))
    use = Use.NOT_KNOWN if state is None else use_of(plan, state)
    kinds = kinds_for(configuration, plan.plan.environment)
    ends = end_of(configuration, plan.plan)
    occasion = Occasion(now=int(time.time()), ends=ends, file=str(plan.file), use=use, kinds=kinds)
    sys.stdout.write(rendered(plan.plan, plan.digest, occasion))
    return ExitCode.HEALTHY


def _configuration_if_any(given: Given) -> HostConfiguration | None:
    """A reviewer may read a plan on another machine than the host, where nothing is known of its use."""
    if given.path("host") is None and not Path(DEFAULT_FILE).exists():
        return None
    return configuration_of(given)


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
