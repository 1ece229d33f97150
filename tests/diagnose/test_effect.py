"""Whether a repaired runner picks up, judged from looks alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner_scope_doctor.diagnose.effect import effect_of, is_settled
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
    Silent,
    TakeableJob,
    Taker,
    TooShort,
)
from runner_scope_doctor.model.runner import ObservedRunner
from support.snapshots import NOW, runner

JOB = TakeableJob(id=71, name="deploy", runs_on=("deploy",))
FOREIGN = TakeableJob(id=72, name="build", runs_on=("docker",))
REPAIRED = runner(5, repo_id=35)
COMBINED = runner(5, owner_id=1, repo_id=35, last_online=NOW - 3600)
THIS = GivenJob(id=71, name="deploy", taker=Taker.THIS_RUNNER)


def look(
    heard: int = NOW,
    *,
    counter: int | None = 9,
    waiting: tuple[TakeableJob, ...] | None = (),
    given: tuple[GivenJob, ...] = (),
    row: ObservedRunner = REPAIRED,
) -> EffectReading:
    """One look at a runner that was last heard of at that second."""
    return EffectReading(
        runner=replace(row, last_online=heard),
        combined_beside=(),
        counter=counter,
        waiting=waiting,
        running=0,
        given=given,
    )


def polls(count: int, *, waiting: tuple[TakeableJob, ...] | None = (), climb: int = 0) -> list[EffectReading]:
    """Looks that saw so many polls, each raising the counter by `climb`."""
    return [look(NOW + 2 * number, counter=9 + climb * number, waiting=waiting) for number in range(count + 1)]


def readings(
    after: Sequence[EffectReading], *, before: EffectReading | None = None, major: int = 15, seconds: int = 60
) -> Readings:
    return Readings(repo_id=35, major=major, seconds=seconds, before=before, after=tuple(after))


def obstacles(seen: Readings) -> tuple[Obstacle, ...]:
    """The reasons, of an effect that was not seen."""
    effect = effect_of(seen)
    assert isinstance(effect, EffectNotSeen), effect
    return effect.obstacles


def test_a_job_given_to_the_runner_is_the_effect() -> None:
    """However short the watch was and whatever else waits, a job with this runner's task settles it."""
    seen = readings([look(waiting=(JOB,)), look(waiting=(FOREIGN,), given=(THIS,))], seconds=1)
    assert effect_of(seen) == EffectSeen(signs=(JobGiven(job=THIS),))
    assert is_settled(seen)


def test_a_job_given_to_another_runner_proves_nothing() -> None:
    """An instance's runner may have taken it."""
    other = replace(THIS, taker=Taker.ANOTHER)
    seen = readings([look(waiting=(JOB,)), look(given=(other,))])
    assert not is_settled(seen)
    assert obstacles(seen) == (Silent(), NothingWaited(others=0))


@pytest.mark.parametrize(("waited", "counts"), [(JOB, True), (replace(FOREIGN, id=71), False)])
def test_a_job_whose_runner_is_not_seen_counts_where_it_fitted(waited: TakeableJob, counts: bool) -> None:
    """Without the table of tasks a job that fits the runner and was given away is its own, one for other labels is not."""
    unknown = replace(THIS, taker=Taker.NOT_SEEN)
    seen = readings([look(given=(unknown,))], before=look(waiting=(waited,), row=COMBINED))
    assert isinstance(effect_of(seen), EffectSeen) == counts


@pytest.mark.parametrize(("count", "quiet"), [(0, False), (2, False), (3, True), (9, True)])
def test_three_polls_that_leave_the_counter_alone_are_quiet(count: int, quiet: bool) -> None:
    """One of three polls lies wholly between two looks at the counter, and a combined runner's would have raised it."""
    seen = readings(polls(count))
    assert is_settled(seen) == quiet
    assert isinstance(effect_of(seen), EffectSeen) == quiet
    if quiet:
        assert effect_of(seen) == EffectSeen(signs=(PollsQuiet(polls=count, counter=9),))


def test_a_counter_that_climbs_with_the_polls_is_never_quiet() -> None:
    """So it looks while a combined runner of the repository polls; which one is told."""
    climbing = polls(9, climb=1)
    climbing[-1] = replace(climbing[-1], combined_beside=(8,))
    assert obstacles(readings(climbing)) == (NothingWaited(others=0), CombinedBeside(runner_ids=(8,)))


