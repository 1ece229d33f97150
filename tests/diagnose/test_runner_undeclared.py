"""RSD005 runner-undeclared: live runners that no contract entry names, in one finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.contract import UndeclaredRule
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import Coverage
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, nothing_seen, runner, snapshot, through_the_api

KIND = FindingKind.RUNNER_UNDECLARED
WARN = contract(undeclared=UndeclaredRule.WARN)
DECLARED = runner(5, repo_id=35)


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        (UndeclaredRule.IGNORE, None),
        (UndeclaredRule.WARN, Severity.WARNING),
        (UndeclaredRule.FAIL, Severity.ERROR),
    ],
)
def test_the_contract_says_how_bad_it_is(rule: UndeclaredRule, severity: Severity | None) -> None:
    """`ignore` says nothing, `warn` warns, `fail` makes the verdict unhealthy."""
    findings = found(KIND, snapshot(DECLARED, runner(6, name="builder")), contract(undeclared=rule))
    assert [finding.severity for finding in findings] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("count", "message", "shown"),
    [
        (1, "1 live runner of this server is not in the contract", 1),
        (20, "20 live runners of this server are not in the contract", 20),
        (21, "21 live runners of this server are not in the contract", 20),
    ],
)
def test_one_finding_counts_all_and_shows_twenty(count: int, message: str, shown: int) -> None:
    """The lowest ids are shown; that there are more is said from the twenty-first on."""
    rows = [runner(number, name=f"builder-{number}") for number in range(100, 100 + count)]
    (finding,) = found(KIND, snapshot(DECLARED, *reversed(rows)), WARN)
    assert finding.message == message
    assert finding.rows == tuple(rows[:shown])
    assert finding.evidence == (() if count <= 20 else ("the first 20 of 21 are shown",))


def test_nobody_undeclared_is_no_finding() -> None:
    """Declared rows, all rows of an ambiguous declared name, and deleted rows are not undeclared."""
    assert found(KIND, snapshot(DECLARED), WARN) == []
    assert found(KIND, snapshot(DECLARED, runner(6)), WARN) == []
    assert found(KIND, snapshot(DECLARED, runner(6, name="builder", deleted=NOW)), WARN) == []
    assert found(KIND, snapshot(DECLARED, runner(6, name="builder"))) == []


def test_a_name_in_other_letters_is_undeclared() -> None:
    """Names are compared to the letter; a row without a name is nobody's either."""
    (finding,) = found(KIND, snapshot(DECLARED, runner(6, name="RS2000-deploy-host"), runner(7, name="")), WARN)
    assert finding.message.startswith("2 live runners")


def test_healthy_rows_a_look_left_out_are_counted() -> None:
    """Candidates leave healthy undeclared rows out: of 90 live rows one is declared, so 89 are not."""
    seen = replace(snapshot(DECLARED, runner(6, name="builder")), coverage=Coverage.CANDIDATES, live_runners=90)
    (finding,) = found(KIND, seen, WARN)
    assert finding.message.startswith("89 live runners")
    assert finding.evidence == ("the first 20 of 89 are shown",)


@pytest.mark.parametrize(("counted", "rows", "expected"), [(0, 1, None), (1, 3, 2), (0, 2, 1)])
def test_rows_that_came_between_counting_and_reading_do_not_confuse(
    counted: int, rows: int, expected: int | None
) -> None:
    """The count is a read of its own: it is never below what was seen, and never negative."""
    more = [runner(number, name=f"builder-{number}") for number in range(6, 5 + rows)]
    seen = replace(snapshot(DECLARED, *more), coverage=Coverage.CANDIDATES, live_runners=counted)
    messages = [finding.message for finding in found(KIND, seen, WARN)]
    assert [int(message.split()[0]) for message in messages] == ([] if expected is None else [expected])


def test_a_token_counts_only_what_it_lists() -> None:
    """The list of one repository says nothing of the server's other runners."""
    listed = through_the_api(snapshot(DECLARED, runner(6, name="builder")), listed=True)
    (finding,) = found(KIND, listed, WARN)
    assert finding.message == "1 live runner in the list that was read is not in the contract"


def test_nothing_seen_is_nobody_undeclared() -> None:
    """A look that failed has no rows to name."""
    assert found(KIND, nothing_seen(), WARN) == []
