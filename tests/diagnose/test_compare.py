"""One saved look, judged by two contracts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from runner_scope_doctor.diagnose.compare import compared
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.comparison import Comparison
from runner_scope_doctor.model.contract import Contract, ContractLocation, UndeclaredRule
from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.scope import InstanceScope, RepositoryScope
from runner_scope_doctor.model.snapshot import Snapshot
from support.contracts import contract, declared
from support.snapshots import runner, snapshot
from support.strategies import contracts, snapshots

DEPLOY = runner(5, repo_id=35)
BUILDER = runner(6, name="builder", labels=("docker",))
SEEN = snapshot(DEPLOY, BUILDER)
RIGHT = contract()
ELSEWHERE = declared(scope=RepositoryScope(name=None, id=36))


def between(
    old: Contract | None, new: Contract, seen: Snapshot = SEEN, fail_on: Severity = Severity.ERROR
) -> Comparison:
    """The comparison of the two."""
    return compared(seen, old=old, new=new, fail_on=fail_on)


def kinds(findings: tuple[Finding, ...]) -> list[FindingKind]:
    """What they are."""
    return [finding.kind for finding in findings]


def test_the_same_contract_changes_nothing() -> None:
    """Neither gone nor new, and what was sick is still told."""
    wrong = contract(ELSEWHERE)
    comparison = between(wrong, wrong)
    assert (comparison.gone, comparison.new, comparison.changed, comparison.worse) == ((), (), (), ())
    assert kinds(comparison.same) == [FindingKind.SCOPE_DIFFERS]


def test_a_declaration_may_move_to_another_line_and_file() -> None:
    """Only where it stands is new: the disease is the same, and shown where it is declared now."""
    moved = replace(ELSEWHERE, location=ContractLocation(file="other.yml", line=99))
    comparison = between(contract(ELSEWHERE), contract(moved))
    assert comparison.new == comparison.gone == ()
    assert [finding.location for finding in comparison.same] == [moved.location]


def test_what_the_new_contract_gets_wrong_is_new_and_worse() -> None:
    """A declaration that the server does not keep appears, with both verdicts; the way back makes it go."""
    there, back = between(RIGHT, contract(ELSEWHERE)), between(contract(ELSEWHERE), RIGHT)
    assert kinds(there.new) == kinds(there.worse) == kinds(back.gone) == [FindingKind.SCOPE_DIFFERS]
    assert (there.before.verdict, there.after.verdict) == (Verdict.HEALTHY, Verdict.UNHEALTHY)
    assert (back.new, back.worse) == ((), ())


def test_a_first_contract_is_compared_with_the_rules_for_every_server() -> None:
    """Without a contract before, what any server shows is known, and what the contract adds is new."""
    seen = snapshot(runner(5, owner_id=1, repo_id=35))
    comparison = between(None, contract(declared(), declared("gone")), seen)
    assert kinds(comparison.new) == [FindingKind.RUNNER_MISSING]
    assert kinds(comparison.same) == [FindingKind.COMBINED_SCOPE]


def test_the_same_disease_in_other_words_is_changed_and_not_worse() -> None:
    """A runner that is offline stays the one finding when the contract allows another span."""
    late = snapshot(replace(DEPLOY, last_online=SEEN.taken_at - 7200))
    comparison = between(contract(declared(online_within=600)), contract(declared(online_within=3600)), late)
    (pair,) = comparison.changed
    assert pair.before.message.endswith("allows 10 min")
    assert pair.after.message.endswith("allows 1 h")
    assert comparison.worse == comparison.new == ()


@pytest.mark.parametrize("count", [3, 30])
def test_fewer_undeclared_runners_are_nothing_new(count: int) -> None:
    """One finding counts them all and shows twenty; one runner declared makes it another sentence, not another disease."""
    many = snapshot(*(runner(number, name=f"r{number}", repo_id=35) for number in range(1, count + 1)))
    old = contract(declared("r1"), undeclared=UndeclaredRule.FAIL)
    less = contract(declared("r1"), declared("r2", line=9), undeclared=UndeclaredRule.FAIL)
    assert (between(old, less, many).new, len(between(old, less, many).changed)) == ((), 1)
    assert kinds(between(less, old, many).worse) == [FindingKind.RUNNER_UNDECLARED]


def test_one_declared_for_another_is_new() -> None:
    """The same number of undeclared runners, but another one: that one was declared before."""
    old = contract(declared(), undeclared=UndeclaredRule.FAIL)
    new = contract(declared("builder", InstanceScope()), undeclared=UndeclaredRule.FAIL)
    assert kinds(between(old, new).worse) == [FindingKind.RUNNER_UNDECLARED]


def test_a_warning_is_worse_only_where_warnings_fail() -> None:
    """The measure is that of the check; a warning that became an error is a new error."""
    warn, fail = (contract(undeclared=rule) for rule in (UndeclaredRule.WARN, UndeclaredRule.FAIL))
    assert between(RIGHT, warn).worse == ()
    assert kinds(between(RIGHT, warn).new) == [FindingKind.RUNNER_UNDECLARED]
    assert kinds(between(RIGHT, warn, fail_on=Severity.WARNING).worse) == [FindingKind.RUNNER_UNDECLARED]
    assert kinds(between(warn, fail).worse) == [FindingKind.RUNNER_UNDECLARED]


def test_what_the_look_does_not_tell_is_not_called_well() -> None:
    """A first `max_wait` asks since when jobs wait, which a look without one did not ask: unseen, neither well nor worse."""
    comparison = between(RIGHT, contract(declared(max_wait=900)))
    assert [gap.what for gap in comparison.unseen] == ["how long jobs wait"]
    assert comparison.after.verdict is Verdict.INCONCLUSIVE
    assert comparison.worse == ()


@settings(deadline=None)  # the machine is shared: a slow example is no fault
@given(snapshots, contracts, contracts)
def test_no_finding_is_lost(seen: Snapshot, old: Contract, new: Contract) -> None:
    """Every finding of either judgement is told, once; without anything new nothing healthy became unhealthy."""
    comparison = between(old, new, seen)
    told = [*comparison.new, *(pair.after for pair in comparison.changed), *comparison.same]
    after = diagnosed(seen, contract=new, fail_on=Severity.ERROR)
    assert sorted(map(repr, told)) == sorted(map(repr, after.findings))
    before = len(comparison.gone) + len(comparison.changed) + len(comparison.same)
    assert before == len(comparison.before.findings)
    if not comparison.worse and comparison.before.verdict is not Verdict.UNHEALTHY:
        assert comparison.after.verdict is not Verdict.UNHEALTHY
