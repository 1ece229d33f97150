"""What a picture needs beside the snapshot: why jobs wait."""

from __future__ import annotations

import time

from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.settings import CheckSettings
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.diagnose.picture import pictured
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.picture import Picture
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved
from runner_scope_doctor.model.waiting_reason import WaitingAnswer
from runner_scope_doctor.observe.waiting import AllWaiting, WaitingRequest, observe_waiting

_A_MINUTE = 60


def drawn(settings: CheckSettings, snapshot: Snapshot, diagnosis: Diagnosis, contract: Contract | None) -> Picture:
    """The picture, with the reasons where a database was looked at. One that does not show them is told of in it."""
    return pictured(snapshot, diagnosis, contract, _waiting(settings, snapshot))


def _waiting(settings: CheckSettings, snapshot: Snapshot) -> WaitingAnswer | Unobserved | None:
    source = settings.look.database
    # A database that just did not answer is not waited for a second time.
    if source is None or source.address is None or snapshot.server.engine is None:
        return None
    request = WaitingRequest(
        wanted=AllWaiting(longer_than=_A_MINUTE),
        address=source.name,
        instance=source.instance,
        now=int(time.time()),
        assumed_major=settings.assumed_major,
    )
    try:
        with (
            told_when_waiting("looking at the database"),
            opened_for_reading(source.address, settings.look.patience) as reader,
        ):
            return explained(observe_waiting(reader, request))
    except SourceUnavailable as failure:
        return Unobserved(
            source=Source.DATABASE,
            what="why jobs wait",
            reason=failure.problem,
            next_step=failure.next_step,
            need=Need.OPTIONAL,
        )
