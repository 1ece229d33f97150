"""The verdict over findings and gaps, and what holds for the diagnosis of anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose import judge
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import is_live
from runner_scope_doctor.model.server import Product
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved
from support.contracts import contract
from support.examples import BUILDER, DEPLOY_HOST, EXAMPLES
from support.snapshots import NOW, USERS_CASE, runner, snapshot
from support.strategies import contracts, majors, snapshots

GAP = Unobserved(
    source=Source.API, what="the runners", reason="It does not answer.", next_step="Start it.", need=Need.REQUIRED
)
HEALTHY = snapshot(DEPLOY_HOST)
WARNED = snapshot(DEPLOY_HOST, BUILDER)
"""One runner more than the contract names."""
SICK = snapshot(*USERS_CASE)


def verdict(seen: Snapshot, *gaps: Unobserved, fail_on: Severity = Severity.ERROR) -> Verdict:
    agreed = contract(undeclared=UndeclaredRule.WARN)
    return diagnosed(replace(seen, unobserved=gaps), contract=agreed, fail_on=fail_on).verdict


@pytest.mark.parametrize(
    ("seen", "gaps", "fail_on", "expected"),
    [
        (HEALTHY, (), Severity.ERROR, Verdict.HEALTHY),
        (HEALTHY, (), Severity.WARNING, Verdict.HEALTHY),
        (WARNED, (), Severity.ERROR, Verdict.HEALTHY),
        (WARNED, (), Severity.WARNING, Verdict.UNHEALTHY),
        (SICK, (), Severity.ERROR, Verdict.UNHEALTHY),
        (SICK, (), Severity.WARNING, Verdict.UNHEALTHY),
        (HEALTHY, (GAP,), Severity.ERROR, Verdict.INCONCLUSIVE),
        (WARNED, (GAP,), Severity.ERROR, Verdict.INCONCLUSIVE),
        (WARNED, (GAP,), Severity.WARNING, Verdict.UNHEALTHY),
        (SICK, (GAP,), Severity.ERROR, Verdict.UNHEALTHY),
        (HEALTHY, (replace(GAP, need=Need.OPTIONAL),), Severity.WARNING, Verdict.HEALTHY),
        (HEALTHY, (replace(GAP, need=Need.OPTIONAL), GAP), Severity.ERROR, Verdict.INCONCLUSIVE),
    ],
)
def test_the_verdict_is_one_of_three(
    seen: Snapshot, gaps: tuple[Unobserved, ...], fail_on: Severity, expected: Verdict
) -> None:
    """An error wins over a gap, a required gap over a warning, and a warning counts only when asked for."""
    assert verdict(seen, *gaps, fail_on=fail_on) is expected


def test_what_was_not_seen_is_reported_with_an_error_too() -> None:
    """An unhealthy server's report still says what nobody looked at."""
    judged = diagnosed(replace(SICK, unobserved=(GAP,)), contract=None, fail_on=Severity.ERROR)
    assert judged.verdict is Verdict.UNHEALTHY
    assert judged.unobserved == (GAP,)


def test_a_rule_for_every_kind_of_finding() -> None:
    """The tuple of rules has one rule for each kind, in no other place than the module named after it."""
    modules = {rule.__module__.rsplit(".", 1)[1] for rule in judge.RULES}
    assert modules == {kind.title.replace("-", "_") for kind in FindingKind}
    assert len(judge.RULES) == len(FindingKind)


def test_the_users_row_comes_before_what_is_said_beside_it() -> None:
    """RSD001 stands first on the server this product was made for, before all that follows from it."""
    pair = EXAMPLES[FindingKind.COUNTER_CLIMBS]
    kinds = [one.kind for one in diagnosed(pair.sick, contract=None, fail_on=Severity.ERROR).findings]
    assert kinds == [FindingKind.COMBINED_SCOPE, FindingKind.COUNTER_CLIMBS]


@given(snapshots, st.none() | contracts, majors, st.sampled_from(Severity))
def test_whatever_was_seen_can_be_diagnosed(
    seen: Snapshot, agreed: Contract | None, target_major: int | None, fail_on: Severity
) -> None:
    """No row, name, label, id, version or contract makes a rule fail; each finding has its sentences."""
    judged = diagnosed(seen, contract=agreed, fail_on=fail_on, target_major=target_major)
    assert judged.unobserved[: len(seen.unobserved)] == seen.unobserved
    for finding in judged.findings:
        assert finding.message
        assert finding.meaning.endswith(".")
        assert finding.remedy.endswith(".")
        assert len(finding.evidence) <= 21  # twenty, and that there are more


