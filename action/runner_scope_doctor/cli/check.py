"""`check`: look, judge, report."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from typing import assert_never

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.formats import write_reports
from runner_scope_doctor.cli.settings import CheckSettings, check_settings
from runner_scope_doctor.database.address import described
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved
from runner_scope_doctor.observe.database import observe_database


def run(chosen: Namespace) -> ExitCode:
    """Runs the check. A source that cannot be read ends in a report that says so, not in an error."""
    settings = check_settings(chosen, os.environ)
    snapshot = _look(settings, now=int(time.time()))
    diagnosis = diagnosed(snapshot, contract=None, fail_on=settings.fail_on)
    write_reports(diagnosis, settings.outputs, os.environ)
    match diagnosis.verdict:
        case Verdict.HEALTHY:
            return ExitCode.HEALTHY
        case Verdict.UNHEALTHY:
            return ExitCode.UNHEALTHY
        case Verdict.INCONCLUSIVE:
            return ExitCode.INCONCLUSIVE
        case _:
            assert_never(diagnosis.verdict)


def _look(settings: CheckSettings, *, now: int) -> Snapshot:
    address = described(settings.database)
    try:
        with opened_for_reading(settings.database, settings.patience) as reader:
            return observe_database(reader, address=address, instance=None, now=now)
    except SourceUnavailable as failure:
        return _nothing_seen(failure, address, now)


def _nothing_seen(failure: SourceUnavailable, address: str, now: int) -> Snapshot:
    return Snapshot(
        taken_at=now,
        server=ObservedServer(product=None, version=None, engine=None, address=address, instance=None),
        coverage=Coverage.CANDIDATES,
        live_runners=None,
        runners=(),
        owners=(),
        repositories=(),
        unobserved=(
            Unobserved(
                source=Source.DATABASE,
                what="the runners",
                reason=failure.problem,
                next_step=failure.next_step,
                need=Need.REQUIRED,
            ),
        ),
    )
