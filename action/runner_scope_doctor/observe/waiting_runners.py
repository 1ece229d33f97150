"""Reads every live runner in groups that the server's rule treats alike, and deleted ones that a job would have fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from runner_scope_doctor.database.cells import integer_or_zero, text_or_empty
from runner_scope_doctor.database.engines.runner_rows import labels, observed_id
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import waiting as sql
from runner_scope_doctor.model.waiting import DeletedRunner, JobStatus, RunnerGroup, RunnerRow, WaitingJob

_PAGE = 5000
"""Rows in one statement: in SQLite's DELETE mode a server cannot write meanwhile."""
_LATEST = 10_000
"""Deleted runners that are looked through: servers with ephemeral runners keep a row of each for ever."""
_OF_GROUP = 4
"""Where the columns begin that make a group: the two ids and the labels."""


def live_groups(reader: Reader, major: int) -> tuple[RunnerGroup, ...]:
    """All live rows. Nothing is judged; labels are parsed once for each spelling."""
    alike: dict[Row, list[Row]] = {}
    statement, last = sql.select_pool_after(major, reader.engine), -(2**63)
    while True:
        rows = reader.read(statement, after=last, page=_PAGE)
        for row in rows:
            key = row[_OF_GROUP:]
            if key in alike:
                alike[key].append(row)
            else:
                alike[key] = [row]
        if len(rows) < _PAGE:
            return tuple(_group(key, members) for key, members in alike.items())
        last = integer_or_zero(rows[-1][0])


def _group(key: Row, members: list[Row]) -> RunnerGroup:
    owner_id, repo_id, stored = key
    return RunnerGroup(
        owner_id=observed_id(owner_id),
        repo_id=observed_id(repo_id),
        labels=labels(stored),
        members=cast("list[RunnerRow]", members),  # the statement sees to the types
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
    had: dict[object, bool] = {}
    found = []
    for row in reader.read(sql.select_latest_deleted(major, reader.engine), limit=_LATEST):
        stored = row[6]
        if stored not in had:
            parsed = labels(stored)
            had[stored] = isinstance(parsed, tuple) and any(set(asked) <= set(parsed) for asked in missed)
        if had[stored]:
            found.append(_deleted(row))
    return tuple(found)


def _deleted(row: Row) -> DeletedRunner:
    return DeletedRunner(
        id=integer_or_zero(row[0]),
        name=text_or_empty(row[1]),
        owner_id=observed_id(row[4]),
        repo_id=observed_id(row[5]),
        labels=labels(row[6]),
        ephemeral=bool(row[3]),
    )
