"""Reads what is about work: waiting jobs, overdue jobs, counters, and values with the same pair of ids."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.database import sql_work
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.runner_rows import labels
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.snapshot import (
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
        WaitingJobs(repo_id=_integer(row[0]), count=_integer(row[1]), oldest=_integer(row[2]) or None)
        for row in _read_each(reader, sql_work.count_waiting_jobs(reader.engine), repo_ids)
    )


def overdue_jobs(reader: Reader, major: int, *, since: int) -> tuple[OverdueJob, ...]:
    """Jobs that became waiting before `since` (Unix seconds) and are held by no queue and no approval."""
    return tuple(
        OverdueJob(
            id=_integer(row[0]),
            name=_text(row[1]),
            runs_on=labels(row[2]),
            waiting_since=_integer(row[3]),
            repository=ObservedRepository(
                id=_integer(row[4]),
                owner_id=_integer(row[5]),
                name=_text(row[6]),
                owner_name=None if row[7] is None else _text(row[7]),
            ),
        )
        for row in reader.read(sql_work.select_overdue_jobs(major, reader.engine), since=since)
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
            kind=kind, id=_integer(row[0]), name=_text(row[1]), owner_id=_integer(row[2]), repo_id=_integer(row[3])
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
    return [(_integer(row[0]), _integer(row[1])) for row in rows]


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)
