"""`apply --watch`: after the row is right, looks whether its runner now picks up. Looks only, by the login of the check."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from runner_scope_doctor.cli.host_side import HostSide, address_for
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.diagnose.effect import effect_of, is_settled
from runner_scope_doctor.model.effect import Effect, EffectNotLooked, EffectReading, Readings
from runner_scope_doctor.model.errors import DoctorError, SourceUnavailable
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.plan import Direction, Plan
from runner_scope_doctor.model.receipt import Receipt
from runner_scope_doctor.observe.effect import EffectRequest, effect_reading
from runner_scope_doctor.report.effect_text import effect_line, effect_lines
from runner_scope_doctor.report.receipt_text import done_line

DEFAULT_SPAN_ON_A_TERMINAL, DEFAULT_SPAN = "60s", "0s"
_BETWEEN_LOOKS = 1.0
"""Seconds; a runner polls every two by default, so that each of its polls is seen by itself."""
_SEE_FOR_YOURSELF = "See on the repository's Actions page whether waiting jobs start."


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to watch, for how many seconds, by which login."""

    seconds: int
    address: DatabaseAddress
    patience: Patience
    request: EffectRequest


def watch_for(seconds: int, side: HostSide, plan: Plan) -> Watch | None:
    """None when nobody watches: not asked for, or an undo, after which the runner is meant to be sick."""
    if seconds == 0 or plan.direction is Direction.UNDO:
        return None
    return Watch(
        seconds=seconds,
        address=address_for(side, ConnectionPurpose.CHECK),
        patience=side.patience,
        request=EffectRequest(runner_id=plan.before.id, repo_id=plan.before.repo_id, major=plan.target.major),
    )


def last_lines(receipt: Receipt, watch: Watch | None, before: EffectReading | None) -> Iterator[str]:
    """What is seen of a change that was just made, the last line last."""
    if watch is not None:
        effect = watched(watch, before)
        yield from effect_lines(receipt, effect)
        yield effect_line(receipt, effect)
        return
    if receipt.plan.direction is Direction.REPAIR:
        yield "effect: not watched"
    yield done_line(receipt)


def first_look(watch: Watch) -> EffectReading | None:
    """What waits before the change. None when it cannot be seen, which keeps nobody from a repair."""
    try:
        return _look(watch, ())
    except SourceUnavailable:
        return None


def watched(watch: Watch, before: EffectReading | None) -> Effect:
    """Looks until the answer is settled or the time is over, however often a look fails. Ctrl-C ends it early."""
    begun = time.monotonic()
    looks: list[EffectReading] = []
    failure: EffectNotLooked | None = EffectNotLooked(reason="The watch was interrupted.", next_step=_SEE_FOR_YOURSELF)
    try:
        with told_when_waiting(f"watching whether runner {watch.request.runner_id} now picks up"):
            for look in _looks(watch, before, begun):
                # After a last look that failed nothing is known of the end, and a runner that seems silent may be well.
                failure = look if isinstance(look, EffectNotLooked) else None
                if not isinstance(look, EffectNotLooked):
                    looks.append(look)
                    if is_settled(_readings(watch, before, looks, begun)):
                        break
    except KeyboardInterrupt:
        with suppress(OSError):  # nobody may be listening any more
            sys.stderr.write("the watch was interrupted; the row stays repaired\n")
    return failure or effect_of(_readings(watch, before, looks, begun))


def _looks(watch: Watch, before: EffectReading | None, begun: float) -> Iterator[EffectReading | EffectNotLooked]:
    """One look after the other, at least one, until the time is over."""
    waited = _waiting(before)
    while True:
        try:
            look = _look(watch, tuple(waited))
        except DoctorError as error:
            yield EffectNotLooked(reason=error.problem, next_step=_SEE_FOR_YOURSELF)
        else:
            waited |= _waiting(look)
            yield look
        if time.monotonic() + _BETWEEN_LOOKS > begun + watch.seconds:
            return
        time.sleep(_BETWEEN_LOOKS)


def _readings(watch: Watch, before: EffectReading | None, looks: list[EffectReading], begun: float) -> Readings:
    return Readings(
        repo_id=watch.request.repo_id,
        major=watch.request.major,
        seconds=int(time.monotonic() - begun),
        before=before,
        after=tuple(looks),
    )


def _look(watch: Watch, job_ids: tuple[int, ...]) -> EffectReading:
    # A connection of its own each time: the server may be restarted meanwhile.
    with opened_for_reading(watch.address, watch.patience) as reader:
        return effect_reading(reader, replace(watch.request, job_ids=job_ids))


def _waiting(look: EffectReading | None) -> dict[int, None]:
    """The jobs that waited at that look, in order."""
    return {} if look is None else {job.id: None for job in look.waiting or ()}
