"""docs/monitoring.md and its alert rules are about the metrics that are written, and the rules fire when they should."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.report.prometheus import METRICS, rendered
from support.alert_rules import fires, names
from support.command import ROOT
from support.exposition import samples
from support.outcomes import FAILED, HEALTHY, SICK, SICK_AND_UNSEEN, UNSEEN, WARNED
from support.snapshots import NOW

PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
RULES = ROOT / "docs" / "alerts" / "runner-scope.rules.yml"
SICK_ALERT, UNSEEN_ALERT, STALE_ALERT = "RunnerScopeSick", "RunnerScopeInconclusive", "RunnerScopeCheckNotRun"


def rules() -> dict[str, dict[str, Any]]:  # a test reads a document of any form
    """The rules of the file, by the names of their alerts."""
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def firing(text: str, *, now: int) -> set[str]:
    """The alerts that fire on such a file at that second, waiting times left aside."""
    found = samples(text) if text else []
    return {alert for alert, rule in rules().items() if fires(rule["expr"], found, now=now)}


def file_of(outcome: CheckOutcome) -> str:
    """What a check writes that ended just now."""
    return rendered(outcome, check="forgejo", now=NOW, last_success=None, tool_version="0.1.0")


@pytest.mark.parametrize(
    ("outcome", "alerts"),
    [
        (HEALTHY, set()),
        (WARNED, set()),
        (SICK, {SICK_ALERT}),
        (SICK_AND_UNSEEN, {SICK_ALERT, UNSEEN_ALERT}),
        (UNSEEN, {UNSEEN_ALERT}),
        (FAILED, {UNSEEN_ALERT}),
    ],
    ids=["healthy", "warned", "sick", "sick and unseen", "source failed", "nothing judged"],
)
def test_each_alert_fires_on_its_outcome(outcome: CheckOutcome, alerts: set[str]) -> None:
    """Sick and inconclusive are told apart, and a healthy check is quiet."""
    assert firing(file_of(outcome), now=NOW) == alerts


@pytest.mark.parametrize(
    ("later", "alerts"), [(7200, set()), (7201, {STALE_ALERT}), (-300, set()), (-301, {STALE_ALERT})]
)
def test_a_check_that_does_not_run_is_noticed(later: int, alerts: set[str]) -> None:
    """After two hours, or with a clock that is ahead, a healthy file alarms."""
    assert firing(file_of(HEALTHY), now=NOW + later) == alerts


def test_no_file_at_all_is_noticed() -> None:
    """A check that never ran has no series to be old."""
    assert firing("", now=NOW) == {STALE_ALERT}


def test_rules_read_only_what_is_written() -> None:
    """Every metric a rule names is one of ours, and every rule says what to do."""
    for rule in rules().values():
        assert names(rule["expr"])
        assert names(rule["expr"]) <= set(METRICS)
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert set(re.findall(r"\$labels\.([a-z_]+)", str(rule["annotations"]))) <= {"check", "instance"}


def test_the_page_lists_the_metrics_and_the_alerts() -> None:
    """Its tables are the program's list and the file's, in their order."""
    assert dict(re.findall(r"^\| `(runner_scope_doctor_\w+)` \| (.*) \|$", PAGE, re.MULTILINE)) == METRICS
    assert re.findall(r"^\| `(RunnerScope\w+)` \|", PAGE, re.MULTILINE) == list(rules())


def test_the_page_lists_the_labels() -> None:
    """No label is written that the page does not know, and none is promised that is not written."""
    table = PAGE.split("| label | on | values |")[1].split("\n\n")[0]
    listed = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == {label for one in samples(file_of(SICK_AND_UNSEEN)) for label in one.labels}
