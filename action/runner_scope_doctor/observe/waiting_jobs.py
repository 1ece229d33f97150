"""Rows of jobs as values, with what else is known of each: its repository's unit, what it needs, and what is ahead of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner_scope_doctor.database.cells import integer, integer_or_zero, optional_text, text, text_or_empty
from runner_scope_doctor.database.engines.runner_rows import labels
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import waiting as sql
from runner_scope_doctor.database.sql import work as sql_work
from runner_scope_doctor.model.errors import AccessDenied
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.server import FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON, FIRST_MAJOR_WITH_CONCURRENCY_QUEUES
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, Source, Unobserved
from runner_scope_doctor.model.waiting import JobStatus, NeededJob, RunAhead, RunOfJob, WaitingJob
from runner_scope_doctor.observe.runners import batches

_QUEUES_BEHIND = 1
"""`concurrency_type` of a run that waits for others of its group; 2 cancels them instead."""
_CALLS = re.compile(r"^\s+uses:", re.MULTILINE)
_STEPS = re.compile(r"^\s+steps:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeJobs:
    """The jobs asked for; `left_out` more wait."""

    jobs: tuple[WaitingJob, ...]
    left_out: int


def jobs_of(reader: Reader, rows: Sequence[Row], major: int, gaps: list[Unobserved]) -> tuple[WaitingJob, ...]:
    """The rows of a job statement as values. Raises SourceUnavailable for a table without which nothing can be said."""
    jobs = tuple(_job(row) for row in rows)
    jobs = _with_needs(reader, jobs, {integer_or_zero(row[0]): _words(row[6]) for row in rows})
    if major >= FIRST_MAJOR_WITH_CONCURRENCY_QUEUES:
        jobs = _with_runs_ahead(reader, jobs)
    jobs = _with_units(reader, jobs, gaps)
    if major >= FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON:
        jobs = tuple(_with_call(reader, job, gaps) for job in jobs)
    return jobs


def _job(row: Row) -> WaitingJob:
    return WaitingJob(
        id=integer_or_zero(row[0]),
        name=text_or_empty(row[1]),
        run_id=integer_or_zero(row[2]),
        run=None if row[10] is None else _run(row[10:18]),
        repo_id=integer_or_zero(row[3]),
        repository=None if row[18] is None else _repository(row[18:22]),
        owner_id=integer_or_zero(row[4]),
        runs_on=labels(row[5]),
        needs=(),
        status=status_of(row[7]),
        assigned=integer_or_zero(row[8]) != 0,
        waiting_since=integer_or_zero(row[9]),
        actions_unit=None,
    )


def _run(columns: Row) -> RunOfJob:
    number, index, workflow, needs_approval, from_fork, group, kind, priority = columns
    return RunOfJob(
        id=integer_or_zero(number),
        number=integer_or_zero(index),
        workflow=text_or_empty(workflow),
        needs_approval=bool(needs_approval),
        from_fork=bool(from_fork),
        concurrency_group=optional_text(group) or None,
        queues_behind=kind == _QUEUES_BEHIND,
        priority=integer_or_zero(priority),
    )


def _repository(columns: Row) -> ObservedRepository:
    number, owner_id, name, owner_name = columns
    return ObservedRepository(
        id=integer_or_zero(number),
        owner_id=integer_or_zero(owner_id),
        name=text_or_empty(name),
        owner_name=optional_text(owner_name),
    )


def status_of(value: object) -> JobStatus:
    """The status, UNKNOWN for a number or a value that Forgejo has no name for."""
    number = integer(value)
    return JobStatus(number) if number in {status.value for status in JobStatus} else JobStatus.UNKNOWN


def _words(stored: object) -> tuple[str, ...]:
    """A JSON list of names; none for anything else."""
    try:
        parsed = json.loads(text(stored)) if stored is not None else None
    except (ValueError, RecursionError):
        return ()
    return tuple(word for word in parsed if isinstance(word, str)) if isinstance(parsed, list) else ()


def _with_needs(
    reader: Reader, jobs: tuple[WaitingJob, ...], keys: dict[int, tuple[str, ...]]
) -> tuple[WaitingJob, ...]:
    run_ids = sorted(
        {job.run_id for job in jobs if job.run_id is not None and job.status is JobStatus.BLOCKED and keys[job.id]}
    )
    beside: dict[tuple[int | None, str], list[tuple[int, JobStatus]]] = {}
    for some_ids in batches(run_ids):
        for run_id, key, job_id, status in reader.read(sql.SELECT_JOBS_BESIDE, run_ids=some_ids):
            place = (integer_or_zero(run_id), text_or_empty(key))
            beside.setdefault(place, []).append((integer_or_zero(job_id), status_of(status)))
    return tuple(
        replace(job, needs=tuple(one for key in keys[job.id] for one in _needed(key, beside.get((job.run_id, key)))))
        if job.status is JobStatus.BLOCKED
        else job
        for job in jobs
    )


def _needed(key: str, found: list[tuple[int, JobStatus]] | None) -> tuple[NeededJob, ...]:
    """Every leg of a matrix is a job of the same key."""
    if found is None:
        return (NeededJob(key=key, id=None, status=None),)
    return tuple(NeededJob(key=key, id=job_id, status=status) for job_id, status in found)


def _with_runs_ahead(reader: Reader, jobs: tuple[WaitingJob, ...]) -> tuple[WaitingJob, ...]:
    queued = [(job, job.run) for job in jobs if job.run is not None and job.run.queues_behind]
    groups = sorted({run.concurrency_group for _, run in queued if run.concurrency_group is not None})
    repo_ids = tuple(sorted({job.repo_id for job, _ in queued}))
    ahead: dict[tuple[int, str], list[RunAhead]] = {}
    for some_groups in batches(groups):
        for some_ids in batches(repo_ids):
            rows = reader.read(sql.select_unfinished_runs(reader.engine), repo_ids=some_ids, groups=some_groups)
            for repo_id, group, run_id, number, status, needs_approval in rows:
                ahead.setdefault((integer_or_zero(repo_id), text_or_empty(group)), []).append(
                    RunAhead(
                        id=integer_or_zero(run_id),
                        number=integer_or_zero(number),
                        status=status_of(status),
                        needs_approval=bool(needs_approval),
                    )
                )
    return tuple(replace(job, ahead=_ahead_of(job, ahead)) for job in jobs)


def _ahead_of(job: WaitingJob, found: dict[tuple[int, str], list[RunAhead]]) -> tuple[RunAhead, ...]:
    """Forgejo's rule (`getConcurrencyCondition`): a running run, or one with a smaller number that is not done."""
    run = job.run
    if run is None or not run.queues_behind or run.concurrency_group is None:
        return ()
    others = (one for one in found.get((job.repo_id, run.concurrency_group), ()) if one.id != run.id)
    return tuple(one for one in others if one.status is JobStatus.RUNNING or one.number < run.number)


