"""SARIF: findings at the line of the contract that declares it otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.contract import ContractLocation
from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.report.sarif import rendered
from support.contracts import contract, declared
from support.examples import EXAMPLES
from support.outcomes import FAILED, HEALTHY, NEVER_LOOKED, OPTIONAL, SICK, SICK_AND_UNSEEN, judge
from support.sarif_document import run_of
from support.snapshots import USERS_CASE, runner, snapshot

DECLARED = diagnosed(snapshot(*USERS_CASE), contract=contract(declared(line=14)), fail_on=Severity.ERROR)


def run(outcome: CheckOutcome) -> dict[str, Any]:  # the test reads a document that was held against its schema
    """The one run of the log."""
    return run_of(rendered(outcome, "0.1.0"))


def test_a_finding_points_at_the_contracts_line() -> None:
    """The user's case, declared on line 14, is an error at runner-scope.yml:14 and names its row."""
    (result,) = run(DECLARED)["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "runner-scope.yml"},
        "region": {"startLine": 14},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "SQLite /srv/forgejo.db action_runner id=5"
    assert (result["ruleId"], result["level"]) == ("RSD001", "error")
    assert result["message"]["text"].startswith("active deploy runner rs2000-deploy-host has owner_id=1; expected 0. ")


def test_without_a_contract_it_names_the_row_alone() -> None:
    """A finding that no line declares has a logical location and no made-up file."""
    (result,) = run(SICK)["results"]
    assert [set(location) for location in result["locations"]] == [{"logicalLocations"}]


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_every_kind_of_finding_can_be_told(kind: FindingKind) -> None:
    """Each code's example makes a log that holds against the schema, with a result of that code."""
    pair = EXAMPLES[kind]
    diagnosis = diagnosed(pair.sick, contract=pair.contract, fail_on=Severity.ERROR, target_major=pair.target_major)
    assert kind.value in {result["ruleId"] for result in run(diagnosis)["results"]}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("runner-scope.yml", "runner-scope.yml"),
        ("/etc/a b/x.yml", "file:///etc/a%20b/x.yml"),
        ("c:x/ü#?%.yml", "c%3Ax/%C3%BC%23%3F%25.yml"),
        ("\udcff::error::\n.yml", "%FF%3A%3Aerror%3A%3A%0A.yml"),
    ],
)
def test_a_path_becomes_a_uri(path: str, uri: str) -> None:
    """Whatever the contract's file is called, its name is a URI reference and nothing else."""
    (finding,) = DECLARED.findings
    moved = replace(DECLARED, findings=(replace(finding, location=ContractLocation(file=path, line=14)),))
    (result,) = run(moved)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize("outcome", [*NEVER_LOOKED, SICK_AND_UNSEEN], ids=["source failed", "nothing judged", "both"])
def test_what_could_not_be_looked_at_is_no_success(outcome: CheckOutcome) -> None:
    """The invocation was not successful and says why, whatever else was found."""
    (invocation,) = run(outcome)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [one["level"] for one in invocation["toolExecutionNotifications"]] == ["error"]


def test_nothing_judged_has_no_results() -> None:
    """An empty list would say that nothing is wrong."""
    assert "results" not in run(FAILED)
    assert run(HEALTHY)["results"] == []


def test_what_was_optional_is_a_note() -> None:
    """The look was successful, and the note says what was not seen."""
    (invocation,) = run(judge(snapshot(runner(5, repo_id=35), unobserved=(OPTIONAL,))))["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [one["level"] for one in invocation["toolExecutionNotifications"]] == ["note"]


def test_a_time_that_no_calendar_has_is_left_out() -> None:
    """A snapshot may claim any second; the log stays valid."""
    assert "endTimeUtc" in run(HEALTHY)["invocations"][0]
    assert "endTimeUtc" not in run(replace(HEALTHY, taken_at=-1))["invocations"][0]
