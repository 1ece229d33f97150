"""RSD020 upgrade-hazard: an upgrade to 16 would stop the combined runners for good."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, runner, snapshot, through_the_api

KIND = FindingKind.UPGRADE_HAZARD
COMBINED = runner(5, owner_id=1, repo_id=35)


@pytest.mark.parametrize(
    ("present", "target", "hazard"),
    [
        (7, 16, True),
        (15, 16, True),
        (15, 17, True),
        (None, 16, True),
        (15, 15, False),
        (11, 15, False),
        (15, None, False),
        (16, 16, False),
        (16, 17, False),
        (None, None, False),
    ],
)
def test_the_hazard_is_the_step_over_16(present: int | None, target: int | None, hazard: bool) -> None:
    """Since 16 the server refuses such rows (facts 2.3); who is there already has RSD001 alone."""
    findings = found(KIND, snapshot(COMBINED, major=present), target_major=target)
    assert [finding.severity for finding in findings] == ([Severity.ERROR] if hazard else [])


@pytest.mark.parametrize(
    "row", [runner(5, repo_id=35), runner(5, owner_id=1), runner(5), runner(5, owner_id=1, repo_id=35, deleted=NOW)]
)
def test_clean_and_deleted_rows_are_safe(row: ObservedRunner) -> None:
    """16 refuses live rows with both ids, and nothing else."""
    assert found(KIND, snapshot(row), contract(), target_major=16) == []


def test_all_combined_runners_are_counted_and_twenty_shown() -> None:
    """21 rows stop; the list of a token that sees less counts what it sees."""
    rows = [runner(number, owner_id=1, repo_id=35) for number in range(1, 22)]
    (finding,) = found(KIND, snapshot(*rows), target_major=16)
    assert finding.message == "21 combined runners would stop for good after an upgrade to 16"
    assert finding.rows == tuple(rows[:20])
    assert finding.evidence == ("the first 20 of 21 are shown",)
    (one,) = found(KIND, through_the_api(snapshot(COMBINED), listed=True), target_major=16)
    assert one.message == "1 combined runner would stop for good after an upgrade to 16"
