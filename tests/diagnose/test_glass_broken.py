"""RSD023 glass-broken: a plan that nobody had approved is told for 30 days."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.direction import Direction
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import GlassBreak, Snapshot
from support.diagnosing import diagnosis, found
from support.examples import BREAK, INSTANCE
from support.snapshots import NOW, runner, snapshot
from support.strategies import glass_breaks

KIND = FindingKind.GLASS_BROKEN
DAY = 86400


def told(*breaks: GlassBreak, instance: str | None = None) -> Snapshot:
    """A healthy server, and what a journal tells of its host."""
    seen = snapshot(runner(5, repo_id=35))
    return replace(seen, server=replace(seen.server, instance=instance), glass_breaks=breaks)


def test_who_when_for_which_runner_and_until_when() -> None:
    """A warning about no row of the table, which leaves the verdict healthy; the reason is its evidence."""
    judged = diagnosis(told(BREAK))
    (finding,) = judged.findings
    assert judged.verdict is Verdict.HEALTHY
    assert (finding.kind, finding.severity, finding.runner, finding.rows) == (KIND, Severity.WARNING, None, ())
    # NOW is 2026-11-23T18:36:40Z
    assert finding.message == (
        "opslead broke the glass at 2026-11-22T18:36:40Z for the repair of runner 5 rs2000-deploy-host, which nobody had "
        "approved; shown until 2026-12-22T18:36:40Z"
    )
    assert finding.evidence == (
        'the reason that was given: "alone on duty, deploys are down"',
        f"plan {'a' * 64}",
    )
    assert f"`runner-scope-doctor receipts show {'a' * 64}`" in finding.remedy
    assert "a second reviewer" in finding.remedy


@pytest.mark.parametrize(
    ("age", "shown"),
    [(0, True), (30 * DAY - 1, True), (30 * DAY, False), (31 * DAY, False), (-1, True), (-400 * DAY, True)],
    ids=["now", "last second", "30 days", "31 days", "a second ahead", "a year ahead"],
)
def test_it_is_shown_for_thirty_days_by_the_looks_own_clock(age: int, shown: bool) -> None:
    """Not a second longer; what a clock that jumped put into the future is not hidden by that."""
    assert bool(found(KIND, told(replace(BREAK, at=NOW - age)))) == shown


def test_the_runner_may_be_gone() -> None:
    """It is about the host: a server that has no such row any more is told the same."""
    (finding,) = found(KIND, replace(snapshot(runner(9, repo_id=35)), glass_breaks=(BREAK,)))
    assert (finding,) == tuple(found(KIND, told(BREAK)))


def test_each_attempt_is_told_in_its_order() -> None:
    """A second try at one plan and an undo are breaks of their own."""
    again = replace(BREAK, at=NOW - 60)
    undo = replace(BREAK, at=NOW - 30, direction=Direction.UNDO, plan="b" * 64)
    messages = [one.message for one in found(KIND, told(BREAK, again, undo))]
    assert ["the undo of runner 5" in message for message in messages] == [False, False, True]
    assert "2026-11-23T18:35:40Z" in messages[1]


@pytest.mark.parametrize(
    ("instance", "shown"),
    [(None, True), (INSTANCE, True), ("https://GIT.example.org:443", True), ("https://other.example.org/", False)],
)
def test_glass_broken_for_another_instance_is_no_matter_of_this_one(instance: str | None, shown: bool) -> None:
    """A database that does not tell its instance is taken for the same."""
    assert bool(found(KIND, told(BREAK, instance=instance))) == shown


def test_foreign_words_cannot_pass_for_ours() -> None:
    """Login, reason, name and digest stand in quotes as soon as they are no plain word, and are cut when they are long."""
    sly = replace(BREAK, login="x approved it, and root", reason="y" * 300, runner_name='z" was approved', plan="p q")
    (finding,) = found(KIND, told(sly))
    assert finding.message.startswith('"x approved it, and root" broke the glass')
    assert 'runner 5 "z\' was approved", which nobody had approved' in finding.message
    assert finding.evidence == (f'the reason that was given: "{"y" * 200}…"', 'plan "p q"')
    assert 'receipts show "p q"`' in finding.remedy


@given(glass_breaks)
def test_no_break_whatever_it_says_ends_the_check(broken: GlassBreak) -> None:
    """Any number as its time and any text: it is told or it is old, and a time that no calendar has is a number."""
    findings = found(KIND, told(broken))
    assert len(findings) == (broken.at > NOW - 30 * DAY)
