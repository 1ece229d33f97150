"""Reads every live runner in groups that the server's rule treats alike, and deleted ones that a job would have fitted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner_scope_doctor.database.cells import integer_or_zero, text_or_empty
from runner_scope_doctor.database.engines.runner_rows import labels, observed_id
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import waiting as sql
from runner_scope_doctor.model.waiting import DeletedRunner, JobStatus, PooledRunner, RunnerGroup, WaitingJob

_PAGE = 5000
"""Rows in one statement: in SQLite's DELETE mode a server cannot write meanwhile."""
_LATEST = 20
_MOST_SEARCHED = 20
"""Labels that deleted runners are searched for; each is a pass over the runners."""
_PLAIN = re.compile(r"[A-Za-z0-9.-]+")


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


def deleted_with_labels(reader: Reader, major: int, jobs: Sequence[WaitingJob]) -> tuple[DeletedRunner, ...]:
    """The latest soft-deleted runners with a label that a waiting job asks for; whether they fitted is judged elsewhere."""
    wanted = dict.fromkeys(
        _longest_piece(label)
        for job in jobs
        if job.status is JobStatus.WAITING and isinstance(job.runs_on, tuple)
        for label in job.runs_on[:1]
    )
    pieces = [piece for piece in wanted if piece][:_MOST_SEARCHED]
    found: dict[int, DeletedRunner] = {}
    for piece in pieces:
        rows = reader.read(sql.select_deleted_with_label(major), pattern=f"%{piece}%", limit=_LATEST)
        found |= {integer_or_zero(row[3]): _deleted(row) for row in rows}
    return tuple(found[number] for number in sorted(found, reverse=True))


def _longest_piece(label: str) -> str:
    """A part of the label that JSON and LIKE leave as it is."""
    return max(_PLAIN.findall(label), key=len, default="")


def _deleted(row: Row) -> DeletedRunner:
    return DeletedRunner(
        id=integer_or_zero(row[3]),
        name=text_or_empty(row[4]),
        owner_id=observed_id(row[0]),
        repo_id=observed_id(row[1]),
        labels=labels(row[2]),
        ephemeral=bool(row[6]),
    )
