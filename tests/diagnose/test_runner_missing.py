"""RSD003 runner-missing: no live row has a declared name."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.scope import InstanceScope
from runner_scope_doctor.model.snapshot import Need
from support.contracts import contract, declared
from support.diagnosing import diagnosis, found, unseen
from support.snapshots import NOW, USERS_CASE, nothing_seen, runner, snapshot, through_the_api

KIND = FindingKind.RUNNER_MISSING
OTHER = runner(6, name="builder")


def test_a_declared_name_without_a_live_row_is_an_error() -> None:
    """The soft-deleted row of that name is shown, and does not count as the runner."""
    (finding,) = found(KIND, snapshot(USERS_CASE[0], OTHER), contract())
    assert finding.severity is Severity.ERROR
    assert finding.message == "no live runner is called rs2000-deploy-host"
    assert finding.rows == (USERS_CASE[0],)
    assert finding.location is not None


@pytest.mark.parametrize("name", ["RS2000-deploy-host", "rs2000-deploy-host ", "rs2000-deploy-hosts"])
def test_the_nearest_other_name_is_not_the_runner(name: str) -> None:
    """Names are compared to the letter, as the contract says."""
    assert len(found(KIND, snapshot(runner(5, name=name)), contract())) == 1


@pytest.mark.parametrize("deleted", [None, 0])
def test_a_live_row_of_any_scope_is_there(deleted: int | None) -> None:
    """Live is `deleted` NULL or 0; a sick scope is another finding."""
    assert found(KIND, snapshot(runner(5, owner_id=1, repo_id=35, deleted=deleted)), contract()) == []


def test_what_a_token_may_not_list_is_not_missing() -> None:
    """The list of one repository does not hold the runners of another: one gap names all of them."""
    listed = through_the_api(snapshot(OTHER), listed=True)
    agreed = contract(declared(), declared("second", InstanceScope(), line=9))
    assert found(KIND, listed, agreed) == []
    (gap,) = unseen(listed, agreed)
    assert gap.need is Need.REQUIRED
    assert gap.what == "2 declared runners: rs2000-deploy-host, second"


def test_the_admin_list_shows_every_live_row() -> None:
    """With `visible=true` it lists the whole instance, so what it lacks is missing."""
    assert len(found(KIND, through_the_api(snapshot(OTHER)), contract())) == 1


def test_nothing_is_missing_from_a_table_nobody_read() -> None:
    """When every source failed the verdict is inconclusive, not unhealthy."""
    judged = diagnosis(nothing_seen(), contract())
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.findings == ()
    assert "1 declared runner: rs2000-deploy-host" in {gap.what for gap in judged.unobserved}


def test_a_long_list_of_unseen_runners_is_cut() -> None:
    """Twenty names and the number of the others: 25 declared, 5 not named."""
    agreed = contract(*(declared(f"runner-{number}") for number in range(25)))
    (gap,) = unseen(through_the_api(snapshot(OTHER), listed=True), agreed)
    assert gap.what.startswith("25 declared runners: runner-0, ")
    assert gap.what.endswith("runner-19 and 5 more")


def test_each_missing_runner_is_a_finding_of_its_own() -> None:
    """Each has its own line in the contract and its own remedy."""
    agreed = contract(declared(), declared("second", InstanceScope(), line=9))
    one, two = found(KIND, snapshot(OTHER), agreed)
    assert "Register rs2000-deploy-host for repository platform-team/platform (id 35) with a token" in one.remedy
    assert two.remedy == "Register second for the whole instance, or take it out of the contract."


def test_only_a_contract_can_miss_a_runner() -> None:
    """Without one nothing was promised."""
    assert found(KIND, snapshot(runner(4, deleted=NOW))) == []
