"""docs/waiting-jobs.md has a section for each reason, in the program's own words."""

from __future__ import annotations

import re

import pytest

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.forgejo.target import AdminList, ListTarget, UserList, repository_list
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.waiting_reason import Reason, Standing
from runner_scope_doctor.observe.waiting import JobWanted, RunWanted, Wanted
from support.command import ROOT
from support.waiting_api import VERSIONS, ListedServer, job_item, run_item, seen_over_api
from support.waiting_page import api_sample, sample, whole_sample
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


def test_the_sample_over_the_api_is_the_programs_own() -> None:
    """The answer over the API, to the letter."""
    assert f"```text\n{api_sample()}```\n" in PAGE


def test_the_table_of_versions_is_what_each_tells_over_the_api() -> None:
    """Of each version the row holds: what is listed, and with which reason or refusal a run and a job are answered."""
    table = PAGE.split("| Forgejo | what its API lists | so that |")[1].split("\n\n")[0]
    rows = {
        int(major): row
        for row in re.findall(r"^\| \d.*$", table, re.MULTILINE)
        for major in re.findall(r"\d+", row.split("|")[1])
    }
    run, job = RunWanted(owner="platform-team", repository="platform", number=7), JobWanted(job_id=71)
    for major in VERSIONS:
        told = answers(major, run) | answers(major, job)
        lists = rows[major].split("|")[2]
        assert ("jobs-not-seen" in told) == (12 <= major <= 15)
        assert ("runners-not-seen" in told) == (major == 14)
        assert (told == set()) == (major == 11) == ("neither" in lists)
        assert ("needs-not-seen" in told) == (major == 16) == ("all their jobs" in lists)
        assert ("waiting jobs" in lists.replace("all waiting jobs, nor", "")) == (major >= 14)
        assert lists.rstrip().endswith("runners") == (major >= 15 or major == 11)
        for reason in told & {"jobs-not-seen", "needs-not-seen", "runners-not-seen"}:
            assert f"`{reason}`" in rows[major], (major, reason)


def answers(major: int, wanted: Wanted) -> set[str]:
    """The reasons that a server of that version has for a run of three jobs and for one of these; none where it is refused."""
    jobs = (job_item(71), job_item(72, status="blocked", needs=("x",)), job_item(73))
    listed = ListedServer(major=major, jobs=jobs[:1], runs=(run_item(),), jobs_of_runs={70: jobs})
    try:
        answer = explained(seen_over_api(listed, wanted))
    except SourceUnavailable:
        return set()
    reasons = {one.reason.value for one in answer.explanations}
    return reasons if answer.about_run is None else reasons | {answer.about_run.reason.value}


def test_the_table_of_lists_names_each() -> None:
    """Every value of --api-list, and the reason where a list lacks runners that decide."""
    table = PAGE.split("| `--api-list` | runners |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `.*$", table, re.MULTILINE)
    told: dict[str, ListTarget] = {
        "`admin`": AdminList(),
        "`repository:owner/name`": repository_list("platform-team/platform"),
        "`organization:name`, `user`": UserList(),
    }
    assert [row.split("|")[1].strip() for row in rows] == list(told)
    for row, target in zip(rows, told.values(), strict=True):
        found = explained(seen_over_api(ListedServer(jobs=(job_item(),)), JobWanted(job_id=71), target))
        unseen = found.explanations[0].reason is Reason.RUNNERS_NOT_SEEN
        assert unseen == ("`runners-not-seen`" in row)


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
