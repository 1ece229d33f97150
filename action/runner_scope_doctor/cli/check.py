"""`check`: look, judge, report."""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.exit_codes import ExitCode, NagiosCode, exit_code_of
from runner_scope_doctor.cli.formats import WITHOUT_FAILURES, Format, Output, Place
from runner_scope_doctor.cli.reports import write_reports
from runner_scope_doctor.cli.settings import CheckSettings, check_outputs, check_settings, place_of
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved

if TYPE_CHECKING:
    from runner_scope_doctor.model.picture import Picture


def run(chosen: Namespace) -> ExitCode | NagiosCode:
    """Runs the check. A source that cannot be read ends in a report that says so, not in an error; whatever else keeps it
    from judging is told in the formats that have a word for it, and raised."""
    given, place = Given(chosen, os.environ), place_of(os.environ)
    outputs = check_outputs(given)
    try:
        settings = check_settings(given, outputs, os.environ)
        diagnosis, picture = judged(settings, _contract(settings.contract))
    except (Exception, KeyboardInterrupt) as error:
        _tell(error, outputs, place)
        raise
    write_reports(diagnosis, outputs, os.environ, place, picture)
    return _code(diagnosis, outputs)


def judged(settings: CheckSettings, contract: Contract | None) -> tuple[Diagnosis, Picture | None]:
    """The diagnosis, and the picture where a format draws it; None when none of them was asked for."""
    snapshot = _snapshot(settings, contract)
    if settings.save_snapshot is not None:
        from runner_scope_doctor.observe.snapshot_file import write_snapshot

        write_snapshot(settings.save_snapshot, snapshot, tool_version=__version__)
    diagnosis = diagnosed(snapshot, contract=contract, fail_on=settings.fail_on, target_major=settings.target_major)
    if all(output.format is not Format.HTML for output in settings.outputs):
        return diagnosis, None
    from runner_scope_doctor.cli.drawing import drawn  # most checks draw nothing

    return diagnosis, drawn(settings, snapshot, diagnosis, contract)


def _tell(error: BaseException, outputs: tuple[Output, ...], place: Place) -> None:
    """After a wrong command line no file is written: it may name one that is to be kept."""
    if isinstance(error, UsageError):
        outputs = tuple(output for output in outputs if output.file is None)
    if all(output.format in WITHOUT_FAILURES for output in outputs):
        return
    from runner_scope_doctor.cli.failing import failed

    with suppress(Exception):  # a report that cannot be made must not hide what it is about
        write_reports(failed(error), outputs, os.environ, place)


def _code(diagnosis: Diagnosis, outputs: tuple[Output, ...]) -> ExitCode | NagiosCode:
    if [output.format for output in outputs] != [Format.NAGIOS]:
        return exit_code_of(diagnosis.verdict)
    from runner_scope_doctor.report.nagios import state_of

    return NagiosCode[state_of(diagnosis).name]


def _contract(path: Path | None) -> Contract | None:
    if path is None:
        return None
    from runner_scope_doctor.contract.read import read_contract

    return read_contract(path)


def _snapshot(settings: CheckSettings, contract: Contract | None) -> Snapshot:
    if settings.snapshot is not None:
        from runner_scope_doctor.cli.look import assuming
        from runner_scope_doctor.observe.snapshot_file import read_snapshot

        return assuming(_whole(read_snapshot(settings.snapshot)), settings.assumed_major)
    if settings.socket is not None:
        from runner_scope_doctor.cli.look import assuming
        from runner_scope_doctor.cli.socket_look import seen_through

        return assuming(_whole(seen_through(settings.socket, settings.look.patience)), settings.assumed_major)
    from runner_scope_doctor.cli.look import looked

    return _with_journal(looked(settings, contract), settings.journal)


def _with_journal(snapshot: Snapshot, path: Path | None) -> Snapshot:
    if path is None:
        return snapshot
    from runner_scope_doctor.observe.past_repairs import with_past_repairs

    return with_past_repairs(snapshot, path)


def _whole(snapshot: Snapshot) -> Snapshot:
    """A file with candidates only, which this tool never saves, could leave out any sick row."""
    if snapshot.coverage is not Coverage.CANDIDATES:
        return snapshot
    gap = Unobserved(
        source=Source.SNAPSHOT,
        what="every runner",
        reason="The snapshot does not hold all runners of the server.",
        next_step="Save one with --save-snapshot and judge that.",
        need=Need.REQUIRED,
    )
    return replace(snapshot, unobserved=(*snapshot.unobserved, gap))