def test_a_job_between_does_not_spoil_the_quiet() -> None:
    """A raise begins the count anew; three quiet polls after it are enough."""
    after = [*polls(2), *(replace(one, counter=10) for one in polls(5)[2:])]
    assert effect_of(readings(after)) == EffectSeen(signs=(PollsQuiet(polls=3, counter=10),))


def test_a_counter_that_is_not_there_is_not_quiet() -> None:
    """Unread or absent at every look, it says nothing."""
    assert obstacles(readings([replace(one, counter=None) for one in polls(9)])) == (NothingWaited(others=0),)


@pytest.mark.parametrize(("major", "online"), [(15, False), (16, True)])
def test_online_again_is_a_sign_where_combined_rows_are_refused(major: int, online: bool) -> None:
    """Up to 15 contacts of a combined runner are noted too, so a later one proves nothing."""
    seen = readings([look(NOW)], before=look(NOW - 3600, row=COMBINED), major=major)
    assert isinstance(effect_of(seen), EffectSeen) == online
    if online:
        assert effect_of(seen) == EffectSeen(signs=(OnlineAgain(),))


def test_online_again_is_not_enough_while_a_job_waits() -> None:
    """It polls, and was passed over."""
    seen = readings(polls(3, waiting=(JOB,)), before=look(NOW - 3600, row=COMBINED), major=16)
    assert effect_of(seen) == EffectNotSeen(
        signs=(PollsQuiet(polls=3, counter=9), OnlineAgain()), obstacles=(CounterHeld(job=JOB, counter=9),)
    )
    assert not is_settled(seen)


def test_jobs_that_run_may_be_why_one_waits() -> None:
    """The server does not know a runner's capacity, so both reasons are told, the harmless one first."""
    after = [replace(one, running=1) for one in polls(2, waiting=(JOB,))]
    assert obstacles(readings(after)) == (AtWork(running=1), CounterHeld(job=JOB, counter=9))


def test_a_job_that_only_just_waits_was_not_passed_over() -> None:
    """Of two looks' polls the job saw none."""
    after = [*polls(8), look(NOW + 18, waiting=(JOB,))]
    assert obstacles(readings(after)) == (TooShort(),)


def test_a_short_watch_claims_nothing() -> None:
    """In a second no poll need have come."""
    assert obstacles(readings([look(waiting=(JOB,))], seconds=1)) == (TooShort(),)
    assert obstacles(readings([look(waiting=(JOB,))], seconds=5)) == (Silent(),)


@pytest.mark.parametrize(
    ("labels", "obstacle"),
    [(("deploy:host",), LabelsStoredRaw(labels=("deploy:host",))), (("",), NeverDeclared()), (None, NeverDeclared())],
)
def test_labels_that_fit_no_job_are_no_success(labels: tuple[str, ...] | None, obstacle: Obstacle) -> None:
    """Its polls are quiet and no job fits it, because of what is stored."""
    after = [replace(one, runner=replace(one.runner or REPAIRED, labels=labels)) for one in polls(4, waiting=(JOB,))]
    assert obstacles(readings(after)) == (obstacle, NothingWaited(others=1))
    assert is_settled(readings(after))


@pytest.mark.parametrize(
    ("row", "now"),
    [(COMBINED, "owner_id=1 repo_id=35"), (runner(5), "owner_id=0 repo_id=0"), (None, None)],
)
def test_a_row_that_is_not_right_any_more_outweighs_every_sign(row: ObservedRunner | None, now: str | None) -> None:
    """Written back, widened to the instance or gone: that is told at once and alone."""
    seen = readings([*polls(9), replace(look(given=(THIS,)), runner=row)])
    assert effect_of(seen) == EffectNotSeen(signs=(), obstacles=(RowChangedAgain(now=now),))
    assert is_settled(seen)


def test_what_could_not_be_read_is_told() -> None:
    """Without the job table no pick-up can be seen; the quiet polls are shown and not called the effect."""
    after = [replace(one, running=None, unseen=("SELECT was denied.",)) for one in polls(3, waiting=None)]
    assert effect_of(readings(after)) == EffectNotSeen(
        signs=(PollsQuiet(polls=3, counter=9),), obstacles=(PartUnseen(why="SELECT was denied."),)
    )
    assert is_settled(readings(after))
