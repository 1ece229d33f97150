"""RSD014 job-overdue: a job has waited too long, and only declared runners could take it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import (
    ObservedRunner,
    RunnerStatus,
    UnreadableLabels,
)
from runner_scope_doctor.model.scope import InstanceScope
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, OverdueJob, Snapshot, Source, Unobserved
from support.contracts import contract, declared
from support.diagnosing import found, unseen
from support.snapshots import NOW, PLATFORM, nothing_seen, runner, snapshot, through_the_api

KIND = FindingKind.JOB_OVERDUE
QUARTER = contract(declared(max_wait=900))
DEPLOY_HOST = runner(5, repo_id=35)
Labels = tuple[str, ...] | UnreadableLabels | None


def job(
    waited: int = 901,
    *,
    number: int = 71,
    runs_on: Labels = ("deploy",),
    owner_id: int = 1,
    unit: ActionsUnit | None = ActionsUnit.ON,
) -> OverdueJob:
    return OverdueJob(
        id=number, name="deploy", runs_on=runs_on, waiting_since=NOW - waited,
        repository=replace(PLATFORM, owner_id=owner_id), actions_unit=unit,
    )  # fmt: skip


def waiting(*jobs: OverdueJob, rows: tuple[ObservedRunner, ...] = (DEPLOY_HOST,), major: int | None = 15) -> Snapshot:
    return replace(snapshot(*rows, major=major), overdue_before=NOW, overdue_jobs=jobs)


def only(seen: Snapshot) -> Finding:
    (finding,) = found(KIND, seen, QUARTER)
    return finding


@pytest.mark.parametrize(("waited", "late"), [(899, False), (900, False), (901, True), (-5, False)])
def test_exactly_max_wait_is_not_too_long(waited: int, late: bool) -> None:
    """15 minutes are 900 seconds, counted since the job became waiting."""
    assert len(found(KIND, waiting(job(waited)), QUARTER)) == late


def test_job_repository_and_waiting_time_are_named() -> None:
    """11520 seconds are 3 h 12 min; the entry of the contract that was broken is the place."""
    finding = only(waiting(job(11520)))
    assert finding.severity is Severity.ERROR
    assert finding.message == (
        "job 71 deploy of platform-team/platform has waited 3 h 12 min; the contract allows 15 min"
    )
    assert finding.meaning == "Only rs2000-deploy-host could take it, and did not."
    assert finding.rows == (DEPLOY_HOST,)
    assert finding.location is not None


@pytest.mark.parametrize(
    "other",
    [
        runner(6, name="builder"),
        runner(6, name="builder", owner_id=1),
        runner(6, name="builder", repo_id=35),
        runner(6, name="builder", labels=("x", "deploy")),
    ],
)
def test_a_job_somebody_undeclared_could_take_is_not_judged(other: ObservedRunner) -> None:
    """Nobody promised anything for that one."""
    assert found(KIND, waiting(job(), rows=(DEPLOY_HOST, other)), QUARTER) == []


@pytest.mark.parametrize(
    "other",
    [
        runner(6, name="builder", deleted=NOW),
        runner(6, name="builder", labels=("Deploy",)),
        runner(6, name="builder", labels=("deploy:host",)),
        runner(6, name="builder", owner_id=2),
        runner(6, name="builder", repo_id=36),
    ],
)
def test_who_could_not_take_it_does_not_excuse_it(other: ObservedRunner) -> None:
    """Deleted runners, other labels, other owners and other repositories are no help for the job."""
    assert len(found(KIND, waiting(job(), rows=(DEPLOY_HOST, other)), QUARTER)) == 1


def test_a_job_nobody_could_take_is_not_a_runners_fault() -> None:
    """No taker, no promise broken: a wrong runs-on is the workflow's matter."""
    assert found(KIND, waiting(job(runs_on=("nosuch",))), QUARTER) == []
    assert found(KIND, waiting(job(), rows=()), QUARTER) == []


def test_only_a_contract_with_max_wait_judges() -> None:
    """Without the key, or with it on a runner that could not take the job, nothing was promised."""
    seen = waiting(job(), rows=(DEPLOY_HOST, runner(6, name="other", repo_id=36)))
    assert found(KIND, seen) == []
    assert found(KIND, seen, contract()) == []
    assert found(KIND, seen, contract(declared(), declared("other", max_wait=1, line=9))) == []


