"""RSD017 witnesses-disagree: database and API tell the same runner differently."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import Difference
from support.diagnosing import found
from support.snapshots import runner, snapshot

KIND = FindingKind.WITNESSES_DISAGREE


def point(number: int, database: str = "35", api: str = "36") -> Difference:
    return Difference(runner_id=number, what="repo_id", database=database, api=api)


def test_confirmed_differences_are_one_error() -> None:
    """Each point stands in a line with what either said."""
    (finding,) = found(KIND, replace(snapshot(runner(5)), differences=(point(5), point(6, "absent", "there"))))
    assert finding.severity is Severity.ERROR
    assert finding.message == "database and API disagree in 2 points"
    assert finding.evidence == (
        "runner 5: repo_id is 35 in the database and 36 over the API",
        "runner 6: repo_id is absent in the database and there over the API",
    )


@pytest.mark.parametrize(("count", "lines"), [(0, None), (1, 1), (20, 20), (21, 21)])
def test_twenty_points_are_shown(count: int, lines: int | None) -> None:
    """No difference is no finding; of 21 the last line tells."""
    seen = replace(snapshot(runner(5)), differences=tuple(point(number) for number in range(count)))
    findings = found(KIND, seen)
    assert [len(finding.evidence) for finding in findings] == ([] if lines is None else [lines])
    assert count < 21 or findings[0].evidence[-1] == "the first 20 of 21 are shown"


def test_hostile_values_are_quoted() -> None:
    """A runner's name is what either witness says it is."""
    (finding,) = found(KIND, replace(snapshot(runner(5)), differences=(point(5, "a b", "x\n::error::y"),)))
    assert finding.evidence == ('runner 5: repo_id is "a b" in the database and "x\n::error::y" over the API',)
