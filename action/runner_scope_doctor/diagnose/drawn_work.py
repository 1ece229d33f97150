"""What waits in each repository, as far as it was looked for."""

from __future__ import annotations

from collections import defaultdict

from runner_scope_doctor.model.picture import DrawnJob, DrawnWork
from runner_scope_doctor.model.snapshot import OverdueJob, Snapshot


def drawn_work(snapshot: Snapshot) -> dict[int, DrawnWork]:
    """By the id of the repository; none for those where nothing waits or nobody looked."""
    jobs: defaultdict[int, list[DrawnJob]] = defaultdict(list)
    for job in snapshot.overdue_jobs:
        jobs[job.repository.id].append(_drawn(job, snapshot.taken_at))
    counts = {waiting.repo_id: waiting for waiting in snapshot.waiting_jobs}
    found = {}
    for repo_id in dict.fromkeys((*counts, *jobs)):
        known = sorted(jobs[repo_id], key=lambda job: (-job.waited, job.id))
        spans = [job.waited for job in known]
        waiting = counts.get(repo_id)
        if waiting is not None and waiting.oldest is not None:
            spans.append(max(snapshot.taken_at - waiting.oldest, 0))
        count = max(len(known), 0 if waiting is None else waiting.count)
        if count:
            found[repo_id] = DrawnWork(count=count, oldest=max(spans, default=None), jobs=tuple(known))
    return found


def _drawn(job: OverdueJob, now: int) -> DrawnJob:
    waited = max(now - job.waiting_since, 0)
    return DrawnJob(id=job.id, name=job.name, waited=waited, runs_on=job.runs_on, reason=None)
