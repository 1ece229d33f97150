"""RSD011 never-declared: a runner without any declared label."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import UnreadableLabels
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, runner, snapshot, through_the_api

KIND = FindingKind.NEVER_DECLARED
REGISTERED = [None, (), ("",)]
"""SQL NULL or JSON null (API, web page), `[]`, and what `forgejo-cli actions register` stores without --labels."""


@pytest.mark.parametrize("labels", REGISTERED)
def test_a_declared_runner_without_labels_is_an_error(labels: tuple[str, ...] | None) -> None:
    """Whether or not the contract names labels: such a runner can be given nothing."""
    (finding,) = found(KIND, snapshot(runner(5, repo_id=35, labels=labels)), contract())
    assert finding.severity is Severity.ERROR
    assert finding.message == "runner rs2000-deploy-host has no declared label"
    assert finding.location is not None


@pytest.mark.parametrize("labels", [("deploy",), ("", "deploy"), (" ",), UnreadableLabels(text="[")])
def test_any_label_was_declared_by_someone(labels: tuple[str, ...] | UnreadableLabels) -> None:
    """Labels that cannot be read are not known to be none."""
    assert found(KIND, snapshot(runner(5, labels=labels)), contract()) == []


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (1, "1 undeclared runner has no declared label"),
        (20, "20 undeclared runners have no declared label"),
        (21, "21 undeclared runners have no declared label"),
    ],
)
def test_undeclared_runners_are_one_warning(count: int, message: str) -> None:
    """However many there are, one finding counts them and shows the first twenty by id."""
    rows = [runner(number, name=f"builder-{number}", labels=None) for number in range(10, 10 + count)]
    for agreed in (None, contract()):
        (finding,) = found(KIND, snapshot(runner(5, repo_id=35), *reversed(rows)), agreed)
        assert finding.severity is Severity.WARNING
        assert finding.message == message
        assert finding.rows == tuple(rows[:20])
        assert finding.evidence == (("the first 20 of 21 are shown",) if count == 21 else ())


def test_declared_and_undeclared_runners_are_told_apart() -> None:
    """An error for the one that was promised, a warning for the rest."""
    seen = through_the_api(snapshot(runner(5, labels=None), runner(6, name="x", labels=None)), listed=True)
    assert [finding.severity for finding in found(KIND, seen, contract())] == [Severity.ERROR, Severity.WARNING]


def test_deleted_rows_are_not_judged() -> None:
    """A runner that was deleted before it ever started is nobody's trouble."""
    assert found(KIND, snapshot(runner(5, labels=None, deleted=NOW)), contract()) == []
