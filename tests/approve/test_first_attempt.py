"""What tells a first attempt from a re-run up to Forgejo 14, where a job's attempt is counted only when it is picked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.approve.dispatch_record import DispatchInputs, RecordedJob, RecordedRun
from runner_scope_doctor.approve.first_attempt import attempt_problem

ASKED = "an approval"
INPUTS = DispatchInputs(declared=frozenset(), with_default=frozenset())
RUN = RecordedRun(
    id=3, repo_id=12, repository="ops/forgejo", is_mirror=False, workflow_directory=None, workflow_file="scope-repair.yml",
    ref="refs/heads/main", commit="b" * 40, event="workflow_dispatch", trigger_event="workflow_dispatch", trigger_user_id=7,
    trigger_login="ops-lead", status=5, version=1, created=100, payload=None,
)  # fmt: skip
WAITING = RecordedJob(id=1, status=5, attempt=0, task_id=0, created=100, updated=100, workflow=INPUTS)
RUNNING = replace(WAITING, status=6, attempt=1, task_id=8, updated=105)
ENDED = replace(RUNNING, status=1, updated=110)
BLOCKED = replace(WAITING, id=2, status=7)
SKIPPED = replace(BLOCKED, status=4, updated=111)


@pytest.mark.parametrize(
    ("jobs", "version"),
    [
        ((WAITING,), 1),
        ((RUNNING,), 2),
        ((WAITING, BLOCKED), 1),
        ((RUNNING, BLOCKED), 2),
        ((ENDED, RUNNING), 4),
        ((RUNNING, SKIPPED), 3),
    ],
)
def test_a_first_attempt_is_one(jobs: tuple[RecordedJob, ...], version: int) -> None:
    """The server wrote the run once when it made it, and once for each change of a job's status."""
    assert attempt_problem(replace(RUN, version=version), jobs, major=11, asked=ASKED) is None
    assert "was written more often" in str(
        attempt_problem(replace(RUN, version=version + 1), jobs, major=11, asked=ASKED)
    )


@pytest.mark.parametrize(
    ("job", "problem"),
    [
        (replace(WAITING, updated=101), "has a waiting job that was touched after its creation"),
        (replace(WAITING, created=None), "has a waiting job that was touched after its creation"),
        (replace(WAITING, attempt=1), "has a job that waits for its second attempt"),
        (replace(BLOCKED, attempt=1), "has a job that waits for its second attempt"),
        (replace(ENDED, task_id=0), "has a job that waits for its second attempt"),
        (replace(WAITING, task_id=8), "has a job that runs in an attempt of no number"),
        (replace(RUNNING, attempt=0, task_id=0), "has a job that runs in an attempt of no number"),
        (replace(RUNNING, attempt=2), "has a job in attempt 2;"),
        (replace(RUNNING, attempt=None), "has a job in attempt of no number;"),
    ],
)
def test_each_sign_of_a_re_run_is_enough(job: RecordedJob, problem: str) -> None:
    """A job of these values is refused though the run's count of writes says nothing."""
    assert str(attempt_problem(RUN, (job,), major=14, asked=ASKED)).startswith(problem)


def test_a_run_whose_count_cannot_be_read() -> None:
    """Without the count a job cancelled before it was picked and run again could not be told."""
    assert "was written more often" in str(
        attempt_problem(replace(RUN, version=None), (WAITING,), major=11, asked=ASKED)
    )


def test_from_15_on_the_number_alone_tells() -> None:
    """There a job counts from 1, so that 0 is a row from before the upgrade, which nothing is known of."""
    assert (
        attempt_problem(replace(RUN, version=9), (replace(WAITING, attempt=1, updated=200),), major=15, asked=ASKED)
        is None
    )
    assert attempt_problem(RUN, (WAITING,), major=15, asked=ASKED) == (
        "has a job in attempt 0; an approval does not survive a re-run"
    )
