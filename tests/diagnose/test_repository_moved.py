"""RSD009 repository-moved: the repository of a combined row has another owner by now."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import Absent, NotANumber, ObservedId, ObservedOwner
from runner_scope_doctor.model.scope import OwnerKind
from support.contracts import contract
from support.diagnosing import found
from support.snapshots import NOW, PLATFORM, TEAM, runner, snapshot

KIND = FindingKind.REPOSITORY_MOVED
ALICE = ObservedOwner(id=2, name="alice", kind=OwnerKind.USER)


def test_a_combined_row_that_names_the_owner_of_before_is_a_warning() -> None:
    """A transfer does not touch action_runner (facts 2.2): the row keeps the owner it was registered with."""
    seen = snapshot(runner(5, owner_id=2, repo_id=35), owners=(TEAM, ALICE))
    for agreed in (None, contract()):
        (finding,) = found(KIND, seen, agreed)
        assert finding.severity is Severity.WARNING
        assert finding.message == (
            "runner rs2000-deploy-host names owner 2, but repository 35 is now platform-team/platform of owner 1"
        )
        assert "deleting that account or organization would delete it" in finding.meaning


def test_an_owner_who_is_gone_has_no_list() -> None:
    """Then RSD008 says what threatens the row, and this finding does not speak of the old owner's list."""
    (finding,) = found(KIND, snapshot(runner(5, owner_id=9, repo_id=35), owners=(TEAM, Absent(id=9))))
    assert "gone, as RSD008 says" in finding.meaning
    assert "list" not in finding.meaning


@pytest.mark.parametrize(
    ("owner_id", "repo_id"),
    [(1, 35), (0, 35), (None, 35), (2, 0), (2, None), (2, 36), (-1, 35), (NotANumber(text="2"), 35), (2, 99)],
)
def test_anything_else_has_not_moved(owner_id: ObservedId, repo_id: ObservedId) -> None:
    """The present owner's row, clean rows, a repository that is gone or was not looked up, and an impossible owner."""
    seen = snapshot(runner(5, owner_id=owner_id, repo_id=repo_id), repositories=(PLATFORM, Absent(id=99)))
    assert found(KIND, seen) == []


def test_deleted_rows_are_not_judged() -> None:
    """Nobody can delete a row twice."""
    assert found(KIND, snapshot(runner(5, owner_id=2, repo_id=35, deleted=NOW))) == []
