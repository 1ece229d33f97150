"""One look at a repaired runner and its work, in short reads of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from runner_scope_doctor.database.cells import integer_or_zero, text_or_empty
from runner_scope_doctor.database.engines.runner_rows import labels, runner_with_context
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.database.sql import work as sql_work
from runner_scope_doctor.model.effect import EffectReading, GivenJob, TakeableJob, Taker
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.runner import ObservedRunner, is_combined
from runner_scope_doctor.observe.runners import batches

_Part = TypeVar("_Part")
_MOST_JOBS = 200
"""Waiting jobs looked at, the longest waiting first: a runner is given those before any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRequest:
    """Which repaired runner, of which repository, on a Forgejo of `major`. `job_ids` are jobs that waited at earlier looks."""

    runner_id: int
    repo_id: int
    major: int
    job_ids: tuple[int, ...] = ()


def effect_reading(reader: Reader, request: EffectRequest) -> EffectReading:
    """One look. Raises SourceUnavailable when the runner's row cannot be read; what else cannot is told in it."""
    # The row before the counter: a poll seen between two looks then has raised the counter by the second of them.
    runner = _live(reader, request)
    beside = _combined_beside(reader, request)
    unseen: list[str] = []
    counter = _or_unseen(lambda: _counter(reader, request.repo_id), unseen)
    waiting = _or_unseen(lambda: _takeable(reader, request), unseen)
    running = _or_unseen(lambda: _running(reader, request.repo_id), unseen)
    given = _or_unseen(lambda: _given(reader, request), unseen) if request.job_ids else ()
    return EffectReading(
        runner=runner,
        combined_beside=beside,
        counter=counter,
        waiting=waiting,
        running=running,
        given=given or (),
        unseen=tuple(dict.fromkeys(unseen)),
    )


def _or_unseen(read: Callable[[], _Part], unseen: list[str]) -> _Part | None:
    try:
        return read()
    except SourceUnavailable as failure:
        unseen.append(failure.problem)
        return None


def _live(reader: Reader, request: EffectRequest) -> ObservedRunner | None:
    rows = reader.read(sql.select_runners_by_id(request.major), ids=(request.runner_id,))
    return runner_with_context(rows[0])[0] if rows else None


def _combined_beside(reader: Reader, request: EffectRequest) -> tuple[int, ...]:
    rows = reader.read(sql.select_runners_of_repositories(request.major), ids=(request.repo_id,))
    runners = [runner_with_context(row)[0] for row in rows]
    return tuple(sorted(one.id for one in runners if one.id != request.runner_id and is_combined(one)))


def _counter(reader: Reader, repo_id: int) -> int | None:
    rows = reader.read(sql_work.SELECT_REPOSITORY_COUNTERS, repo_ids=(repo_id,))
    return integer_or_zero(rows[0][1]) if rows else None


def _takeable(reader: Reader, request: EffectRequest) -> tuple[TakeableJob, ...]:
    statement = sql_work.select_takeable_jobs(request.major, reader.engine)
    return tuple(
        TakeableJob(id=integer_or_zero(row[0]), name=text_or_empty(row[1]), runs_on=labels(row[2]))
        for row in reader.read(statement, repo_id=request.repo_id, limit=_MOST_JOBS)
    )


def _running(reader: Reader, repo_id: int) -> int:
    return integer_or_zero(reader.read(sql_work.count_running_jobs(reader.engine), repo_id=repo_id)[0][0])


def _given(reader: Reader, request: EffectRequest) -> tuple[GivenJob, ...]:
    rows = [row for ids in batches(request.job_ids) for row in reader.read(sql_work.SELECT_GIVEN_JOBS, ids=ids)]
    names = {integer_or_zero(row[0]): text_or_empty(row[1]) for row in rows}
    if not names:
        return ()
    takers = _takers(reader, tuple(names), request.runner_id)
    return tuple(GivenJob(id=job, name=name, taker=takers.get(job, Taker.NOT_SEEN)) for job, name in names.items())


def _takers(reader: Reader, job_ids: Sequence[int], runner_id: int) -> dict[int, Taker]:
    try:
        rows = [row for ids in batches(job_ids) for row in reader.read(sql_work.SELECT_TASK_RUNNERS, ids=ids)]
    except AccessDenied:  # the grants of docs/access.md leave the table of tasks out
        return {}
    return {integer_or_zero(row[0]): Taker.THIS_RUNNER if row[1] == runner_id else Taker.ANOTHER for row in rows}