def test_the_strictest_promise_of_those_who_could_take_it_counts() -> None:
    """Two declared runners, 15 and 10 minutes: after 11 the second entry is broken."""
    both = contract(declared(max_wait=900), declared("second", InstanceScope(), max_wait=600, line=9))
    seen = waiting(job(660), rows=(DEPLOY_HOST, runner(6, name="second")))
    (finding,) = found(KIND, seen, both)
    assert finding.message.endswith("the contract allows 10 min")
    assert finding.location is not None
    assert finding.location.line == 9
    assert finding.meaning == "Only rs2000-deploy-host, second could take it, and did not."


@pytest.mark.parametrize(("waited", "late"), [(900, False), (901, True)])
def test_a_stricter_promise_for_other_jobs_does_not_count(waited: int, late: bool) -> None:
    """Each job is held against the limits of those who could take it, not against the contract's shortest one."""
    agreed = contract(declared(max_wait=900), declared("other", max_wait=1, line=9))
    seen = waiting(job(waited), rows=(DEPLOY_HOST, runner(6, name="other", repo_id=36)))
    assert len(found(KIND, seen, agreed)) == late


@pytest.mark.parametrize(("count", "lines"), [(2, 2), (20, 20), (21, 21)])
def test_jobs_of_the_same_runners_are_one_finding(count: int, lines: int) -> None:
    """A dead runner makes many jobs wait: one finding has the count, the longest first, and twenty in all."""
    finding = only(waiting(*(job(1000 + number, number=number) for number in range(count))))
    longest = f"job {count - 1} deploy of platform-team/platform has waited "
    assert finding.message.startswith(f"{count} jobs have waited too long; {longest}")
    assert finding.evidence[0].startswith(longest.removeprefix("job "))
    assert len(finding.evidence) == lines


@pytest.mark.parametrize(("major", "said"), [(15, "picked up within seconds"), (16, "start the runner's service")])
def test_a_combined_runner_is_what_the_job_waits_for(major: int, said: str) -> None:
    """It counts as a taker, and the repair is the remedy (facts 13)."""
    seen = waiting(job(), rows=(runner(5, owner_id=1, repo_id=35),), major=major)
    assert "RSD001" in only(seen).remedy
    assert said in only(seen).remedy


def test_the_api_cannot_tell_how_long_jobs_wait() -> None:
    """It shows no time (facts 4.2), so a contract with max_wait is not held against nothing."""
    seen = through_the_api(snapshot(replace(DEPLOY_HOST, status=RunnerStatus.IDLE)))
    (gap,) = unseen(seen, QUARTER)
    assert (gap.source, gap.need) == (Source.DATABASE, Need.REQUIRED)
    assert unseen(seen, contract()) == []
    optional = Unobserved(source=Source.DATABASE, what="x", reason="x", next_step="x", need=Need.OPTIONAL)
    (gap,) = unseen(replace(seen, unobserved=(optional,)), QUARTER)
    assert gap.need is Need.OPTIONAL
    assert "how long jobs wait" in {one.what for one in unseen(nothing_seen(), QUARTER)}


@pytest.mark.parametrize(("before", "unknown"), [(None, True), (NOW - 901, True), (NOW - 900, False), (NOW, False)])
def test_a_snapshot_taken_without_the_limit_does_not_tell(before: int | None, unknown: bool) -> None:
    """Taken for a laxer contract, or for none, it lacks jobs that are late by now: that is not healthy."""
    gaps = unseen(replace(waiting(), overdue_before=before), QUARTER)
    assert [(gap.what, gap.need) for gap in gaps] == ([("how long jobs wait", Need.REQUIRED)] if unknown else [])


def test_late_jobs_that_were_seen_count_even_when_others_were_not() -> None:
    """A job that waited an hour is late, whatever else the snapshot lacks."""
    seen = replace(waiting(job(3600)), overdue_before=NOW - 1800)
    assert len(found(KIND, seen, QUARTER)) == 1
    assert len(unseen(seen, QUARTER)) == 1


@pytest.mark.parametrize(
    ("row", "major", "unit", "reason"),
    [
        (runner(5, owner_id=1, repo_id=35), 15, ActionsUnit.ON, "combined-scope"),
        (runner(5, owner_id=1, repo_id=35), 16, ActionsUnit.ON, "combined-scope"),
        (runner(5, repo_id=35, last_online=NOW - 61), 15, ActionsUnit.ON, "runner-offline"),
        (runner(5, repo_id=35, last_online=None), 15, ActionsUnit.ON, "runner-offline"),
        (runner(5, repo_id=35), 15, ActionsUnit.ON, "busy-not-seen"),
        (runner(5, repo_id=35), 15, ActionsUnit.OFF, "busy-not-seen"),
        (runner(5, repo_id=35), 16, ActionsUnit.OFF, "actions-off-fails"),
    ],
)
def test_the_reason_stands_beside_each_overdue_job(
    row: ObservedRunner, major: int, unit: ActionsUnit, reason: str
) -> None:
    """By the rule of `why`, from what the check has read: who is busy it does not look at."""
    seen = waiting(job(901, unit=unit), job(902, number=72, unit=unit), rows=(row,), major=major)
    (finding,) = found(KIND, seen, QUARTER)
    assert [(one.job_id, one.reason.value) for one in finding.waiting] == [(72, reason), (71, reason)]
    assert [line.rpartition(": ")[2] for line in finding.evidence] == [reason, reason]


