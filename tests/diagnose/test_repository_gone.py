"""RSD007 repository-gone: the repository a runner serves does not exist."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, NotRepairable, Severity
from runner_scope_doctor.model.runner import Absent, NotANumber, ObservedId
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, PLATFORM, runner, snapshot

KIND = FindingKind.REPOSITORY_GONE
GONE = (PLATFORM, Absent(id=99))


@pytest.mark.parametrize("owner_id", [0, None, 1])
def test_a_repository_without_a_row_is_an_error(owner_id: ObservedId) -> None:
    """For a repository's runner and for a combined one: there is no scope to go back to."""
    (finding,) = found(KIND, snapshot(runner(5, owner_id=owner_id, repo_id=99), repositories=GONE))
    assert finding.severity is Severity.ERROR
    assert finding.message == "runner rs2000-deploy-host serves repository 99, which does not exist"
    assert isinstance(finding.repair, NotRepairable)


@pytest.mark.parametrize("repo_id", [35, 98, 0, None, NotANumber(text="99")])
def test_only_an_id_that_was_looked_up_in_vain_is_gone(repo_id: ObservedId) -> None:
    """A repository that is there, one nobody looked up, none at all, and no number are not gone."""
    assert found(KIND, snapshot(runner(5, repo_id=repo_id), repositories=GONE)) == []


def test_deleted_rows_are_not_judged() -> None:
    """Deleting a repository soft-deletes its runners, which is how it should be."""
    assert found(KIND, snapshot(runner(5, repo_id=99, deleted=NOW), repositories=GONE)) == []


def test_declared_or_not_it_is_an_error() -> None:
    """The rule holds for every server."""
    for agreed in (None, contract()):
        (finding,) = found(KIND, snapshot(runner(5, repo_id=99), repositories=GONE), agreed)
        assert finding.severity is Severity.ERROR


def test_a_combined_row_may_refuse_to_be_deleted() -> None:
    """From 16 on deleting a row with both ids answers 500 (facts 2.3), so the remedy sends to the page."""
    (clean,) = found(KIND, snapshot(runner(5, repo_id=99), repositories=GONE))
    (combined,) = found(KIND, snapshot(runner(5, owner_id=1, repo_id=99), repositories=GONE, major=16))
    assert "explain RSD007" not in clean.remedy
    assert "explain RSD007" in combined.remedy
