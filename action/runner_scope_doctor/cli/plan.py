"""`plan`: run the check, and write down exactly what would change. Changes nothing on the server."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_check import contract_of, judged, looked_at, repository_name, version_of
from runner_scope_doctor.cli.host_side import HostSide, address_for, host_side, refusing_what_is_not_believed
from runner_scope_doctor.cli.host_view import touched_tables, viewed
from runner_scope_doctor.cli.making import making_of
from runner_scope_doctor.cli.plan_of_run import making_for, request_of, require_recent, run_id_of
from runner_scope_doctor.cli.planning import (
    STATEMENTS,
    Making,
    circumstances,
    keep_and_show,
    kept_for_run,
    say_what_was_not_seen,
    show,
)
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import RepairRefused, SourceUnavailable, UsageError
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.plan import Plan, RowImage
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.snapshot import Need, Snapshot
from runner_scope_doctor.observe.row_view import RowView, WantedView
from runner_scope_doctor.plan.make import Fence, NothingToRepair, Refused, chosen, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What the check sees, and the contract it is held against, None where the host has none."""

    snapshot: Snapshot
    contract: Contract | None


def run(chosen_arguments: Namespace) -> ExitCode:
    """Makes one plan, or says why there is none to make."""
    given = Given(chosen_arguments, os.environ)
    run_id = run_id_of(given)
    if run_id is None:
        side = host_side(given)
        making = making_of(side, given, Fence.WITH if given.flag("with_counter_fence") else Fence.WITHOUT)
        runner_id = _runner_id(given)
        _tell(side, _plan(side, _look(side), runner_id, making))
    else:
        with refusing_what_is_not_believed():
            _for_run(host_side(given), run_id)
    return ExitCode.HEALTHY


def _for_run(side: HostSide, run_id: int) -> None:
    """What cannot be looked at or believed is a refusal here: whoever asks is no operator who could look into it."""
    try:
        look = _look(side)
        request = request_of(side, run_id, version_of(look.snapshot))
        if (kept := kept_for_run(side, request.run)) is not None:
            show(side, *kept)
            return
        require_recent(request)
        _tell(side, _plan(side, look, request.runner_id, making_for(side, request)))
    except SourceUnavailable as error:
        raise RepairRefused(f"{error.problem} No plan was made.", next_step=error.next_step) from error


def _tell(side: HostSide, plan: Plan | None) -> None:
    if plan is None:
        sys.stdout.write("NOTHING TO REPAIR: no live runner has a combined scope. Nothing was written.\n")
    else:
        keep_and_show(side, plan)


def _look(side: HostSide) -> _Look:
    address = address_for(side, ConnectionPurpose.CHECK)
    contract = contract_of(side)
    with told_when_waiting("looking at the database"), opened_for_reading(address, side.patience) as reader:
        return _Look(snapshot=looked_at(reader, address, side, contract), contract=contract)


def _plan(side: HostSide, look: _Look, runner_id: int | None, making: Making) -> Plan | None:
    snapshot = look.snapshot
    runner = _runner_to_repair(judged(snapshot, look.contract), runner_id)
    if runner is None:
        return None
    wanted = WantedView(
        runner_id=runner.id,
        instance=side.configuration.instance,
        version=version_of(snapshot),
        touched=touched_tables(making.fence),
    )
    view = viewed(side, wanted)
    image = _standing_still(view, runner)
    _refuse_a_needless_fence(view, image)
    say_what_was_not_seen(view)
    repository = repository_name(snapshot, image.repo_id)
    return planned(image, repository, STATEMENTS, circumstances(view, making))


def _runner_to_repair(diagnosis: Diagnosis, runner_id: int | None) -> ObservedRunner | None:
    _refuse_the_wrong_instance(diagnosis)
    choice = chosen(diagnosis, runner_id)
    match choice:
        case ObservedRunner():
            return choice
        case Refused(reason=reason, way_out=way_out):
            raise RepairRefused(reason, next_step=way_out)
        case NothingToRepair():
            _require_a_whole_look(diagnosis)
            return None
        case _:
            assert_never(choice)


def _refuse_the_wrong_instance(diagnosis: Diagnosis) -> None:
    for finding in diagnosis.findings:
        if finding.kind is FindingKind.WRONG_INSTANCE:
            raise RepairRefused(f"This is the wrong server: {finding.message}.", next_step=finding.remedy)


def _require_a_whole_look(diagnosis: Diagnosis) -> None:
    """Nothing found is only nothing there when everything was seen."""
    for gap in diagnosis.unobserved:
        if gap.need is Need.REQUIRED:
            raise SourceUnavailable(gap.reason, next_step=gap.next_step)


def _standing_still(view: RowView, runner: ObservedRunner) -> RowImage:
    """The row is read twice; a plan is made only of one that stood still."""
    image = view.image
    if image is None or (image.uuid, image.owner_id, image.repo_id) != (runner.uuid, runner.owner_id, runner.repo_id):
        raise RepairRefused(f"Runner {runner.id} changed while it was looked at.", next_step="Plan again.")
    return image


def _refuse_a_needless_fence(view: RowView, image: RowImage) -> None:
    if view.has_counter is False:
        raise RepairRefused(
            f"Repository {image.repo_id} has no work counter yet, so no runner can hold one and there is nothing to fence.",
            next_step="Plan without --with-counter-fence.",
        )


def _runner_id(given: Given) -> int | None:
    text = given.text("runner", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"--runner {text} is no id.", next_step="Give the id from the check, such as --runner 5.")
    return int(text)
