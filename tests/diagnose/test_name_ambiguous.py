"""RSD004 name-ambiguous: several live rows have a declared name."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, runner, snapshot, through_the_api

KIND = FindingKind.NAME_AMBIGUOUS


def test_two_live_rows_of_a_declared_name_are_an_error() -> None:
    """Both are shown, with the deleted ones of the name before them."""
    one, two, old = runner(5, repo_id=35), runner(9), runner(4, deleted=NOW)
    (finding,) = found(KIND, snapshot(two, old, one), contract())
    assert finding.severity is Severity.ERROR
    assert finding.message == "2 live runners are called rs2000-deploy-host: 5, 9"
    assert finding.rows == (old, one, two)
    assert finding.runner is None
    assert finding.location is not None


@pytest.mark.parametrize(
    "other", [runner(6, name="RS2000-deploy-host"), runner(6, deleted=NOW), runner(6, name="rs2000-deploy-host ")]
)
def test_one_live_row_is_enough_to_know_which_is_meant(other: ObservedRunner) -> None:
    """A deleted row of the name, and a live one of nearly the name, make nothing ambiguous."""
    assert found(KIND, snapshot(runner(5, repo_id=35), other), contract()) == []


def test_names_nobody_declared_may_be_shared() -> None:
    """Ephemeral runners all have one name, and nothing is wrong with that."""
    assert found(KIND, snapshot(runner(5), runner(6)), None) == []
    assert found(KIND, snapshot(runner(5, name="x"), runner(6, name="x"), runner(7)), contract()) == []


def test_a_list_of_less_than_everything_is_enough_to_see_two() -> None:
    """What is ambiguous in a part is ambiguous in the whole."""
    assert len(found(KIND, through_the_api(snapshot(runner(5), runner(6)), listed=True), contract())) == 1


def test_a_crowd_is_counted_and_twenty_are_shown() -> None:
    """21 rows of one name: 20 stand in the report, the count says 21."""
    (finding,) = found(KIND, snapshot(*(runner(number) for number in range(1, 22))), contract())
    assert finding.message.startswith("21 live runners are called rs2000-deploy-host: 1, 2, ")
    assert finding.message.endswith("19, 20 and more")
    assert len(finding.rows) == 20
    assert finding.evidence == ("the first 20 of 21 are shown",)
