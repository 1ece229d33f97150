"""RSD010 labels-missing: a declared runner lacks labels the contract asks for."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import UnreadableLabels
from support.contracts import contract, declared
from support.diagnosing import found
from support.snapshots import NOW, runner, snapshot, through_the_api

KIND = FindingKind.LABELS_MISSING
WANTED = contract(declared(labels=("deploy", "docker")))


@pytest.mark.parametrize(
    ("labels", "lacks"),
    [
        (("deploy",), "lacks the label docker"),
        (("Deploy", "docker"), "lacks the label deploy"),
        (("deploy ", "docker"), "lacks the label deploy"),
        (("deploy-docker",), "lacks the labels deploy, docker"),
        (("other", ""), "lacks the labels deploy, docker"),
        (UnreadableLabels(text="{"), "lacks the labels deploy, docker"),
    ],
)
def test_a_missing_label_is_an_error(labels: tuple[str, ...] | UnreadableLabels, lacks: str) -> None:
    """Labels are whole words, upper and lower case being different (facts 14)."""
    (finding,) = found(KIND, snapshot(runner(5, repo_id=35, labels=labels)), WANTED)
    assert finding.message == f"runner rs2000-deploy-host {lacks}"
    assert finding.severity is Severity.ERROR
    assert finding.location is not None


@pytest.mark.parametrize("labels", [("deploy", "docker"), ("x", "docker", "deploy"), ("docker", "deploy", "deploy")])
def test_more_labels_than_asked_for_are_fine(labels: tuple[str, ...]) -> None:
    """All that the contract names must be there; order and further ones do not matter."""
    assert found(KIND, snapshot(runner(5, repo_id=35, labels=labels)), WANTED) == []


@pytest.mark.parametrize("labels", [None, (), ("",), ("deploy:host", "docker"), ("deploy:host",)])
def test_what_another_rule_explains_is_said_once(labels: tuple[str, ...] | None) -> None:
    """RSD011 tells of runners that never declared, RSD012 of labels stored with `:host`."""
    assert found(KIND, snapshot(runner(5, repo_id=35, labels=labels)), WANTED) == []


def test_labels_are_judged_only_where_the_contract_names_them() -> None:
    """Without the key, without an entry and without a contract nothing was promised; deleted rows are not judged."""
    seen = snapshot(runner(5, repo_id=35, labels=("other",)))
    assert found(KIND, seen, contract()) == []
    assert found(KIND, seen, contract(declared("other", labels=("deploy",)))) == []
    assert found(KIND, seen) == []
    assert found(KIND, snapshot(runner(5, repo_id=35, labels=("other",), deleted=NOW)), WANTED) == []


def test_the_api_shows_labels_too() -> None:
    """Its runner list has the labels as declared."""
    assert len(found(KIND, through_the_api(snapshot(runner(5, labels=("other",))), listed=True), WANTED)) == 1


def test_hostile_labels_are_quoted() -> None:
    """A label's line end does not start a line of ours."""
    (finding,) = found(KIND, snapshot(runner(5, repo_id=35, labels=("x\n##[error]y",))), WANTED)
    assert finding.evidence == ('labels as stored: "x\n##[error]y"',)
