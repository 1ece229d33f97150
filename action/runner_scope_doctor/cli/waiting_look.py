"""One look at jobs that wait, with the reason of each: for the command that tells it and for the picture that draws it."""

from __future__ import annotations

import time

from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.sources import ApiSource, DatabaseSource
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.waiting_reason import WaitingAnswer
from runner_scope_doctor.observe.waiting import AllWaiting, WaitingRequest, Wanted, observe_waiting

ALL = AllWaiting(longer_than=60)
"""What is asked for without a job or a run: all that have waited for more than a minute."""


def waiting_answer(
    source: DatabaseSource, patience: Patience, wanted: Wanted, assumed_major: int | None
) -> WaitingAnswer:
    """What keeps those jobs. `source` has an address. Raises UsageError for what is not there, and SourceUnavailable when the
    database does not show what every answer rests on."""
    assert source.address is not None  # noqa: S101 - the caller has seen to a source without one
    request = WaitingRequest(
        wanted=wanted,
        address=source.name,
        instance=source.instance,
        now=int(time.time()),
        assumed_major=assumed_major,
    )
    with told_when_waiting("looking at the database"), opened_for_reading(source.address, patience) as reader:
        return explained(observe_waiting(reader, request))


def waiting_answer_of_api(source: ApiSource, wanted: Wanted, assumed_major: int | None) -> WaitingAnswer:
    """As far as the API tells, what keeps those jobs; what it does not show is named in the answer. Raises UsageError, and
    SourceUnavailable when it does not show what was asked for."""
    from runner_scope_doctor.forgejo.client import opened
    from runner_scope_doctor.observe.waiting_api import observe_waiting_api
    from runner_scope_doctor.observe.waiting_api_jobs import ApiWaitingRequest

    request = ApiWaitingRequest(wanted=wanted, target=source.target, now=int(time.time()), assumed_major=assumed_major)
    with told_when_waiting("looking at the API"), opened(source.address) as client:
        return explained(observe_waiting_api(client, request))
