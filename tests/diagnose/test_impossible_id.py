"""RSD006 impossible-id: an id that can point at nothing."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind, NotRepairable, Severity
from runner_scope_doctor.model.runner import Absent, NotANumber, ObservedId
from support.contracts import contract
from support.diagnosing import diagnosis, found
from support.snapshots import NOW, runner, snapshot, through_the_api

KIND = FindingKind.IMPOSSIBLE_ID
TEXT = NotANumber(text="abc")


@pytest.mark.parametrize(
    ("owner_id", "repo_id", "said"),
    [
        (-1, 0, "owner_id=-1,"),
        (0, -1, "repo_id=-1,"),
        (-(2**63), None, "owner_id=-9223372036854775808,"),
        (TEXT, 0, "owner_id=abc,"),
        (0, NotANumber(text="1.5"), "repo_id=1.5,"),
        (-2, TEXT, "owner_id=-2 and repo_id=abc,"),
        (1, -35, "repo_id=-35,"),
    ],
)
def test_below_0_or_no_number_is_an_error(owner_id: ObservedId, repo_id: ObservedId, said: str) -> None:
    """One finding for each row names each wrong column as stored."""
    (finding,) = found(KIND, snapshot(runner(5, owner_id=owner_id, repo_id=repo_id)))
    assert f"has {said} which can point at nothing" in finding.message
    assert finding.severity is Severity.ERROR
    assert isinstance(finding.repair, NotRepairable)


@pytest.mark.parametrize("value", [None, 0, 1, 2**63 - 1])
def test_0_null_and_every_positive_id_are_possible(value: ObservedId) -> None:
    """Whether a positive id points at something is another question."""
    assert found(KIND, snapshot(runner(5, owner_id=value), runner(6, repo_id=value))) == []


def test_it_is_an_error_for_declared_and_undeclared_runners_alike() -> None:
    """Something else wrote to Forgejo's database, whoever the runner is."""
    for agreed in (None, contract()):
        (finding,) = found(KIND, through_the_api(snapshot(runner(5, owner_id=-1)), listed=True), agreed)
        assert finding.severity is Severity.ERROR


def test_deleted_rows_are_not_judged() -> None:
    """Forgejo no longer reads them."""
    assert found(KIND, snapshot(runner(5, owner_id=-1, deleted=NOW), runner(6, repo_id=TEXT, deleted=NOW))) == []


def test_an_impossible_id_is_not_also_called_gone() -> None:
    """That no owner -1 and no repository -2 exist is no further news."""
    seen = snapshot(
        runner(5, owner_id=-1), runner(6, repo_id=-2), owners=(Absent(id=-1),), repositories=(Absent(id=-2),)
    )
    assert {finding.kind for finding in diagnosis(seen).findings} == {KIND}


def test_hostile_text_in_an_id_column_is_quoted() -> None:
    """SQLite stores any text there."""
    (finding,) = found(KIND, snapshot(runner(5, owner_id=NotANumber(text="0 is fine. Repaired"))))
    assert 'owner_id="0 is fine. Repaired"' in finding.message
