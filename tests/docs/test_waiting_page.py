"""docs/waiting-jobs.md has a section for each reason, in the program's own words."""

from __future__ import annotations

import re

import pytest

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.model.waiting_reason import Reason, Standing
from support.command import ROOT
from support.waiting_page import sample, whole_sample
from support.waiting_world import CASES

PAGE = (ROOT / "docs" / "waiting-jobs.md").read_text(encoding="utf-8")


def section(reason: Reason) -> str:
    """What stands below the reason's heading."""
    return PAGE.split(f"\n### {reason.value}\n")[1].split("\n#")[0]


def test_every_reason_has_its_section_and_no_other_is_there() -> None:
    """The headings are the reasons, each once, in their own order within the page."""
    headings = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted(reason.value for reason in Reason)
    assert [name for name in headings if name != "just-queued"] == [
        reason.value for reason in Reason if reason is not Reason.JUST_QUEUED
    ]


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_the_sample_of_a_reason_is_the_programs_own(reason: Reason) -> None:
    """Why and what to do stand in the section as the program prints them."""
    (block,) = re.findall(r"```text\n(.*?)```", section(reason), re.DOTALL)
    assert block == sample(reason)


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_the_version_of_a_reason_is_the_one_that_is_tested(reason: Reason) -> None:
    """`Since N` names the first version on whose tables a case of it is told; without it that is the oldest."""
    told = re.search(r"Since (\d+)\.", " ".join(section(reason).split("```")[0].split()))
    first = [since for since, case, _ in CASES if case is reason]
    if first:
        assert (int(told[1]) if told else 7) == min(first)


def test_a_reason_that_is_a_finding_names_it() -> None:
    """Its code and its page, and nothing of the kind where it is none."""
    for reason in Reason:
        codes = set(re.findall(r"\]\(findings/([a-z-]+)\.md\)", section(reason)))
        assert codes == (set() if reason.finding is None else {reason.finding.title}), reason


def test_the_whole_sample_is_the_programs_own() -> None:
    """The answer at the top of the page, to the letter."""
    assert f"```text\n{whole_sample()}```\n" in PAGE


def test_the_tables_are_whole() -> None:
    """Every standing is in the table of standings, every exit code in that of exit codes."""
    standings = PAGE.split("| standing | meaning |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", standings)) == {standing.value for standing in Standing}
    codes = PAGE.split("| exit code | when |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| (\d+) \|", codes, re.MULTILINE)) == {
        str(int(code)) for code in (ExitCode.HEALTHY, ExitCode.USAGE, ExitCode.INCONCLUSIVE, ExitCode.UNHEALTHY)
    }
    findings = {f"{reason.finding.value}" for reason in Reason if reason.finding}
    assert set(re.findall(r"RSD\d{3}", codes)) == findings
    unseen = {reason.value for reason in Reason if reason.is_unseen}
    assert set(re.findall(r"`([a-z-]+-seen)`", codes)) == unseen
