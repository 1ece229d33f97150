"""RSD015: a counter of work climbs although no work came: a combined runner is polling right now."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import is_combined
from runner_scope_doctor.model.snapshot import CounterSample
from runner_scope_doctor.model.wording import duration

_RAISES_PER_JOB = 3
"""Forgejo raises the counter when a job is queued, released or finished; each job is allowed all of them."""
_ENOUGH = 2
"""Two raises that no job explains: one could be a job that was deleted meanwhile."""


def find(case: Case) -> Iterator[Finding]:
    """One warning for each sampled repository whose counter climbed more than its jobs explain."""
    for sample in case.snapshot.counters:
        climbed = sample.second - sample.first
        if climbed - _RAISES_PER_JOB * sample.changed_jobs >= _ENOUGH:
            yield _finding(sample, climbed, case)


def _finding(sample: CounterSample, climbed: int, case: Case) -> Finding:
    rows = tuple(runner for runner in case.live if is_combined(runner) and runner.repo_id == sample.repo_id)
    return Finding(
        kind=FindingKind.COUNTER_CLIMBS,
        severity=Severity.WARNING,
        message=(
            f"the work counter of repository {sample.repo_id} climbed by {climbed} in {duration(sample.seconds)} "
            f"while {sample.changed_jobs} of its jobs changed"
        ),
        meaning=(
            "Each poll of a combined runner raises the counters of the repository, its owner and the whole instance, so the "
            "runner is alive and polls in vain, and every other runner of the instance looks for work on each of its polls."
        ),
        remedy="Repair the scope as RSD001 says; the counters stop with the repair.",
        rows=rows,
        runner_ids=tuple(runner.id for runner in rows),
    )
