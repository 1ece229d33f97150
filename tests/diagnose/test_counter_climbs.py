"""RSD015 counter-climbs: a counter of work rises although no work came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import CounterSample, Snapshot
from support.diagnosing import found
from support.snapshots import NOW, runner, snapshot

KIND = FindingKind.COUNTER_CLIMBS
COMBINED = runner(5, owner_id=1, repo_id=35)


def sampled(first: int, second: int, changed_jobs: int = 0) -> Snapshot:
    sample = CounterSample(repo_id=35, first=first, second=second, seconds=10, changed_jobs=changed_jobs)
    return replace(snapshot(COMBINED), counters=(sample,))


@pytest.mark.parametrize(
    ("first", "second", "changed_jobs", "climbs"),
    [
        (40, 45, 0, True),
        (40, 42, 0, True),
        (40, 41, 0, False),
        (40, 40, 0, False),
        (40, 3, 0, False),
        (40, 43, 1, False),
        (40, 44, 1, False),
        (40, 45, 1, True),
        (40, 47, 2, False),
        (40, 48, 2, True),
    ],
)
def test_two_raises_that_no_job_explains_are_enough(first: int, second: int, changed_jobs: int, climbs: bool) -> None:
    """A job raises it when it is queued, released and finished, three times; one raise more may be a deleted job."""
    assert len(found(KIND, sampled(first, second, changed_jobs))) == climbs


def test_it_is_a_warning_that_names_the_runner_that_polls() -> None:
    """One poll every two seconds makes five in ten; the combined rows of that repository are shown."""
    other = runner(6, owner_id=1, repo_id=36)
    gone = replace(COMBINED, id=7, deleted=NOW)
    seen = replace(sampled(40, 45), runners=(COMBINED, other, gone, runner(8, repo_id=35)))
    (finding,) = found(KIND, seen)
    assert finding.severity is Severity.WARNING
    assert finding.message == "the work counter of repository 35 climbed by 5 in 10 s while 0 of its jobs changed"
    assert finding.rows == (COMBINED,)


def test_each_repository_is_judged_by_its_own_counter() -> None:
    """The counters of two repositories do not add up."""
    quiet = CounterSample(repo_id=36, first=40, second=41, seconds=10, changed_jobs=0)
    seen = sampled(40, 45)
    (finding,) = found(KIND, replace(seen, counters=(*seen.counters, quiet)))
    assert "repository 35" in finding.message
