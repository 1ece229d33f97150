"""RSD012 labels-raw: labels stored with their `:host` or `:docker` part."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import UnreadableLabels
from support.contracts import contract, declared
from support.diagnosing import diagnosis, found
from support.snapshots import NOW, runner, snapshot

KIND = FindingKind.LABELS_RAW


@pytest.mark.parametrize(
    "labels", [("deploy:host",), ("deploy", "docker:docker://node:22"), ("deploy:host", "deploy"), (":",)]
)
def test_a_colon_is_an_error_for_a_declared_runner(labels: tuple[str, ...]) -> None:
    """The service strips everything from the first colon before it declares, so a stored colon was never declared."""
    (finding,) = found(KIND, snapshot(runner(5, repo_id=35, labels=labels)), contract())
    assert finding.severity is Severity.ERROR
    assert finding.message == "runner rs2000-deploy-host has labels stored with a part such as `:host`"


@pytest.mark.parametrize("labels", [("deploy",), ("deploy-host",), (), None, ("",), UnreadableLabels(text="a:b")])
def test_labels_without_a_colon_are_fine(labels: tuple[str, ...] | UnreadableLabels | None) -> None:
    """Labels that cannot be read are not known to hold one."""
    assert found(KIND, snapshot(runner(5, labels=labels)), contract()) == []


def test_undeclared_runners_are_one_warning() -> None:
    """21 rows: one warning, twenty of them shown."""
    rows = [runner(number, name=f"builder-{number}", labels=("x:host",)) for number in range(10, 31)]
    (finding,) = found(KIND, snapshot(*rows))
    assert finding.severity is Severity.WARNING
    assert finding.message == "21 undeclared runners have labels stored with a part such as `:host`"
    assert finding.rows == tuple(rows[:20])
    assert finding.evidence == ("the first 20 of 21 are shown",)


def test_it_is_said_once() -> None:
    """A declared runner that lacks `deploy` because `deploy:host` is stored has one finding, not two."""
    seen = snapshot(runner(5, repo_id=35, labels=("deploy:host",)))
    assert [one.kind for one in diagnosis(seen, contract(declared(labels=("deploy",)))).findings] == [KIND]


def test_deleted_rows_are_not_judged() -> None:
    """Their labels match nothing any more."""
    assert found(KIND, snapshot(runner(5, labels=("deploy:host",), deleted=NOW)), contract()) == []
