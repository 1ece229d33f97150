"""Whether a repaired runner picks up, judged from what was read before the repair and since."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from runner_scope_doctor.diagnose.label_state import labels_fit
from runner_scope_doctor.model.effect import (
    AtWork,
    CombinedBeside,
    CounterHeld,
    EffectNotSeen,
    EffectReading,
    EffectSeen,
    GivenJob,
    JobGiven,
    LabelsStoredRaw,
    NeverDeclared,
    NothingWaited,
    Obstacle,
    OnlineAgain,
    PartUnseen,
    PollsQuiet,
    Readings,
    RowChangedAgain,
    Sign,
    Silent,
    TakeableJob,
    Taker,
    TooShort,
)
from runner_scope_doctor.model.runner import (
    ObservedRunner,
    counted,
    has_never_declared,
    has_raw_labels,
    is_combined,
)
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.wording import stored

_QUIET_POLLS = 3
"""Polls between looks that leave the counter alone. Of a combined runner's first one the raise may lie before the first look
at the counter, and of its last one behind the last look; one in between cannot be missed."""
_STUCK_POLLS = 2
"""Polls after which a job that waited before them was passed over."""
_LONG_ENOUGH = 5
"""Seconds in which a runner polls at least twice (its `fetch_interval` is 2 s by default)."""


def effect_of(readings: Readings) -> EffectSeen | EffectNotSeen:
    """What can be said of the repair's effect. A row that is not as the repair left it was not repaired for good."""
    last = readings.after[-1]
    if (changed := _changed_again(last, readings)) is not None:
        return EffectNotSeen(signs=(), obstacles=(changed,))
    signs = tuple(_signs(readings))
    given = any(isinstance(sign, JobGiven) for sign in signs)
    idle = last.waiting is not None and not _fitting(last, readings) and not _label_obstacle(last.runner)
    if given or (idle and signs):
        return EffectSeen(signs=signs)
    obstacles = tuple(_obstacles(last, readings, signs))
    return EffectNotSeen(signs=signs, obstacles=obstacles or (TooShort(),))


def is_settled(readings: Readings) -> bool:
    """Whether another look could change the answer only for one that waits for new work."""
    last = readings.after[-1]
    if _changed_again(last, readings) is not None:
        return True
    signs = tuple(_signs(readings))
    if any(isinstance(sign, JobGiven) for sign in signs):
        return True
    return not _fitting(last, readings) and any(isinstance(sign, PollsQuiet) for sign in signs)


def _changed_again(last: EffectReading, readings: Readings) -> RowChangedAgain | None:
    runner = last.runner
    if runner is None:
        return RowChangedAgain(now=None)
    if (counted(runner.owner_id), counted(runner.repo_id)) == (0, readings.repo_id):
        return None
    return RowChangedAgain(now=f"owner_id={stored(runner.owner_id)} repo_id={stored(runner.repo_id)}")


def _signs(readings: Readings) -> Iterator[Sign]:
    for job in {given.id: given for reading in readings.after for given in reading.given}.values():
        if _took(job, readings):
            yield JobGiven(job=job)
    quiet = _quiet_polls(readings.after)
    if quiet is not None:
        yield quiet
    before = readings.before
    if (
        readings.major >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE
        and before is not None
        and before.runner is not None
        and is_combined(before.runner)
        and any(_last_online(reading) > _last_online(before) for reading in readings.after)
    ):
        yield OnlineAgain()


def _took(job: GivenJob, readings: Readings) -> bool:
    match job.taker:
        case Taker.THIS_RUNNER:
            return True
        case Taker.ANOTHER:
            return False
        case Taker.NOT_SEEN:
            looks = (*readings.after, *(() if readings.before is None else (readings.before,)))
            return any(job.id == one.id for look in looks for one in _fitting(look, readings))


def _quiet_polls(looks: tuple[EffectReading, ...]) -> PollsQuiet | None:
    """The longest row of polls during which the counter stood still; None when it is too short to mean anything."""
    polls = best = 0
    counter: int | None = None
    for earlier, later in pairwise(looks):
        if later.counter is None or later.counter != earlier.counter:
            polls = 0
        elif _last_online(later) > _last_online(earlier):
            polls += 1
        if polls > best:
            best, counter = polls, later.counter
    return PollsQuiet(polls=best, counter=counter) if best >= _QUIET_POLLS and counter is not None else None


def _obstacles(last: EffectReading, readings: Readings, signs: tuple[Sign, ...]) -> Iterator[Obstacle]:
    fitting, label_obstacle = _fitting(last, readings), _label_obstacle(last.runner)
    if not _polls(readings) and not signs and readings.seconds >= _LONG_ENOUGH:
        yield Silent()
    if label_obstacle is not None and not fitting:
        yield label_obstacle
    passed_over = _passed_over(readings)
    if passed_over:
        if last.running:
            yield AtWork(running=last.running)
        yield CounterHeld(job=passed_over[0], counter=last.counter)
    if last.waiting is not None and not fitting:
        yield NothingWaited(others=len(last.waiting))
    if last.combined_beside:
        yield CombinedBeside(runner_ids=last.combined_beside)
    yield from (PartUnseen(why=why) for why in last.unseen)


def _label_obstacle(runner: ObservedRunner | None) -> LabelsStoredRaw | NeverDeclared | None:
    if runner is None:
        return None
    if has_raw_labels(runner) and isinstance(runner.labels, tuple):
        return LabelsStoredRaw(labels=runner.labels)
    return NeverDeclared() if has_never_declared(runner) else None


def _passed_over(readings: Readings) -> tuple[TakeableJob, ...]:
    """Jobs that fit the runner and still wait although they waited before its latest polls."""
    polls = 0
    for later, earlier in pairwise(reversed(readings.after)):
        polls += _last_online(later) > _last_online(earlier)
        if polls == _STUCK_POLLS:
            waited = {job.id for job in earlier.waiting or ()}
            return tuple(job for job in _fitting(readings.after[-1], readings) if job.id in waited)
    return ()


def _fitting(look: EffectReading, readings: Readings) -> tuple[TakeableJob, ...]:
    """The jobs that waited at that look and that the runner, as it is now, could take."""
    runner = readings.after[-1].runner
    if runner is None or look.waiting is None:
        return ()
    return tuple(job for job in look.waiting if labels_fit(runner, job.runs_on, readings.major))


def _polls(readings: Readings) -> int:
    """How many looks saw a later contact than the one before."""
    return sum(_last_online(later) > _last_online(earlier) for earlier, later in pairwise(readings.after))


def _last_online(look: EffectReading) -> int:
    return 0 if look.runner is None or look.runner.last_online is None else look.runner.last_online