def test_a_single_job_has_its_reason_in_one_line() -> None:
    """The message names the job already; the line below adds why, and the remedy how to learn more."""
    finding = only(waiting(job(901), rows=(replace(DEPLOY_HOST, last_online=NOW - 3600),)))
    assert finding.evidence == ("71 deploy of platform-team/platform has waited 15 min 1 s: runner-offline",)
    assert finding.remedy.endswith("which `runner-scope-doctor why --job 71` tells.")


def test_a_snapshot_of_an_unknown_version_has_no_reasons() -> None:
    """The rule differs from version to version: without one nothing is said, and the job is late all the same."""
    finding = only(waiting(job(901), major=None))
    assert (finding.waiting, finding.evidence) == ((), ())


OF_OWNER = runner(6, name="of-owner", owner_id=1)
OF_REPOSITORY = runner(7, name="of-repository", repo_id=35)
OF_INSTANCE = runner(8, name="of-instance")
PROMISED = contract(*(declared(one.name, max_wait=900) for one in (OF_OWNER, OF_REPOSITORY, OF_INSTANCE)))


@pytest.mark.parametrize(
    ("rows", "takers"),
    [
        ((OF_OWNER,), None),
        ((OF_REPOSITORY,), (OF_REPOSITORY,)),
        ((OF_INSTANCE,), (OF_INSTANCE,)),
        ((OF_OWNER, OF_REPOSITORY), (OF_REPOSITORY,)),
        ((runner(9, name="undeclared", owner_id=1), OF_REPOSITORY), (OF_REPOSITORY,)),
    ],
)
def test_where_actions_are_off_the_owners_runners_are_not_to_blame(
    rows: tuple[ObservedRunner, ...], takers: tuple[ObservedRunner, ...] | None
) -> None:
    """They skip such a repository; its own runners and those of the instance do not look (facts 14)."""
    seen = waiting(job(unit=ActionsUnit.OFF), rows=rows)
    assert [finding.rows for finding in found(KIND, seen, PROMISED)] == ([] if takers is None else [takers])
    assert unseen(seen, PROMISED) == []


@pytest.mark.parametrize("rows", [(OF_REPOSITORY,), (OF_INSTANCE,), (OF_REPOSITORY, OF_INSTANCE)])
def test_without_the_unit_a_job_that_does_not_hang_on_it_is_judged(rows: tuple[ObservedRunner, ...]) -> None:
    """No runner of the owner could take it: whether Actions is on makes no difference."""
    seen = waiting(job(unit=None), rows=rows)
    assert [finding.rows for finding in found(KIND, seen, PROMISED)] == [rows]
    assert unseen(seen, PROMISED) == []


@pytest.mark.parametrize(
    "rows", [(OF_OWNER,), (OF_OWNER, OF_REPOSITORY), (runner(9, name="undeclared", owner_id=1), OF_REPOSITORY)]
)
def test_without_the_unit_a_job_that_hangs_on_it_is_neither_late_nor_fine(rows: tuple[ObservedRunner, ...]) -> None:
    """With Actions on or off it is another answer, so the check says what it did not see instead of guessing one."""
    seen = waiting(job(3600, unit=None), job(1000, number=72, unit=None), rows=rows)
    assert found(KIND, seen, PROMISED) == []
    (gap,) = unseen(seen, PROMISED)
    assert (gap.source, gap.need) == (Source.DATABASE, Need.REQUIRED)
    assert gap.reason.startswith(
        "2 jobs may have waited too long; job 71 deploy of platform-team/platform has waited 1 h; "
    )
    assert "repo_unit" in gap.next_step


def test_without_the_unit_a_job_that_is_late_for_nobody_is_fine() -> None:
    """Fifteen minutes are promised and not over, or nothing is: then nothing hangs on it."""
    assert unseen(waiting(job(900, unit=None), rows=(OF_OWNER,)), PROMISED) == []
    assert unseen(waiting(job(unit=None), rows=(runner(9, name="undeclared", owner_id=1),)), PROMISED) == []
