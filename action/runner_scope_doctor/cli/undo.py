"""`undo`: a plan for the way back from a repair, with the same gate as the repair itself. Changes nothing on the server."""

from __future__ import annotations

import os
from argparse import Namespace

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_check import contract_of, looked_at, version_of
from runner_scope_doctor.cli.host_side import HostSide, address_for, host_side
from runner_scope_doctor.cli.host_view import touched_tables, viewed
from runner_scope_doctor.cli.making import making_of
from runner_scope_doctor.cli.planning import STATEMENTS, circumstances, keep_and_show, say_what_was_not_seen
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.host.plans import is_digest
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import standing
from runner_scope_doctor.model.errors import RepairRefused, UsageError
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.plan import Direction, Plan
from runner_scope_doctor.model.receipt import Receipt
from runner_scope_doctor.model.standing import Settled
from runner_scope_doctor.observe.row_view import RowView, WantedView
from runner_scope_doctor.plan.make import Fence, undoing
from runner_scope_doctor.repair.conditions import require_same_row_as
from runner_scope_doctor.repair.receipts import read_receipt


def run(chosen: Namespace) -> ExitCode:
    """Makes the plan that takes one repair back, or says why there is none to make."""
    given = Given(chosen, os.environ)
    digest = str(chosen.receipt)
    if not is_digest(digest):
        raise UsageError(
            f"{digest} is no receipt's name.",
            next_step="Give the plan's digest, 64 lower-case hex digits: runner-scope-doctor receipts lists them.",
        )
    side = host_side(given)
    receipt = _receipt(side, digest)
    view = _view(side, receipt)
    row = require_same_row_as(receipt.plan.after, view.image)
    say_what_was_not_seen(view)
    making = making_of(side, given, Fence.WITHOUT)
    plan: Plan = undoing(receipt.plan, digest, row, STATEMENTS, circumstances(view, making))
    keep_and_show(side, plan)
    return ExitCode.HEALTHY


def _receipt(side: HostSide, digest: str) -> Receipt:
    where = standing(read_journal(side.state.journal), digest)
    if not isinstance(where, Settled):
        raise RepairRefused(
            "That plan was not carried out, so there is nothing to take back.",
            next_step="See where it stands: runner-scope-doctor status",
        )
    receipt = read_receipt(side.state.receipts, digest, sha256=where.receipt)
    if receipt.plan.direction is Direction.UNDO:
        raise RepairRefused(
            "That plan was itself an undo; the way forward again is a repair.", next_step="runner-scope-doctor plan"
        )
    return receipt


def _view(side: HostSide, receipt: Receipt) -> RowView:
    address = address_for(side, ConnectionPurpose.CHECK)
    with opened_for_reading(address, side.patience) as reader:
        snapshot = looked_at(reader, address, side, contract_of(side))
    return viewed(
        side,
        WantedView(
            runner_id=receipt.plan.before.id,
            instance=side.configuration.instance,
            version=version_of(snapshot),
            touched=touched_tables(Fence.WITHOUT),
        ),
    )
