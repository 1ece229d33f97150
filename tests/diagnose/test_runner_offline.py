"""RSD013 runner-offline: a declared runner was not seen for longer than allowed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner, RunnerStatus
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved
from support.contracts import contract, declared
from support.diagnosing import found, unseen
from support.snapshots import NOW, runner, snapshot, through_the_api

KIND = FindingKind.RUNNER_OFFLINE
TEN_MINUTES = contract(declared(online_within=600))


def ago(seconds: int | None) -> ObservedRunner:
    return runner(5, repo_id=35, last_online=None if seconds is None else NOW - seconds)


def listed(status: RunnerStatus | None) -> Snapshot:
    return through_the_api(snapshot(replace(ago(None), status=status)))


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (600, False), (601, True), (-30, False)])
def test_exactly_the_limit_is_still_within_it(seconds: int, late: bool) -> None:
    """Ten minutes are 600 seconds; a server whose clock runs ahead is not late."""
    findings = found(KIND, snapshot(ago(seconds)), TEN_MINUTES)
    assert len(findings) == late
    assert all(finding.severity is Severity.ERROR for finding in findings)


def test_never_online_is_longer_than_any_limit() -> None:
    """The database's NULL or 0 means that the runner never came."""
    (finding,) = found(KIND, snapshot(ago(None)), TEN_MINUTES)
    assert finding.message == "runner rs2000-deploy-host has never been online; the contract allows 10 min"


def test_only_what_the_contract_promises_is_judged() -> None:
    """No contract, no key, no entry and no live row: a laptop is offline by design."""
    old = ago(10**6)
    assert found(KIND, snapshot(old)) == []
    assert found(KIND, snapshot(old), contract()) == []
    assert found(KIND, snapshot(old), contract(declared("other", online_within=600))) == []
    assert found(KIND, snapshot(replace(old, deleted=NOW)), TEN_MINUTES) == []


@pytest.mark.parametrize("status", [RunnerStatus.IDLE, RunnerStatus.ACTIVE])
def test_idle_and_active_mean_within_the_last_minute(status: RunnerStatus) -> None:
    """Forgejo calls a runner so for 60 seconds after its last sign of life."""
    assert found(KIND, listed(status), TEN_MINUTES) == []
    assert unseen(listed(status), TEN_MINUTES) == []


@pytest.mark.parametrize(("allowed", "decided"), [(59, True), (60, True), (61, False), (600, False)])
def test_offline_over_the_api_means_more_than_a_minute(allowed: int, decided: bool) -> None:
    """`offline` is more than 60 seconds: too long for a limit of a minute, and no answer for a longer one."""
    agreed = contract(declared(online_within=allowed))
    assert len(found(KIND, listed(RunnerStatus.OFFLINE), agreed)) == decided
    gaps = unseen(listed(RunnerStatus.OFFLINE), agreed)
    assert [(gap.source, gap.need) for gap in gaps] == ([] if decided else [(Source.API, Need.REQUIRED)])


def test_an_unknown_status_is_not_seen() -> None:
    """Without a status the API told nothing, and without a database nothing means never."""
    assert found(KIND, listed(None), TEN_MINUTES) == []
    assert len(unseen(listed(None), TEN_MINUTES)) == 1


def test_a_database_declared_optional_may_leave_it_open() -> None:
    """What only that database could have told does not spoil the verdict."""
    failed = Unobserved(
        source=Source.DATABASE, what="the runners", reason="Locked.", next_step="Wait.", need=Need.OPTIONAL
    )
    (gap,) = unseen(replace(listed(RunnerStatus.OFFLINE), unobserved=(failed,)), TEN_MINUTES)
    assert gap.need is Need.OPTIONAL


def test_the_database_says_it_more_exactly_than_the_api() -> None:
    """With both, the second since when decides, not the status."""
    assert found(KIND, snapshot(replace(ago(120), status=RunnerStatus.OFFLINE)), TEN_MINUTES) == []
    assert len(found(KIND, snapshot(replace(ago(700), status=RunnerStatus.IDLE)), TEN_MINUTES)) == 1


@pytest.mark.parametrize(
    ("major", "owner_id", "scope"), [(15, 1, False), (16, 1, True), (None, 1, True), (16, 0, False)]
)
def test_from_16_the_scope_alone_makes_a_runner_offline(major: int | None, owner_id: int, scope: bool) -> None:
    """From 16 on the server does not write `last_online` of a combined row (facts 2.3): the service may be well."""
    seen = snapshot(replace(ago(700), owner_id=owner_id), major=major)
    (finding,) = found(KIND, seen, TEN_MINUTES)
    assert ("Repair the scope as RSD001 says" in finding.remedy) == scope
