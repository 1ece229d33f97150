"""What waits in each repository, as far as it was looked for."""

from __future__ import annotations

from collections import defaultdict

from runner_scope_doctor.model.picture import DrawnJob, DrawnWork
from runner_scope_doctor.model.snapshot import OverdueJob, Snapshot
from runner_scope_doctor.model.waiting import JobStatus, WaitingJob
from runner_scope_doctor.model.waiting_reason import Explanation, WaitingAnswer


def drawn_work(snapshot: Snapshot, answer: WaitingAnswer | None) -> dict[int, DrawnWork]:
    """By the id of the repository; none for those where nothing waits or nobody looked. `answer` is None when nobody asked why
    jobs wait: then those are drawn that the check itself saw."""
    jobs: defaultdict[int, list[DrawnJob]] = defaultdict(list)
    if answer is None:
        for job in snapshot.overdue_jobs:
            jobs[job.repository.id].append(_overdue(job, snapshot.taken_at))
    else:
        for explanation in answer.explanations:
            jobs[explanation.job.repo_id].append(_explained(explanation, answer.now))
    counts = {waiting.repo_id: waiting for waiting in snapshot.waiting_jobs}
    found = {}
    for repo_id in dict.fromkeys((*counts, *jobs)):
        known = sorted(jobs.get(repo_id, ()), key=lambda job: (-job.waited, job.id))
        spans = [job.waited for job in known]
        waiting = counts.get(repo_id)
        if waiting is not None and waiting.oldest is not None:
            spans.append(max(snapshot.taken_at - waiting.oldest, 0))
        count = max(len(known), 0 if waiting is None else waiting.count)
        if count:
            found[repo_id] = DrawnWork(count=count, oldest=max(spans, default=None), jobs=tuple(known))
    return found


def _overdue(job: OverdueJob, now: int) -> DrawnJob:
    return DrawnJob(
        id=job.id,
        name=job.name,
        status=JobStatus.WAITING,
        waited=max(now - job.waiting_since, 0),
        runs_on=job.runs_on,
        explanation=None,
    )


def _waited(job: WaitingJob, now: int) -> int:
    """A picture has the jobs of a database, which always tells since when; the API, which does not, is not drawn."""
    return 0 if job.waiting_since is None else max(now - job.waiting_since, 0)


def _explained(explanation: Explanation, now: int) -> DrawnJob:
    job = explanation.job
    return DrawnJob(
        id=job.id,
        name=job.name,
        status=job.status,
        waited=_waited(job, now),
        runs_on=job.runs_on,
        explanation=explanation,
    )
