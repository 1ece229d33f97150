"""Who makes a plan, under which of the host's rules."""

from __future__ import annotations

from runner_scope_doctor.cli.host_side import HostSide
from runner_scope_doctor.cli.planning import Making
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.host.invoker import Attendance, maker_of
from runner_scope_doctor.host.terms import terms_of
from runner_scope_doctor.plan.make import Fence


def making_of(side: HostSide, given: Given, fence: Fence) -> Making:
    """Raises UsageError for an environment that cannot be chosen and RepairRefused for somebody who cannot be a maker."""
    terms = terms_of(side.configuration, given.text("environment", "") or None)
    attendance = Attendance.UNATTENDED if given.flag("unattended") else Attendance.PERSON
    maker = maker_of(side.configuration, terms.self_review, side.who, attendance)
    return Making(terms=terms, maker=maker, fence=fence)
