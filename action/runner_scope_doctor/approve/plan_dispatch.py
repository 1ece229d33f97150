"""A plan that is asked for by a dispatch: somebody starts the repair's workflow with the operation `plan`.

Believed is only what the server itself wrote into its database. The caller's run id is a hint: whoever names a run gets
the plan that its starter asked for.
"""

from __future__ import annotations

from runner_scope_doctor.approve.dispatch_look import recorded_dispatch
from runner_scope_doctor.approve.plan_request import NoPlanRequest, PlanRequest, no_plan_request, plan_requested
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.model.host import HostConfiguration


def plan_request(
    reader: Reader, run_id: int, configuration: HostConfiguration, *, major: int, now: int
) -> PlanRequest | NoPlanRequest:
    """What that run asks for. `reader` is of the connection for approvals, `major` the Forgejo that wrote its tables, `now`
    in Unix seconds. Raises nothing: a database that cannot be read is a reason to refuse."""
    record = recorded_dispatch(reader, run_id, major=major)
    if isinstance(record, str):
        return no_plan_request(run_id, record)
    return plan_requested(record, configuration, major=major, now=now)
