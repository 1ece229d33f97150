"""Whether a run is as its starter left it: a re-run keeps the row, the starter and the inputs, whoever asked for it. Pure.

From Forgejo 15 on `attempt` is 1 from the start and grows with every re-run (`ActionRunJob.PrepareNextAttempt`). Up to 14
it is 0 until a runner picks the job, so that a job cancelled before that and run again looks new, but for two things: the
times of a job that nobody touched are equal, and the server counts in `action_run.version` how often it wrote the run,
once for every change of a job's status (`models/actions/run_job.go`, UpdateRunJob).
"""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.approve.dispatch_record import MOST_JOBS, RecordedJob, RecordedRun

FIRST_MAJOR_COUNTING_FROM_ONE = 15
"""Since 15 `action_run_job.attempt` is 1 before any runner picks the job (Forgejo `v15c_add_job_handle`)."""
WAITING, RUNNING, BLOCKED = 5, 6, 7


def attempt_problem(run: RecordedRun, jobs: Sequence[RecordedJob], *, major: int, asked: str) -> str | None:
    """Why this may not be the first attempt; None when it is. `asked` is what the run asks for, such as "an approval". The
    text completes "The dispatch run x …".
    """
    again = f"{asked} does not survive a re-run"
    if not jobs:
        return "has no jobs, so that nothing tells whether it was run again"
    if len(jobs) > MOST_JOBS:
        return f"has more than {MOST_JOBS} jobs; a repair's workflow has few"
    if major >= FIRST_MAJOR_COUNTING_FROM_ONE:
        return next((_numbered(job, again) for job in jobs if job.attempt != 1), None)
    for job in jobs:
        if (problem := _counted_when_picked(job, again)) is not None:
            return problem
    expected = 1 + sum(map(_changes, jobs))
    if run.version is None or run.version > expected:
        return f"was written more often by the server than a first attempt is; {again}"
    return None


def _numbered(job: RecordedJob, again: str) -> str:
    attempt = "of no number" if job.attempt is None else str(job.attempt)
    return f"has a job in attempt {attempt}; {again}"


def _counted_when_picked(job: RecordedJob, again: str) -> str | None:
    pending = job.status in (WAITING, BLOCKED)
    match job.attempt:
        case 0 if job.task_id != 0 or job.status == RUNNING:
            return "has a job that runs in an attempt of no number; its rows do not agree"
        case 0 if pending and (job.created is None or job.updated != job.created):
            return f"has a waiting job that was touched after its creation, as a re-run does; {again}"
        case 0:
            return None
        case 1 if pending or not job.task_id:
            return f"has a job that waits for its second attempt; {again}"
        case 1:
            return None
        case _:
            return _numbered(job, again)


def _changes(job: RecordedJob) -> int:
    """How often a job that nobody ran again has changed its status, at least."""
    if job.status in (WAITING, BLOCKED):
        return 0
    return 1 if job.status == RUNNING or job.attempt == 0 else 2
