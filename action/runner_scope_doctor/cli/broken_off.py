"""What an interruption or an error of ours comes to while a plan is carried out: how far it had come decides what is true."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from contextlib import suppress

from runner_scope_doctor.model.direction import Direction
from runner_scope_doctor.model.errors import RepairFailed, RepairUncertain
from runner_scope_doctor.model.receipt import Receipt
from runner_scope_doctor.repair.apply import Applied
from runner_scope_doctor.repair.checkpoints import Checkpoint
from runner_scope_doctor.repair.noted import NotedForLater
from runner_scope_doctor.report.receipt_text import see_it_pick_up

_NOTHING_NOTED = frozenset((Checkpoint.APPROVED, Checkpoint.ROW_SEEN))
_BEFORE_THE_UPDATE = frozenset((Checkpoint.STARTED, Checkpoint.BACKUP_WRITTEN, Checkpoint.BACKUP_PROVEN))
_AGAIN = "Apply the plan again, with --debug FILE when it does not go away."


def broken_off(error: BaseException, reached: Collection[Checkpoint] = ()) -> RepairFailed | RepairUncertain:
    """The error for one that is not ours. Most of them are turned into one of ours where they happen, which tells more."""
    what = f"{_what(error)[0].upper()}{_what(error)[1:]} ended it"
    if not set(reached) - _NOTHING_NOTED:
        return RepairFailed(f"{what} before anything was noted; nothing was changed.", next_step=_AGAIN)
    if not set(reached) - _NOTHING_NOTED - _BEFORE_THE_UPDATE:
        return RepairFailed(f"{what} before the update; nothing was changed.", next_step=_AGAIN)
    return RepairUncertain(
        f"{what} after the update was begun: the row was changed, or may have been.",
        next_step="Apply the plan again, which looks the outcome up.",
    )


def untold(error: BaseException, result: Applied) -> RepairFailed | RepairUncertain:
    """The error for whatever goes wrong when all is done, and it is only to be told or watched."""
    what = _what(error)
    if isinstance(result, NotedForLater):
        return RepairFailed(
            f"The approval is noted in the journal and nothing was changed; then {what} kept it from being told.",
            next_step="See where the plan stands: runner-scope-doctor status",
        )
    receipt = result.receipt
    row = receipt.plan.after
    return RepairUncertain(
        f"Runner {row.id} was changed to owner_id={row.owner_id} and verified, and the receipt is written; "
        f"then {what} ended what was still to be told and watched.",
        next_step=f"Read it: runner-scope-doctor receipts show {receipt.digest}{_and_see(receipt)}",
    )


def drop_what_nobody_heard() -> None:
    """Progress that could not be written must not turn what is done, and told on standard output, into a failure."""
    try:
        sys.stderr.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _what(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "an interruption"
    if isinstance(error, OSError):
        return f"an error of this machine ({error.strerror or type(error).__name__})"
    return f"an unexpected error of this tool ({type(error).__name__})"


def _and_see(receipt: Receipt) -> str:
    return f". {see_it_pick_up(receipt)}" if receipt.plan.direction is Direction.REPAIR else ""