@given(snapshots, st.none() | contracts, majors)
def test_a_soft_deleted_row_is_never_the_one_judged(
    seen: Snapshot, agreed: Contract | None, target_major: int | None
) -> None:
    """Forgejo no longer knows such a row; it may be shown beside a live one, and that is all."""
    judged = diagnosed(seen, contract=agreed, fail_on=Severity.ERROR, target_major=target_major)
    assert all(finding.runner is None or is_live(finding.runner) for finding in judged.findings)


@given(snapshots, st.none() | contracts)
def test_the_order_of_the_rows_does_not_matter(seen: Snapshot, agreed: Contract | None) -> None:
    """The API sorts by last_online, the database by id: both end in the same findings."""
    turned = replace(seen, runners=tuple(reversed(seen.runners)))
    one, other = (diagnosed(each, contract=agreed, fail_on=Severity.ERROR) for each in (seen, turned))
    assert one.findings == other.findings
    assert one.unobserved == other.unobserved


@pytest.mark.parametrize(
    ("edited", "doubted"),
    [
        (replace(HEALTHY, runners=()), "every runner"),
        (replace(HEALTHY, live_runners=2), "every runner"),
        (replace(HEALTHY, live_runners=0), "any live runner"),
        (replace(HEALTHY, live_runners=None, runners=()), "any live runner"),
        (replace(snapshot(runner(5, repo_id=35, deleted=NOW)), live_runners=None), "any live runner"),
        (snapshot(DEPLOY_HOST, product=Product.GITEA), "a Forgejo server"),
        (snapshot(DEPLOY_HOST, major=None), "the rules of this version"),
        (snapshot(DEPLOY_HOST, major=6), "the rules of this version"),
        (snapshot(DEPLOY_HOST, major=17), "the rules of this version"),
    ],
)
def test_an_edited_snapshot_is_never_healthy(edited: Snapshot, doubted: str) -> None:
    """Whoever takes rows, the count or the version out of a file gets a doubt in their place, not a healthy server."""
    judged = diagnosed(edited, contract=None, fail_on=Severity.ERROR)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert [(gap.what, gap.source, gap.need) for gap in judged.unobserved] == [
        (doubted, Source.SNAPSHOT, Need.REQUIRED)
    ]


@pytest.mark.parametrize("major", [7, 16])
def test_every_known_version_is_beyond_doubt(major: int) -> None:
    """The oldest and the newest version whose rules are known need no word of doubt."""
    assert diagnosed(snapshot(DEPLOY_HOST, major=major), contract=None, fail_on=Severity.ERROR).unobserved == ()


@pytest.mark.parametrize("coverage", [Coverage.CANDIDATES, Coverage.LISTED])
def test_a_part_of_the_runners_is_no_doubt_where_a_part_was_asked_for(coverage: Coverage) -> None:
    """Candidates and an API list leave runners out by design; only a look at all of them must hold all of them."""
    judged = diagnosed(replace(HEALTHY, coverage=coverage, live_runners=9), contract=None, fail_on=Severity.ERROR)
    assert (judged.verdict, judged.unobserved) == (Verdict.HEALTHY, ())


def test_no_doubt_is_added_to_a_required_gap() -> None:
    """Where a source already failed, its own sentence is the reason, and nothing is said twice."""
    judged = diagnosed(replace(snapshot(), unobserved=(GAP,)), contract=None, fail_on=Severity.ERROR)
    assert judged.unobserved == (GAP,)
    optional = replace(GAP, need=Need.OPTIONAL)
    judged = diagnosed(replace(snapshot(), unobserved=(optional,)), contract=None, fail_on=Severity.ERROR)
    assert [gap.what for gap in judged.unobserved] == [GAP.what, "any live runner"]


def test_a_snapshot_of_nothing_is_never_healthy() -> None:
    """A snapshot without a runner and without a gap, as only a hand could write one, is inconclusive."""
    empty = snapshot()
    assert (empty.runners, empty.unobserved) == ((), ())
    judged = diagnosed(empty, contract=None, fail_on=Severity.ERROR)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert [gap.what for gap in judged.unobserved] == ["any live runner"]
