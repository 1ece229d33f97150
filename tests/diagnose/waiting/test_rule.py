"""Who the server gives which job: our rule against its own answers, and against the rule said once more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.waiting.candidates import parties
from runner_scope_doctor.diagnose.waiting.pool import RunnerPool
from runner_scope_doctor.diagnose.waiting.rule import failure, is_offered, refusal
from runner_scope_doctor.model.runner import NotANumber, ObservedId, UnreadableLabels
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import FailingJob, JobStatus, RunAhead, RunnerGroup, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import Standing
from support.recordings import or_skipped
from support.snapshots import NOW
from support.waiting import OWNER, REPOSITORY, Labels, group, run_of_job, waiting_job
from support.waiting_recordings import PICKS, ZOO, ZOO_NOW, looked_at

GIVEN = (
    Standing.FITS, Standing.COMBINED_SCOPE, Standing.BUSY, Standing.BUSY_NOT_SEEN, Standing.STOPPED_POLLING,
    Standing.OFFLINE,
)  # fmt: skip
"""What may keep a runner from asking; asked with `tasks_version` 0, the server gives it the job."""


def given_by_us(seen: WaitingLook) -> dict[str, set[int]]:
    """By runner, the jobs the server would give it if it asked for them now."""
    pool = RunnerPool(seen.groups, seen.tasks, seen.now)
    found: dict[str, set[int]] = {row[1]: set() for one in seen.groups for row in one.members}
    for job in seen.jobs:
        if not is_offered(job):
            continue
        for party in parties(job, pool, seen):
            for runner in party.members.shown:
                if party.standing in GIVEN:
                    found[runner.name].add(job.id)
    return found


def read(path: Path) -> Any:  # JSON of another program
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("picks", or_skipped(PICKS, name=lambda path: path.parent.name))
def test_every_cell_of_the_pick_matrix_is_the_servers_answer(picks: Path, tmp_path: Path) -> None:
    """Thirteen runners by twenty-one jobs: whom the server gave what when asked until it gave nothing, on 16 with the job
    it fails at and all that starve behind it."""
    seen = looked_at(picks.with_name("picks.sqlite3"), tmp_path, now=ZOO_NOW)
    ours = given_by_us(seen)
    assert len(seen.jobs) == 21
    cells = 0
    for entry in read(picks):
        assert ours.pop(entry["runner"]["name"]) == set(entry["fetch_only"]["taken"]), entry["runner"]["name"]
        cells += len(seen.jobs)
    assert cells == 13 * 21
    assert not any(ours.values()), "a runner beside the thirteen"


@pytest.mark.parametrize("zoo", or_skipped([ZOO] if ZOO.exists() else [], name=lambda path: path.parent.name))
def test_every_cell_of_the_zoo_is_the_servers_answer(zoo: Path, tmp_path: Path) -> None:
    """Twenty-three runners by sixty-four jobs: whom a server on a copy of the database gave what."""
    seen = looked_at(zoo.with_name("waiting.sqlite3"), tmp_path, now=ZOO_NOW)
    ours = given_by_us(seen)
    theirs: dict[str, set[int]] = {}
    for job in read(zoo):
        for runner in job.get("runners", ()):  # one that had ended has none
            given_jobs = theirs.setdefault(runner["name"], set())
            if runner["server_would_give"]:
                given_jobs.add(job["id"])
    assert {name: jobs for name, jobs in theirs.items() if jobs} == {name: jobs for name, jobs in ours.items() if jobs}


few_labels: st.SearchStrategy[Labels] = (
    st.lists(st.sampled_from(["docker", "Docker", "docker ", "docker:host", "gpu", ""]), max_size=3).map(tuple)
    | st.none()
    | st.builds(UnreadableLabels, text=st.just("["))
)
few_ids: st.SearchStrategy[ObservedId] = st.sampled_from(
    [None, 0, OWNER, REPOSITORY, OWNER + 1, REPOSITORY + 1, -1, NotANumber(text="1")]
)
groups = st.builds(
    lambda owner_id, repo_id, labels: group(owner_id=owner_id, repo_id=repo_id, labels=labels),
    few_ids, few_ids, few_labels,
)  # fmt: skip
ahead = st.lists(
    st.builds(
        RunAhead,
        id=st.just(60),
        number=st.integers(1, 9),
        status=st.sampled_from(JobStatus),
        needs_approval=st.booleans(),
    ),
    max_size=1,
).map(tuple)
jobs = st.builds(
    lambda labels, status, present, unit, before, assigned, lost, priority: waiting_job(
        runs_on=labels, status=status, present_owner=present, unit=unit, ahead=before, assigned=assigned,
        without_run=lost, run=run_of_job(priority=priority),
    ),
    few_labels, st.sampled_from([JobStatus.WAITING, JobStatus.WAITING, JobStatus.BLOCKED, JobStatus.RUNNING]),
    st.sampled_from([OWNER, OWNER + 1]), st.sampled_from(ActionsUnit), ahead, st.booleans(), st.booleans(),
    st.integers(-1, 1),
)  # fmt: skip


def restated_labels(has: Labels, asks: Labels, major: int) -> bool:
    """`isSubset` up to 10, `ItRunsOn` since 11; what is no JSON list xorm reads as none at all, and we as unknown."""
    if isinstance(asks, UnreadableLabels):
        return False
    runner = [] if has is None or isinstance(has, UnreadableLabels) else list(has)
    job = list(asks or ())
    if major >= 11 and (not runner or not job):
        return False
    return all(label in runner for label in job)


def restated(row: RunnerGroup, job: WaitingJob, major: int) -> bool:
    """CreateTaskForRunner once more, in plain words."""
    if job.status is not JobStatus.WAITING or job.assigned or job.run is None or job.ahead:
        return False
    owner, repository = row.owner_id or 0, row.repo_id or 0
    if repository != 0:
        covered = repository == job.repo_id
    elif owner != 0:
        assert job.repository is not None
        covered = owner == job.repository.owner_id and job.actions_unit is ActionsUnit.ON
    else:
        covered = True
    return covered and restated_labels(row.labels, job.runs_on, major)


@given(groups, jobs, st.integers(7, 16))
def test_fits_is_the_servers_rule(row: RunnerGroup, job: WaitingJob, major: int) -> None:
    """For any runner and job on any version: fits when the plain restatement of CreateTaskForRunner gives the job away."""
    assert (is_offered(job) and refusal(row, job, major) is None) == restated(row, job, major)


failing_jobs = st.lists(
    st.builds(
        FailingJob,
        id=st.integers(60, 80),
        repo_id=st.sampled_from([REPOSITORY, REPOSITORY + 1]),
        owner_id=st.just(OWNER),
        runs_on=few_labels,
        waiting_since=st.integers(NOW - 302, NOW - 298),
        priority=st.integers(-1, 1),
    ),
    max_size=3,
    unique_by=lambda one: one.id,
).map(tuple)


@given(groups, jobs, failing_jobs, st.integers(7, 16))
def test_what_fails_first_starves_what_is_behind(
    row: RunnerGroup, job: WaitingJob, failing: tuple[FailingJob, ...], major: int
) -> None:
    """Since 16: a job of a repository without the Actions unit that an instance's or a repository's runner would be given
    before this one, by priority, time and id."""
    owner, repository = row.owner_id or 0, row.repo_id or 0

    def would_be_picked(one: FailingJob) -> bool:
        if repository == 0 and owner != 0:
            return False
        return (repository in (0, one.repo_id)) and restated_labels(row.labels, one.runs_on, major)

    def place(one: FailingJob) -> tuple[int, int, int]:
        return -(one.priority or 0), one.waiting_since or 0, one.id

    mine = (-((job.run.priority or 0) if job.run else 0), job.waiting_since or 0, job.id)
    before = [one for one in failing if place(one) <= mine and would_be_picked(one)]
    found = failure(row, job, failing, major)
    assert (found in before) == bool(before and major >= 16)
    assert found is None or major >= 16
