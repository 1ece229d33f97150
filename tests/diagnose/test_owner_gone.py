"""RSD008 owner-gone: the owner of a runner does not exist."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import Absent, NotANumber, ObservedId
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, PLATFORM, TEAM, runner, snapshot

KIND = FindingKind.OWNER_GONE
GONE = (TEAM, Absent(id=9))


def only(repo_id: ObservedId) -> Finding:
    seen = snapshot(runner(5, owner_id=9, repo_id=repo_id), owners=GONE, repositories=(PLATFORM, Absent(id=99)))
    (finding,) = found(KIND, seen)
    return finding


def test_a_combined_row_would_be_deleted_although_its_repository_exists() -> None:
    """`forgejo doctor check --all --fix` removes every row whose owner is gone, whatever its repo_id (facts 2.1)."""
    finding = only(35)
    assert finding.severity is Severity.ERROR
    assert finding.message == "runner rs2000-deploy-host belongs to owner 9, who does not exist"
    assert "`forgejo doctor check --all --fix` would delete this row for good, although its repository exists" in (
        finding.meaning
    )
    assert finding.remedy == (
        "Do not run `forgejo doctor check --all --fix` before runner 5 is dealt with: clear its owner as RSD001 says."
    )


@pytest.mark.parametrize("repo_id", [99, 98, NotANumber(text="x")])
def test_what_nobody_saw_is_not_said_to_exist(repo_id: ObservedId) -> None:
    """A combined row whose repository is gone too, or was not looked up, is warned of without that promise."""
    finding = only(repo_id)
    assert "although its repository exists" not in finding.meaning
    assert "owner-level" not in finding.meaning
    assert "Do not run `forgejo doctor check --all --fix`" in finding.remedy


@pytest.mark.parametrize("repo_id", [0, None])
def test_an_owners_runner_can_be_given_nothing(repo_id: ObservedId) -> None:
    """Nothing is lost with the row of an owner-level runner, so the remedy is to delete it."""
    finding = only(repo_id)
    assert finding.meaning.startswith("A runner of an owner who is gone can be given nothing")
    assert "delete runner 5" in finding.remedy


@pytest.mark.parametrize("owner_id", [1, 8, 0, None, NotANumber(text="9")])
def test_only_an_id_that_was_looked_up_in_vain_is_gone(owner_id: ObservedId) -> None:
    """An owner that is there, one nobody looked up, none at all, and no number are not gone."""
    assert found(KIND, snapshot(runner(5, owner_id=owner_id), owners=GONE)) == []


def test_deleted_rows_are_not_judged_and_declared_ones_no_harder() -> None:
    """Deleting an account soft-deletes its runners; a live row is an error in any case."""
    assert found(KIND, snapshot(runner(5, owner_id=9, deleted=NOW), owners=GONE)) == []
    for agreed in (None, contract()):
        (finding,) = found(KIND, snapshot(runner(5, owner_id=9), owners=GONE), agreed)
        assert finding.severity is Severity.ERROR
