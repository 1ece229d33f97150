"""JUnit: what a test runner's page shows of a check."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.report.junit import rendered
from support.junit_document import Case, cases, results
from support.outcomes import (
    GAP,
    HEALTHY,
    NEVER_LOOKED,
    OPTIONAL,
    SICK,
    SICK_AND_UNSEEN,
    WARNED,
    WARNED_SNAPSHOT,
    judge,
)
from support.snapshots import runner, snapshot


def told(outcome: CheckOutcome) -> list[Case]:
    """The tests of the document."""
    return cases(rendered(outcome, "0.1.0"))


def test_a_healthy_server_is_one_test_that_passed() -> None:
    """There is always the test of the verdict, so that a page without any test means that no check ran."""
    assert results(told(HEALTHY)) == {"passed"}
    assert told(HEALTHY)[0].name == "every runner has the scope it should have"


def test_a_finding_is_a_test_that_failed() -> None:
    """The user's case fails under its code, with the rows and the next step below it."""
    verdict, finding = told(SICK)
    assert (verdict.result, finding.result, finding.classname) == ("failure", "failure", "RSD001 combined-scope")
    assert finding.message == "active deploy runner rs2000-deploy-host has owner_id=1; expected 0"
    assert "id=5 rs2000-deploy-host owner_id=1 repo_id=35 deleted=NULL" in finding.body.splitlines()
    assert "runner-scope-doctor plan --runner 5" in verdict.message


@pytest.mark.parametrize("outcome", NEVER_LOOKED, ids=["source failed", "nothing judged"])
def test_what_could_not_be_looked_at_is_an_error(outcome: CheckOutcome) -> None:
    """No test passed, and none is a mere failure, when the look was not made."""
    assert results(told(outcome)) == {"error"}


def test_unhealthy_and_unseen_are_both_told() -> None:
    """A finding stays a failure and a gap an error beside each other."""
    assert [one.result for one in told(SICK_AND_UNSEEN)] == ["failure", "failure", "error"]


def test_what_was_optional_fails_nothing() -> None:
    """A source declared optional is shown as a skipped test."""
    outcome = judge(snapshot(runner(5, repo_id=35), unobserved=(OPTIONAL,)))
    assert [(one.result, one.name) for one in told(outcome)] == [
        ("passed", "every runner has the scope it should have"),
        ("skipped", "the API, from the database"),
    ]


def test_a_warning_fails_only_where_it_decides() -> None:
    """Alone it is skipped, with --fail-on warning it is a failure, as the verdict is."""
    assert [one.result for one in told(WARNED)] == ["passed", "skipped"]
    assert [one.result for one in told(judge(WARNED_SNAPSHOT, Severity.WARNING))] == ["failure", "failure"]


def test_the_structure_is_checked_for_real() -> None:
    """The reader of these tests refuses a wrong count and an attribute that the schema does not have."""
    text = rendered(SICK_AND_UNSEEN, "0.1.0")
    assert GAP.reason in text
    for wrong in (text.replace('failures="2"', 'failures="1"'), text.replace("<testcase ", '<testcase line="1" ')):
        with pytest.raises(AssertionError):
            cases(wrong)