def _with_units(reader: Reader, jobs: tuple[WaitingJob, ...], gaps: list[Unobserved]) -> tuple[WaitingJob, ...]:
    repo_ids = sorted({job.repo_id for job in jobs})
    try:
        on = {
            row[0]
            for some_ids in batches(repo_ids)
            for row in reader.read(sql_work.SELECT_REPOSITORIES_WITH_ACTIONS, repo_ids=some_ids)
        }
    except AccessDenied as denied:
        gaps.append(_gap("whether Actions is switched on where jobs wait", denied))
        return jobs
    return tuple(replace(job, actions_unit=ActionsUnit.ON if job.repo_id in on else ActionsUnit.OFF) for job in jobs)


def _with_call(reader: Reader, job: WaitingJob, gaps: list[Unobserved]) -> WaitingJob:
    """A job that calls another workflow has `uses:` and no steps."""
    if job.runs_on or job.status is not JobStatus.WAITING:
        return job
    try:
        rows = reader.read(sql.SELECT_PAYLOAD, job_id=job.id)
    except AccessDenied as denied:
        if not any(gap.what == _CALLED for gap in gaps):
            gaps.append(_gap(_CALLED, denied))
        return job
    workflow = text_or_empty(rows[0][0]) if rows else ""
    return replace(job, calls_workflow=bool(_CALLS.search(workflow)) and not _STEPS.search(workflow))


_CALLED = "whether a job without a runs-on calls another workflow"


def _gap(what: str, denied: AccessDenied) -> Unobserved:
    return Unobserved(
        source=Source.DATABASE, what=what, reason=denied.problem, next_step=denied.next_step, need=Need.OPTIONAL
    )
