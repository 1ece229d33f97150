"""RSD014: a job has waited too long, and only declared runners could take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.diagnose.label_state import labels_fit
from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.model.contract import DeclaredRunner
from runner_scope_doctor.model.finding import Finding, FindingKind, JobReason, Severity
from runner_scope_doctor.model.runner import ObservedRunner, counted, is_combined
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, OverdueJob, Source, Unobserved
from runner_scope_doctor.model.wording import counted_noun, duration, named

if TYPE_CHECKING:
    from runner_scope_doctor.model.waiting_reason import Reason

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
            key = (job.repository.id, job.repository.owner_id, job.runs_on, job.actions_unit)
            alike.setdefault(key, []).append(job)
    waiting: dict[Takers, list[OverdueJob]] = {}
    doubtful: list[OverdueJob] = []
    for jobs in alike.values():
        takers, *others = _possible_takers(jobs[0], case)
        if others:
            doubtful += (job for job in jobs if any(_late(some, [job], case) for some in (takers, *others)))
        else:
            waiting.setdefault(takers, []).extend(jobs)
    for takers, jobs in waiting.items():
        yield from _judged(takers, jobs, case)
    if doubtful:
        yield _undecided(doubtful, case)


def could_take(runner: ObservedRunner, job: OverdueJob, rules_of: int | None) -> bool:
    """Forgejo's rule: the scope covers the repository's present owner, and every `runs-on` label was declared.

    A combined row is meant for its repository, and is what the job waits for, so it counts. Where Actions is switched off
    for the repository, its owner's runners pass it over, while those of the instance and its own do not look.
    """
    return _in_scope(runner, job) and labels_fit(runner, job.runs_on, rules_of)


def _in_scope(runner: ObservedRunner, job: OverdueJob) -> bool:
    owner_id, repo_id = counted(runner.owner_id), counted(runner.repo_id)
    if repo_id != 0:
        return repo_id == job.repository.id
    if owner_id == 0:
        return True
    return owner_id == job.repository.owner_id and job.actions_unit is not ActionsUnit.OFF


def _possible_takers(job: OverdueJob, case: Case) -> tuple[Takers, ...]:
    """The one answer; two where it hangs on whether Actions is on in the repository, and that was not seen."""
    units = tuple(ActionsUnit) if job.actions_unit is None else (job.actions_unit,)
    return tuple(dict.fromkeys(_declared_takers(replace(job, actions_unit=unit), case) for unit in units))


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
    strictest, late = _strictest(takers, case), _late(takers, jobs, case)
    if strictest is not None and late:
        yield _finding(takers, late, *strictest, case)


def _late(takers: Takers, jobs: Sequence[OverdueJob], case: Case) -> list[OverdueJob]:
    """Those that waited longer than these runners promise, the longest first."""
    strictest = _strictest(takers, case)
    if strictest is None:
        return []
    late = (job for job in jobs if _waited(job, case) > strictest[1])
    return sorted(late, key=_longest_first)


def _strictest(takers: Takers, case: Case) -> tuple[DeclaredRunner, int] | None:
    """Who of them promises the shortest wait, and its seconds; None when nobody promises any."""
    promises = [case.declared_by_name[runner.name] for runner in takers]
    limited = [(one, one.max_wait) for one in promises if one.max_wait is not None]
    return min(limited, key=lambda pair: pair[1], default=None)


def _longest_first(job: OverdueJob) -> tuple[int, int]:
    return job.waiting_since, job.id


def _waited(job: OverdueJob, case: Case) -> int:
    return case.snapshot.taken_at - job.waiting_since


def _finding(takers: Takers, late: Sequence[OverdueJob], declared: DeclaredRunner, allowed: int, case: Case) -> Finding:
    reasons = {job.id: reason for job in late[:SHOWN] if (reason := _reason(job, takers, case)) is not None}
    first = f"job {_in_words(late[0], case)}"
    if len(late) > 1:
        first = f"{len(late)} jobs have waited too long; {first}"
    return Finding(
        kind=FindingKind.JOB_OVERDUE,
        severity=Severity.ERROR,
        message=f"{first}; the contract allows {duration(allowed)}",
        meaning=f"Only {_names(takers)} could take {'it' if len(late) == 1 else 'them'}, and did not.",
        remedy=_remedy(takers, late[0], case.rules_of),
        rows=takers[:SHOWN],
        runner_ids=tuple(runner.id for runner in takers),
        evidence=(*_told(late, reasons, case), *more_than_shown(len(late))),
        location=declared.location,
        waiting=tuple(JobReason(job_id=number, reason=reason) for number, reason in reasons.items()),
    )


def _reason(job: OverdueJob, takers: Takers, case: Case) -> Reason | None:
    from runner_scope_doctor.diagnose.waiting.overdue import overdue_reason  # most checks find no such job

    return overdue_reason(job, takers, server=case.snapshot.server, now=case.snapshot.taken_at)


def _told(late: Sequence[OverdueJob], reasons: dict[int, Reason], case: Case) -> Iterator[str]:
    """Each job with its reason; a single one, which the message names already, only where there is a reason."""
    for job in late[:SHOWN]:
        reason = reasons.get(job.id)
        if reason is not None:
            yield f"{_in_words(job, case)}: {reason.value}"
        elif len(late) > 1:
            yield _in_words(job, case)


def _in_words(job: OverdueJob, case: Case) -> str:
    return f"{job.id} {named(job.name)} of {named(full_name(job.repository))} has waited {duration(_waited(job, case))}"


def _names(takers: Takers) -> str:
    names = sorted({named(runner.name) for runner in takers})
    return ", ".join(names) if len(names) <= SHOWN else f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def _remedy(takers: Takers, first: OverdueJob, rules_of: int | None) -> str:
    if not any(is_combined(runner) for runner in takers):
        return (
            f"Look at the service of {_names(takers)}: whether it runs, and whether it is busy with another job, which "
            f"`runner-scope-doctor why --job {first.id}` tells."
        )
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


def _undecided(jobs: Sequence[OverdueJob], case: Case) -> Unobserved:
    oldest = min(jobs, key=_longest_first)
    whose = f"job {_in_words(oldest, case)}"
    if len(jobs) > 1:
        whose = f"{counted_noun(len(jobs), 'job')} may have waited too long; {whose}"
    return Unobserved(
        source=Source.DATABASE,
        what="whether a declared runner should have taken a job by now",
        reason=(
            f"{whose[0].upper()}{whose[1:]}; runners of the repository's owner take it only while Actions is switched on "
            "there, and that was not seen."
        ),
        next_step="Let the check read repo_id and type of the table repo_unit, as docs/access.md lists.",
        need=Need.REQUIRED,
    )
