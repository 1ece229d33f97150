"""RSD016 combined-value: secrets and variables with both ids set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import CombinedValue, StoredValueKind
from support.diagnosing import found
from support.snapshots import runner, snapshot

KIND = FindingKind.COMBINED_VALUE
SECRET, VARIABLE = StoredValueKind.SECRET, StoredValueKind.VARIABLE


def value(number: int, kind: StoredValueKind = SECRET, name: str = "DEPLOY_KEY") -> CombinedValue:
    return CombinedValue(kind=kind, id=number, name=name, owner_id=1, repo_id=35)


def findings(*values: CombinedValue, major: int | None = 15) -> list[Finding]:
    return found(KIND, replace(snapshot(runner(5), major=major), combined_values=values))


def test_each_table_has_one_warning() -> None:
    """Secrets and variables are counted apart, and named without their values."""
    secrets, variables = findings(value(3), value(4, VARIABLE), value(5))
    assert secrets.severity is variables.severity is Severity.WARNING
    assert secrets.message == "2 secrets have both an owner and a repository"
    assert variables.message == "1 variable has both an owner and a repository"
    assert secrets.evidence[0] == "secret 3 DEPLOY_KEY owner_id=1 repo_id=35"


@pytest.mark.parametrize(("major", "lost"), [(7, False), (8, False), (9, True), (16, True), (None, False)])
def test_secrets_were_found_by_either_id_up_to_8(major: int | None, lost: bool) -> None:
    """Up to 8 the owner's and the repository's look-up each saw them; since 9 neither does (facts 2.4)."""
    (finding,) = findings(value(3), major=major)
    assert ("silently lost" in finding.meaning) == lost
    assert ("every repository of that owner" in finding.meaning) == (not lost)
    assert ("delete each of them" in finding.remedy) == (not lost)


@pytest.mark.parametrize("major", [7, 8, 9, 16, None])
def test_variables_were_always_looked_up_by_both_ids(major: int | None) -> None:
    """No look-up asks for both ids at once, in any version."""
    (finding,) = findings(value(3, VARIABLE), major=major)
    assert "silently lost" in finding.meaning


@pytest.mark.parametrize(("count", "lines"), [(20, 20), (21, 21)])
def test_twenty_are_shown(count: int, lines: int) -> None:
    """The twenty-first line says how many there are."""
    (finding,) = findings(*(value(number) for number in range(count)))
    assert len(finding.evidence) == lines
    assert (finding.evidence[-1] == "the first 20 of 21 are shown") == (count == 21)


def test_none_is_no_finding_and_a_hostile_name_is_quoted() -> None:
    """Names are what somebody typed."""
    assert findings() == []
    (finding,) = findings(value(3, name="A\n::error::B"))
    assert finding.evidence == ('secret 3 "A\n::error::B" owner_id=1 repo_id=35',)
