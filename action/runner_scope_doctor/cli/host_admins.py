"""`host admins`: which site admins of the server are none of the reviewers. Looks, and changes nothing.

A site admin can act as anybody over the API (`Sudo`), so each of them can make a dispatch or a review in a reviewer's name.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_side import HostSide, address_for, settled_configuration
from runner_scope_doctor.cli.settings import patience_of
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.host.invoker import invoker
from runner_scope_doctor.host.state import state_in
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.host import ConnectionPurpose, HostConfiguration
from runner_scope_doctor.model.wording import counted_noun, named
from runner_scope_doctor.observe.site_admins import SiteAdmin, site_admins
from runner_scope_doctor.report.escape import escaped

_MOST_NAMED = 20
"""Admins that are named; of more only the number is told."""


def run(chosen: Namespace) -> ExitCode:
    """Names and counts them. Raises SourceUnavailable when they cannot be read."""
    given = Given(chosen, os.environ)
    configuration = settled_configuration(given)
    # The state directory is neither needed nor made.
    side = HostSide(
        configuration=configuration,
        who=invoker(os.environ),
        state=state_in(configuration.state),
        operator=os.geteuid(),
        patience=patience_of(given),
    )
    reviewers = _reviewers(configuration)
    found = _looked_up(side)
    others = [admin for admin in found if admin.id not in reviewers]
    for admin in others[:_MOST_NAMED]:
        sys.stdout.write(escaped(f"site admin {named(admin.login)} (id {admin.id}) is no reviewer") + "\n")
    if len(others) > _MOST_NAMED:
        sys.stdout.write(f"and {len(others) - _MOST_NAMED} more\n")
    sys.stdout.write(_last_line(len(others), len(found)) + "\n")
    return ExitCode.UNHEALTHY if others else ExitCode.HEALTHY


def _reviewers(configuration: HostConfiguration) -> frozenset[int]:
    """The ids of everybody who may approve in any environment."""
    return frozenset(
        person.forgejo_id for environment in configuration.environments for person in environment.reviewers
    )


def _looked_up(side: HostSide) -> tuple[SiteAdmin, ...]:
    try:
        with opened_for_reading(address_for(side, ConnectionPurpose.APPROVAL), side.patience) as reader:
            return site_admins(reader)
    except SourceUnavailable as error:
        denied = isinstance(error, AccessDenied)
        step = "Grant what docs/access-repair.md lists for host admins." if denied else error.next_step
        raise SourceUnavailable(f"With the login of the approval: {error.problem}", next_step=step) from error


def _last_line(others: int, every: int) -> str:
    if not others:
        return f"NONE: {_all_reviewers(every)}"
    verb = "is no reviewer" if others == 1 else "are no reviewers"
    return (
        f"SOME: {counted_noun(others, 'site admin')} of {every} {verb}, and each can approve in a reviewer's name by dispatch "
        "or review. Next: ask for signatures, or let them be no site admins."
    )


def _all_reviewers(every: int) -> str:
    if every == 0:
        return "the server has no active site admin."
    return "the one site admin is a reviewer." if every == 1 else f"all {every} site admins are reviewers."
