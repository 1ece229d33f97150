"""`host check`: the check with the host's own login and contract, its reports, and whoever is told. For a timer."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from runner_scope_doctor.cli.check import judged
from runner_scope_doctor.cli.exit_codes import ExitCode, exit_code_of
from runner_scope_doctor.cli.failing import failed
from runner_scope_doctor.cli.formats import Format, Output, Place
from runner_scope_doctor.cli.host_check import contract_of
from runner_scope_doctor.cli.host_side import HostSide, address_for, host_side
from runner_scope_doctor.cli.reports import write_reports
from runner_scope_doctor.cli.settings import CheckSettings, Look
from runner_scope_doctor.cli.sources import DatabaseSource
from runner_scope_doctor.cli.targets import NamedFile, refuse_to_overwrite
from runner_scope_doctor.cli.telling import tell
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.address import described
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import RepairRefused, SettingsInvalid, SourceUnavailable, UsageError
from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.picture import Picture
from runner_scope_doctor.model.snapshot import Need, Source

_REPORT = (Output(format=Format.TEXT, file=None),)


def run(chosen: Namespace) -> ExitCode:
    """Looks, writes the reports, tells, and prints the report last: its last line is what to do next.

    The exit code is the check's own, whatever became of telling. Raises SettingsInvalid for a report that cannot be written.
    """
    side = _side(Given(chosen, os.environ))
    files = _files(side)
    try:
        _refuse_to_overwrite(side, files)
        diagnosis, picture = _judged(side, files)
    except UsageError as error:  # a report would take the place of a file that is to be kept, so none is written
        tell(side, failed(error))
        raise SettingsInvalid(f"{side.configuration.file}: {error.problem}", next_step=error.next_step) from error
    except (Exception, KeyboardInterrupt) as error:
        outcome = failed(error)
        with suppress(Exception):  # a report that cannot be made must not hide what it is about
            _write(outcome, files)
        tell(side, outcome)
        raise
    try:
        _write(diagnosis, files, picture)
    finally:
        tell(side, diagnosis)
        _write(diagnosis, _REPORT)
    return exit_code_of(diagnosis.verdict)


def _side(given: Given) -> HostSide:
    """A check is never refused as a repair is: what keeps it from its own host is a wrong setting."""
    try:
        return host_side(given)
    except RepairRefused as error:
        raise SettingsInvalid(error.problem, next_step=error.next_step) from error


def _files(side: HostSide) -> tuple[Output, ...]:
    return tuple(Output(format=Format(report.format), file=report.path) for report in side.configuration.reports)


def _write(outcome: CheckOutcome, outputs: tuple[Output, ...], picture: Picture | None = None) -> None:
    write_reports(outcome, outputs, os.environ, Place.ELSEWHERE, picture)


def _judged(side: HostSide, files: tuple[Output, ...]) -> tuple[Diagnosis, Picture | None]:
    contract = contract_of(side)
    settings = CheckSettings(
        look=Look(database=_source(side), api=None, patience=side.patience),
        snapshot=None,
        socket=None,
        journal=side.state.journal,
        contract=side.configuration.contract,
        needs=dict.fromkeys(Source, Need.REQUIRED),
        sample_seconds=None,
        target_major=None,
        assumed_major=None,
        outputs=files,
        save_snapshot=None,
        fail_on=Severity.ERROR,
        place=Place.ELSEWHERE,
    )
    return judged(settings, contract)


def _source(side: HostSide) -> DatabaseSource:
    """The host's own login. That of another instance is a fault of the settings here: nothing is to be repaired."""
    instance = side.configuration.instance
    try:
        address = address_for(side, ConnectionPurpose.CHECK)
    except SourceUnavailable as failure:
        return DatabaseSource(address=None, failure=failure, hint="", instance=instance, name="the host's database")
    except RepairRefused as error:
        raise SettingsInvalid(error.problem, next_step=error.next_step) from error
    return DatabaseSource(address=address, failure=None, hint="", instance=instance, name=described(address))


def _refuse_to_overwrite(side: HostSide, files: tuple[Output, ...]) -> None:
    """No report over a file that something here is read from. A SQLite database is known by its content."""
    targets = [NamedFile(option="reports", path=output.file) for output in files if output.file is not None]
    refuse_to_overwrite(targets, _read_files(side))


def _read_files(side: HostSide) -> Iterator[NamedFile]:
    configuration, state = side.configuration, side.state
    links, api, ping, issues = configuration.connections, configuration.api, configuration.ping, configuration.issues
    named = (
        ("the host's own file", (Path(configuration.file), state.journal, state.lock, state.issues_lock)),
        ("contract", (configuration.contract,)),
        ("allowed_signers or revoked_keys", (configuration.allowed_signers, configuration.revoked_keys)),
        ("connections", tuple(one.path for one in (links.check, links.approval, links.backup, links.repair) if one)),
        ("api", () if api is None else (api.token_file, api.ca_file)),
        ("ping", () if ping is None else (ping.url_file, ping.failure_url_file, ping.ca_file)),
        ("issues", () if issues is None else (issues.token_file, issues.ca_file)),
    )
    for word, paths in named:
        yield from (NamedFile(option=word, path=path) for path in paths if path is not None)
