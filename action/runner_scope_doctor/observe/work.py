"""Reads what is about work: waiting jobs, overdue jobs, counters, and values with the same pair of ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner_scope_doctor.database.cells import integer_or_zero, optional_text, text_or_empty
from runner_scope_doctor.database.engines.runner_rows import labels
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import work as sql_work
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.snapshot import (
    ActionsUnit,
    CombinedValue,
    CounterSample,
    OverdueJob,
    StoredValueKind,
    WaitingJobs,
)
from runner_scope_doctor.observe.request import Sampling
from runner_scope_doctor.observe.runners import batches


def waiting_jobs(reader: Reader, repo_ids: Sequence[int]) -> tuple[WaitingJobs, ...]:
    """How much waits in each of these repositories."""
    return tuple(
        WaitingJobs(
            repo_id=integer_or_zero(row[0]), count=integer_or_zero(row[1]), oldest=integer_or_zero(row[2]) or None
        )
        for row in _read_each(reader, sql_work.count_waiting_jobs(reader.engine), repo_ids)
    )


def overdue_jobs(reader: Reader, major: int, *, since: int) -> tuple[OverdueJob, ...]:
    """Jobs that became waiting before `since` (Unix seconds) and are held by no queue and no approval.

    Their `actions_unit` is None: the table it stands in is one that a role may not be able to read.
    """
    return tuple(
        OverdueJob(
            id=integer_or_zero(row[0]),
            name=text_or_empty(row[1]),
            runs_on=labels(row[2]),
            waiting_since=integer_or_zero(row[3]),
            repository=ObservedRepository(
                id=integer_or_zero(row[4]),
                owner_id=integer_or_zero(row[5]),
                name=text_or_empty(row[6]),
                owner_name=optional_text(row[7]),
            ),
            actions_unit=None,
        )
        for row in reader.read(sql_work.select_overdue_jobs(major, reader.engine), since=since)
    )


def with_actions_units(reader: Reader, jobs: Sequence[OverdueJob]) -> tuple[OverdueJob, ...]:
    """The jobs, each with whether Actions is switched on in its repository."""
    repo_ids = sorted({job.repository.id for job in jobs})
    switched_on = {row[0] for row in _read_each(reader, sql_work.SELECT_REPOSITORIES_WITH_ACTIONS, repo_ids)}
    return tuple(
        replace(job, actions_unit=ActionsUnit.ON if job.repository.id in switched_on else ActionsUnit.OFF)
        for job in jobs
    )


def counter_samples(
    reader: Reader, repo_ids: Sequence[int], sampling: Sampling, *, now: int
) -> tuple[CounterSample, ...]:
    """The counters of these repositories, read twice; each reading is a transaction of its own."""
    first = dict(_pairs(_read_each(reader, sql_work.SELECT_REPOSITORY_COUNTERS, repo_ids)))
    sampling.pause(sampling.seconds)
    second = dict(_pairs(_read_each(reader, sql_work.SELECT_REPOSITORY_COUNTERS, repo_ids)))
    changed = dict(_pairs(_changed(reader, repo_ids, since=now)))
    return tuple(
        CounterSample(
            repo_id=repo_id,
            first=first[repo_id],
            second=second[repo_id],
            seconds=sampling.seconds,
            changed_jobs=changed.get(repo_id, 0),
        )
        for repo_id in sorted(first.keys() & second.keys())
    )


def combined_values(reader: Reader, kind: StoredValueKind) -> tuple[CombinedValue, ...]:
    """Rows of `secret` or `action_variable` with both ids set."""
    statement = {
        StoredValueKind.SECRET: sql_work.SELECT_COMBINED_SECRETS,
        StoredValueKind.VARIABLE: sql_work.SELECT_COMBINED_VARIABLES,
    }[kind]
    return tuple(
        CombinedValue(
            kind=kind,
            id=integer_or_zero(row[0]),
            name=text_or_empty(row[1]),
            owner_id=integer_or_zero(row[2]),
            repo_id=integer_or_zero(row[3]),
        )
        for row in reader.read(statement)
    )


def _read_each(reader: Reader, statement: Statement, repo_ids: Sequence[int]) -> list[Row]:
    return [row for some_ids in batches(repo_ids) for row in reader.read(statement, repo_ids=some_ids)]


def _changed(reader: Reader, repo_ids: Sequence[int], *, since: int) -> list[Row]:
    return [
        row
        for some_ids in batches(repo_ids)
        for row in reader.read(sql_work.count_changed_jobs(reader.engine), repo_ids=some_ids, since=since)
    ]


def _pairs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    return [(integer_or_zero(row[0]), integer_or_zero(row[1])) for row in rows]
