"""RSD014: a job has waited too long, and only declared runners could take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.diagnose.label_state import label_names
from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.model.contract import DeclaredRunner
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner, UnreadableLabels, counted, is_combined
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.snapshot import OverdueJob, Source, Unobserved
from runner_scope_doctor.model.wording import duration, named

_LAST_MAJOR_MATCHING_EMPTY_RUNS_ON = 10
"""Up to 10 an empty `runs-on` matches every runner; from 11 on it matches none (`ActionRunJob.ItRunsOn`)."""

Takers = tuple[ObservedRunner, ...]


def find(case: Case) -> Iterator[Finding | Unobserved]:
    """One error for all jobs that the same declared runners, and nobody else, should have taken by now."""
    limits = [declared.max_wait for declared in case.declared if declared.max_wait is not None]
    if not limits:
        return
    looked_before = case.snapshot.overdue_before
    if looked_before is None or looked_before < case.snapshot.taken_at - min(limits):
        yield _unseen(case)
    alike: dict[object, list[OverdueJob]] = {}  # jobs that the same runners can take, so that each is asked once
    for job in case.snapshot.overdue_jobs:
        if _waited(job, case) > min(limits):
            alike.setdefault((job.repository.id, job.repository.owner_id, job.runs_on), []).append(job)
    waiting: dict[Takers, list[OverdueJob]] = {}
    for jobs in alike.values():
        waiting.setdefault(_declared_takers(jobs[0], case), []).extend(jobs)
    for takers, jobs in waiting.items():
        yield from _judged(takers, jobs, case)


def could_take(runner: ObservedRunner, job: OverdueJob, rules_of: int | None) -> bool:
    """Forgejo's rule: the scope covers the repository's present owner, and every `runs-on` label was declared.

    A combined row is meant for its repository, and is what the job waits for, so it counts.
    """
    return _in_scope(runner, job) and _labels_fit(runner, job, rules_of)


def _in_scope(runner: ObservedRunner, job: OverdueJob) -> bool:
    owner_id, repo_id = counted(runner.owner_id), counted(runner.repo_id)
    if repo_id != 0:
        return repo_id == job.repository.id
    return owner_id in (0, job.repository.owner_id)


def _labels_fit(runner: ObservedRunner, job: OverdueJob, rules_of: int | None) -> bool:
    if isinstance(job.runs_on, UnreadableLabels):
        return False
    if not job.runs_on:
        return rules_of is not None and rules_of <= _LAST_MAJOR_MATCHING_EMPTY_RUNS_ON
    return set(job.runs_on) <= set(label_names(runner))


def _declared_takers(job: OverdueJob, case: Case) -> Takers:
    """Who could take the job; nobody as soon as one of them is not declared, for then nobody promised anything."""
    takers = []
    for runner in case.live:
        if could_take(runner, job, case.rules_of):
            if runner.name not in case.declared_by_name:
                return ()
            takers.append(runner)
    return tuple(takers)


def _judged(takers: Takers, jobs: Sequence[OverdueJob], case: Case) -> Iterator[Finding]:
    promises = [case.declared_by_name[runner.name] for runner in takers]
    limited = [(one.max_wait, one) for one in promises if one.max_wait is not None]
    if limited:
        allowed, declared = min(limited, key=lambda pair: pair[0])
        late = sorted(
            (job for job in jobs if _waited(job, case) > allowed), key=lambda job: (job.waiting_since, job.id)
        )
        if late:
            yield _finding(takers, late, declared, allowed, case)


def _waited(job: OverdueJob, case: Case) -> int:
    return case.snapshot.taken_at - job.waiting_since


def _finding(takers: Takers, late: Sequence[OverdueJob], declared: DeclaredRunner, allowed: int, case: Case) -> Finding:
    first = f"job {_in_words(late[0], case)}"
    if len(late) > 1:
        first = f"{len(late)} jobs have waited too long; {first}"
    return Finding(
        kind=FindingKind.JOB_OVERDUE,
        severity=Severity.ERROR,
        message=f"{first}; the contract allows {duration(allowed)}",
        meaning=f"Only {_names(takers)} could take {'it' if len(late) == 1 else 'them'}, and did not.",
        remedy=_remedy(takers, case.rules_of),
        rows=takers[:SHOWN],
        evidence=()
        if len(late) == 1
        else (*(_in_words(job, case) for job in late[:SHOWN]), *more_than_shown(len(late))),
        location=declared.location,
    )


def _in_words(job: OverdueJob, case: Case) -> str:
    return f"{job.id} {named(job.name)} of {named(full_name(job.repository))} has waited {duration(_waited(job, case))}"


def _names(takers: Takers) -> str:
    names = sorted({named(runner.name) for runner in takers})
    return ", ".join(names) if len(names) <= SHOWN else f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def _remedy(takers: Takers, rules_of: int | None) -> str:
    if not any(is_combined(runner) for runner in takers):
        return f"Look at the service of {_names(takers)}: whether it runs, and whether it is busy with another job."
    if rules_of is not None and rules_of >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
        return "Repair the scope as RSD001 says, then start the runner's service if it has exited."
    return "Repair the scope as RSD001 says; a waiting job is picked up within seconds of it."


def _unseen(case: Case) -> Unobserved:
    if case.snapshot.server.engine is None:
        reason = "The contract sets max_wait, and only a database tells since when a job waits."
        next_step = "Let the check see the database, or take max_wait out of the contract."
    else:
        reason = "The contract sets a max_wait that was not known when the snapshot was taken."
        next_step = "Take the snapshot again with this contract."
    return Unobserved(
        source=Source.DATABASE,
        what="how long jobs wait",
        reason=reason,
        next_step=next_step,
        need=case.need_of_database,
    )
