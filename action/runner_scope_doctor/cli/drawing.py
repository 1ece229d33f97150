"""What a picture needs beside the snapshot: why jobs wait."""

from __future__ import annotations

from runner_scope_doctor.cli.settings import CheckSettings
from runner_scope_doctor.cli.waiting_look import ALL, waiting_answer
from runner_scope_doctor.diagnose.picture import pictured
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.picture import Picture
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved
from runner_scope_doctor.model.waiting_reason import WaitingAnswer


def drawn(settings: CheckSettings, snapshot: Snapshot, diagnosis: Diagnosis, contract: Contract | None) -> Picture:
    """The picture, with the reasons where a database was looked at. One that does not show them is told of in it."""
    return pictured(snapshot, diagnosis, contract, _waiting(settings, snapshot))


def _waiting(settings: CheckSettings, snapshot: Snapshot) -> WaitingAnswer | Unobserved | None:
    source = settings.look.database
    # Waiting jobs are read anew, in one more statement: the check reads overdue ones without a limit and by fewer columns, with
    # a login that may see no others, and one that lacks those of `why` must not cost it the finding.
    # A database that just did not answer is not waited for a second time.
    if source is None or source.address is None or snapshot.server.engine is None:
        return None
    try:
        return waiting_answer(source, settings.look.patience, ALL, settings.assumed_major)
    except SourceUnavailable as failure:
        return Unobserved(
            source=Source.DATABASE,
            what="why jobs wait",
            reason=failure.problem,
            next_step=failure.next_step,
            need=Need.OPTIONAL,
        )
