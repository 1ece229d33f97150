"""`plan --run`: the plan that a workflow run asks for, by what the server recorded of the run."""

from __future__ import annotations

import time
from typing import assert_never

from runner_scope_doctor.approve.plan_dispatch import plan_request
from runner_scope_doctor.approve.plan_request import NoPlanRequest, PlanRequest, age_problem
from runner_scope_doctor.cli.host_side import HostSide, address_for
from runner_scope_doctor.cli.host_view import require_one_database
from runner_scope_doctor.cli.planning import Making
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.host.terms import terms_of
from runner_scope_doctor.model.errors import RepairRefused, UsageError
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.wording import named

_MOST_DIGITS = 19
_FLAGS, _TEXTS = ("with_counter_fence", "unattended"), ("runner", "environment")
"""What is said on the command line for a plan that no run asks for."""
_WAY_OUT = "Set that right, or start the environment's workflow anew with the operation plan, and let that run ask."


def run_id_of(given: Given) -> int | None:
    """The run that was named; None when none was. Raises UsageError for what is no number and for an option that says
    what is the run's to say, and RepairRefused for a number that no run can have."""
    text = given.text("run", "")
    if not text:
        return None
    for name in (*filter(given.flag, _FLAGS), *(name for name in _TEXTS if given.text(name, ""))):
        raise UsageError(
            f"--{name.replace('_', '-')} (or RSD_{name.upper()}) has no place beside --run, which takes all of it from what "
            "the server recorded of the run.",
            next_step="Leave one of the two out.",
        )
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--run {text} is no id of a run.", next_step="Give the number, such as --run 415.")
    if len(text) > _MOST_DIGITS:
        raise RepairRefused(f"The workflow run {named(text)} cannot be: no run has that number.", next_step=_WAY_OUT)
    return int(text)


def request_of(side: HostSide, run_id: int, version: ServerVersion) -> PlanRequest:
    """What that run asks for, by the login of the approval, on the server of that version.

    Raises RepairRefused for a run that asks for no plan, or of another database than the check's; SourceUnavailable when
    the database does not answer.
    """
    connections = side.configuration.connections
    if connections.approval != connections.check:
        require_one_database(side, (ConnectionPurpose.CHECK, ConnectionPurpose.APPROVAL))
    address = address_for(side, ConnectionPurpose.APPROVAL)
    with told_when_waiting("looking at the run"), opened_for_reading(address, side.patience) as reader:
        found = plan_request(reader, run_id, side.configuration, major=version.major, now=int(time.time()))
    match found:
        case PlanRequest():
            return found
        case NoPlanRequest(reason=reason):
            raise RepairRefused(reason, next_step=_WAY_OUT)
        case _:
            assert_never(found)


def require_recent(request: PlanRequest) -> None:
    """Raises RepairRefused for a run that is older than a plan may get."""
    if (reason := age_problem(request, now=int(time.time()))) is not None:
        raise RepairRefused(reason, next_step=_WAY_OUT)


def making_for(side: HostSide, request: PlanRequest) -> Making:
    """Who makes the plan of that request, under which of the host's rules."""
    terms = terms_of(side.configuration, request.environment.name)
    return Making(terms=terms, maker=request.maker, fence=request.fence)
