"""Reads every live runner in groups that the server's rule treats alike, and deleted ones that a job would have fitted."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.database.cells import integer_or_zero, text_or_empty
from runner_scope_doctor.database.engines.runner_rows import labels, observed_id
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import waiting as sql
from runner_scope_doctor.model.waiting import DeletedRunner, JobStatus, PooledRunner, RunnerGroup, WaitingJob

_PAGE = 5000
"""Rows in one statement: in SQLite's DELETE mode a server cannot write meanwhile."""
_LATEST = 10_000
"""Deleted runners that are looked through: servers with ephemeral runners keep a row of each for ever."""


def live_groups(reader: Reader, major: int) -> tuple[RunnerGroup, ...]:
    """All live rows. Nothing is judged; labels are parsed once for each spelling."""
    members: dict[tuple[object, object, object], list[PooledRunner]] = {}
    statement, last = sql.select_pool_after(major), -(2**63)
    while True:
        rows = reader.read(statement, after=last, page=_PAGE)
        for owner_id, repo_id, stored, number, name, last_online, ephemeral in rows:
            key = (owner_id, repo_id, stored)
            runner = _pooled(number, name, last_online, ephemeral)
            if key in members:
                members[key].append(runner)
            else:
                members[key] = [runner]
        if len(rows) < _PAGE:
            break
        last = integer_or_zero(rows[-1][3])
    return tuple(
        RunnerGroup(
            owner_id=observed_id(owner_id), repo_id=observed_id(repo_id), labels=labels(stored), members=tuple(runners)
        )
        for (owner_id, repo_id, stored), runners in members.items()
    )


def _pooled(number: object, name: object, last_online: object, ephemeral: object) -> PooledRunner:
    if isinstance(number, int) and isinstance(name, str) and isinstance(last_online, int):
        return PooledRunner(number, name, last_online, 1 if ephemeral else 0)
    return PooledRunner(
        integer_or_zero(number), text_or_empty(name), integer_or_zero(last_online), int(bool(ephemeral))
    )


def deleted_with_labels(
    reader: Reader, major: int, jobs: Sequence[WaitingJob], groups: Sequence[RunnerGroup]
) -> tuple[DeletedRunner, ...]:
    """Deleted runners that had every label of a waiting job which no live runner has, of the latest ten thousand. Whether their
    scope covered the job is judged elsewhere."""
    wanted = {
        job.runs_on
        for job in jobs
        if job.status is JobStatus.WAITING and isinstance(job.runs_on, tuple) and job.runs_on
    }
    present = {group.labels for group in groups if isinstance(group.labels, tuple)}
    known = {label for labels_of_one in present for label in labels_of_one}
    missed = [
        asked for asked in wanted if not (known.issuperset(asked) and any(set(asked) <= set(one) for one in present))
    ]
    if not missed:
        return ()
    had = {}
    found = []
    for row in reader.read(sql.select_latest_deleted(major), limit=_LATEST):
        stored = row[2]
        if stored not in had:
            parsed = labels(stored)
            had[stored] = isinstance(parsed, tuple) and any(set(asked) <= set(parsed) for asked in missed)
        if had[stored]:
            found.append(_deleted(row))
    return tuple(found)


def _deleted(row: Row) -> DeletedRunner:
    return DeletedRunner(
        id=integer_or_zero(row[3]),
        name=text_or_empty(row[4]),
        owner_id=observed_id(row[0]),
        repo_id=observed_id(row[1]),
        labels=labels(row[2]),
        ephemeral=bool(row[6]),
    )
