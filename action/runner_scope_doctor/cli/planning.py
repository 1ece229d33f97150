"""What `plan` and `undo` have in common: circumstances of a plan, and keeping one plan for one change."""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import dataclass

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.host_side import HostSide
from runner_scope_doctor.database.sql.repair import CLEAR_OWNER, FENCE_COUNTER, RESTORE_OWNER
from runner_scope_doctor.host.forgotten import forgotten
from runner_scope_doctor.host.plans import alone_in, plan_file, plan_of_run, stored, stored_plans
from runner_scope_doctor.host.terms import Terms, end_of, kinds_for
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import standing
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.plan import AskingRun, Maker, Plan
from runner_scope_doctor.model.standing import FailedBefore, Unused
from runner_scope_doctor.model.table import Known, PartlySeen, Unknown
from runner_scope_doctor.model.wording import duration
from runner_scope_doctor.observe.row_view import RowView
from runner_scope_doctor.plan.canonical import canonical_bytes, digest_of
from runner_scope_doctor.plan.make import Circumstances, Fence, Statements, same_repair
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.plan_text import Occasion, Use, rendered

STATEMENTS = Statements(clear_owner=CLEAR_OWNER, restore_owner=RESTORE_OWNER, fence_counter=FENCE_COUNTER)
"""The reviewed texts that plans quote and that alone are ever run."""
_PLAN_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Under which terms a plan is made, by whom, and whether it has the fence."""

    terms: Terms
    maker: Maker
    fence: Fence


def circumstances(view: RowView, making: Making) -> Circumstances:
    """Of a plan made now. Raises RepairRefused when the row's tables are not those Forgejo makes."""
    _require_known_tables(view)
    now = int(time.time())
    return Circumstances(
        plan_id=secrets.token_hex(_PLAN_ID_BYTES),
        tool_version=__version__,
        target=view.target,
        environment=making.terms.environment,
        surroundings=view.surroundings,
        maker=making.maker,
        created=now,
        expires=now + making.terms.plan_valid_for,
        fence=making.fence,
    )


def keep_and_show(side: HostSide, plan: Plan) -> None:
    """Stores the plan, or finds the one there is: for a run the one it got before, else an unexpired one of the same maker
    that proposes the same. Prints it for people. Raises RepairRefused when the one of the run can no longer be used."""
    with alone_in(side.state.plans):
        kept = _kept(side, plan)
    show(side, *kept)


def kept_for_run(side: HostSide, run: AskingRun) -> tuple[str, Plan] | None:
    """The one plan that run ever gets, with its digest; None when it has none yet. Raises RepairRefused when it has
    expired, is in use or was used."""
    found = plan_of_run(side.state.plans, run, operator=side.operator)
    if found is None:
        return None
    digest, plan = found
    over = int(time.time()) - end_of(side.configuration, plan)
    if over >= 0:
        ended = f"expired {duration(over)} ago"
    elif _may_be_used(side, digest):
        return found
    else:
        ended = "was used already"
    raise RepairRefused(
        f"The workflow run {run.id} has its plan, {digest}, which {ended}; a run gets one plan and no other.",
        next_step=f"Start the workflow again for a new one; `runner-scope-doctor show {digest}` tells what became of this one.",
    )


def show(side: HostSide, digest: str, plan: Plan) -> None:
    """Prints a plan for people that may be used."""
    file = str(plan_file(side.state.plans, digest))
    occasion = Occasion(
        now=int(time.time()),
        ends=end_of(side.configuration, plan),
        file=file,
        use=Use.NONE,
        kinds=kinds_for(side.configuration, plan.environment),
    )
    sys.stdout.write(rendered(plan, digest, occasion))


def say_what_was_not_seen(view: RowView) -> None:
    """Tells what the login of the check is not shown; `apply` asks again with logins that are."""
    if isinstance(view.tables, PartlySeen):
        for reason in view.tables.reasons:
            sys.stdout.write(escaped(f"not seen: {reason} `apply` will want to see it.") + "\n")


def _kept(side: HostSide, plan: Plan) -> tuple[str, Plan]:
    if plan.maker.run is not None and (found := kept_for_run(side, plan.maker.run)) is not None:
        return found
    for digest, other in stored_plans(side.state.plans, operator=side.operator):
        is_good = same_repair(plan, other) and plan.created < end_of(side.configuration, other)
        if is_good and _may_be_used(side, digest):
            return digest, other
    content = canonical_bytes(plan)
    stored(side.state.plans, content)
    return digest_of(content), plan


def _may_be_used(side: HostSide, digest: str) -> bool:
    journal = read_journal(side.state.journal)
    fresh = isinstance(standing(journal, digest), Unused | FailedBefore)
    return fresh and digest not in forgotten(journal, side.state.receipts)


def _require_known_tables(view: RowView) -> None:
    match view.tables:
        case Unknown(reason=reason):
            raise RepairRefused(
                f"The tables are not those Forgejo {view.target.forgejo} makes, so what a change would do is not known. {reason}",
                next_step="Find out who changed them; nothing was changed.",
            )
        case Known() | PartlySeen():
            return
