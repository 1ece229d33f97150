"""Tells others what a check of the host came to: a ping first, then the issues. Nothing that goes wrong here changes the verdict
or the exit code; it is said on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from runner_scope_doctor.cli.host_side import HostSide
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.errors import DoctorError, JournalDamaged, SourceUnavailable
from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.model.host import IssueAccess, PingAccess
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.report.escape import escaped

if TYPE_CHECKING:
    from runner_scope_doctor.notify.recovery import Repair


def tell(side: HostSide, outcome: CheckOutcome) -> None:
    """Tells whoever the host's configuration names; nobody without one."""
    configuration = side.configuration
    if configuration.ping is not None:
        _tried(partial(_ping, side, configuration.ping, outcome), "NOT PINGED")
    # A check that judged nothing has nothing to say of any problem.
    if configuration.issues is not None and isinstance(outcome, Diagnosis):
        _tried(partial(_issues, side, configuration.issues, outcome), "NOT REPORTED")


def _tried(act: Callable[[], None], heading: str) -> None:
    try:
        act()
    except DoctorError as error:
        _say(f"{heading}: {error.problem} Next: {error.next_step}")
    except Exception as error:  # whatever is wrong with telling, the check has its own outcome
        _say(f"{heading}: an unexpected error of this tool ({type(error).__name__}). Next: report it.")


def _ping(side: HostSide, access: PingAccess, outcome: CheckOutcome) -> None:
    healthy = isinstance(outcome, Diagnosis) and outcome.verdict is Verdict.HEALTHY
    file = access.url_file if healthy else access.failure_url_file
    if file is None:
        return
    # HTTP costs start-up time.
    from runner_scope_doctor.host.api_access import require_trusted_authority
    from runner_scope_doctor.host.secret_file import secret_in
    from runner_scope_doctor.notify.ping import ping, ping_address

    require_trusted_authority(access.ca_file, operator=side.operator)
    text = secret_in(file, operator=side.operator, what="address")
    address = ping_address(text, source=str(file), ca_file=access.ca_file, seconds=side.patience.seconds)
    with told_when_waiting("telling the service that waits for this check"):
        ping(address)


def _issues(side: HostSide, access: IssueAccess, diagnosis: Diagnosis) -> None:
    from runner_scope_doctor.forgejo.client import opened
    from runner_scope_doctor.forgejo.target import repository_list
    from runner_scope_doctor.host.api_access import address_of
    from runner_scope_doctor.notify.decision import Check, Sight
    from runner_scope_doctor.notify.issues import told_by_issues
    from runner_scope_doctor.notify.problem import problems_of
    from runner_scope_doctor.notify.turn import issue_turn

    instance = side.configuration.instance
    address = address_of(
        side.configuration,
        access,
        operator=side.operator,
        seconds=side.patience.seconds,
        without="take issues out of the configuration",
    )
    check = Check(
        instance=instance,
        problems=problems_of(diagnosis),
        sight=Sight.PARTIAL if diagnosis.unobserved else Sight.WHOLE,
        repairs=_repairs(side),
        now=int(time.time()),
    )
    with (
        told_when_waiting(f"writing the issues of {named(access.repository)}"),
        issue_turn(side.state.issues_lock) as turn,
        opened(address) as client,
    ):
        if turn.is_overtaken(looked_at=diagnosis.taken_at, now=int(time.time())):
            _say("issues: left as they are: another check of this host has looked later and has written them")
            return
        told = told_by_issues(client, repository_list(access.repository), check)
        for line in told.lines:
            _say(line)
        for error in told.failures:
            _say(f"NOT REPORTED: {error.problem} Next: {error.next_step}")
        turn.note(looked_at=diagnosis.taken_at)


def _repairs(side: HostSide) -> tuple[Repair, ...]:
    """None where the journal cannot be read or believed: that was not seen then, so nothing is closed that they could explain."""
    from runner_scope_doctor.journal.file import read_journal
    from runner_scope_doctor.journal.standing import changes_made
    from runner_scope_doctor.notify.recovery import repairs_of

    try:
        return repairs_of(changes_made(read_journal(side.state.journal)), side.configuration.instance)
    except (SourceUnavailable, JournalDamaged):
        return ()


def _say(line: str) -> None:
    with suppress(OSError):  # where nobody can be told, the exit code still tells
        sys.stderr.write(escaped(line) + "\n")
