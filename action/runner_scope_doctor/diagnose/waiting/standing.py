"""Whether runners that the server would give a job also ask for it: used up, combined, busy, silent or offline."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from runner_scope_doctor.diagnose.waiting.rule import scope_kind
from runner_scope_doctor.model.runner import ONLINE_WINDOW, RunnerStatus
from runner_scope_doctor.model.waiting import EPHEMERAL, LAST_ONLINE, PooledRunner, RunnerGroup, RunnerRow, TasksSeen
from runner_scope_doctor.model.waiting_reason import ScopeKind, Standing

KEPT = 20
"""Runners of one standing that are kept for showing; the others are counted."""
_contact = itemgetter(LAST_ONLINE)
_BY_FREEDOM = (RunnerStatus.IDLE, RunnerStatus.ACTIVE, RunnerStatus.OFFLINE)
"""Whoever could take a job soonest, as far as the API tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Some runners of a group that stand alike: how many, and the first to show."""

    count: int
    shown: tuple[PooledRunner, ...]


def runners_of(
    rows: Sequence[RunnerRow], statuses: Mapping[int, RunnerStatus] | None = None
) -> tuple[PooledRunner, ...]:
    """Rows that are to be shown."""
    if statuses is not None:
        return tuple(
            PooledRunner(number, name, None, ephemeral, statuses[number]) for number, name, _, ephemeral, *_ in rows
        )
    return tuple(
        PooledRunner(number, name, last_online, ephemeral) for number, name, last_online, ephemeral, *_ in rows
    )


def contact(runner: PooledRunner) -> int:
    """A number that is greater for whom the server heard of later, as far as the source tells."""
    if runner.last_online is not None:
        return runner.last_online
    return -1 if runner.status is None or runner.status is RunnerStatus.OFFLINE else 0


def has_been_online(runner: PooledRunner) -> bool:
    """Whether the server has ever heard of it; of one that is offline the API does not tell."""
    return bool(runner.last_online) or runner.status in (RunnerStatus.IDLE, RunnerStatus.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAtWork:
    """One group's members by how they stand to any job that fits them. `idle` are ordered by their last contact, the oldest
    first: whether one polled since a job waits is asked per job."""

    apart: dict[Standing, Members]
    idle: tuple[RunnerRow, ...]
    contacts: tuple[int, ...] = field(repr=False)


def at_work(group: RunnerGroup, tasks: TasksSeen | None, now: int) -> GroupAtWork:
    """The members, sorted out once for all jobs. Most of a large group are alike, so each question is one pass."""
    if group.statuses is not None:
        return _by_status(group, group.statuses)
    used_up = frozenset() if tasks is None else tasks.used_up
    rest: Sequence[RunnerRow] = group.members
    apart: dict[Standing, Members] = {}
    if used_up:
        gone = [row for row in rest if row[0] in used_up and row[EPHEMERAL]]
        rest = [row for row in rest if not (row[0] in used_up and row[EPHEMERAL])]
        _part(gone, Standing.EPHEMERAL_IN_USE, Standing.EPHEMERAL_USED_UP, tasks, apart)
    if scope_kind(group.owner_id, group.repo_id) is ScopeKind.COMBINED:
        _keep(Standing.COMBINED_SCOPE, rest, apart)
        return GroupAtWork(apart=apart, idle=(), contacts=())
    since = now - ONLINE_WINDOW
    online = [row for row in rest if row[LAST_ONLINE] >= since]
    if len(online) < len(rest):
        _keep(Standing.OFFLINE, [row for row in rest if row[LAST_ONLINE] < since], apart)
    if tasks is None:
        _keep(Standing.BUSY_NOT_SEEN, online, apart)
        return GroupAtWork(apart=apart, idle=(), contacts=())
    idle = sorted((row for row in online if row[0] not in tasks.running), key=_contact)
    _keep(Standing.BUSY, [row for row in online if row[0] in tasks.running], apart)
    return GroupAtWork(apart=apart, idle=tuple(idle), contacts=tuple(map(_contact, idle)))


def _by_status(group: RunnerGroup, statuses: Mapping[int, RunnerStatus]) -> GroupAtWork:
    """The members by the API's word: `offline`, or heard of within a minute. Whether one is free it does not tell: `active` means
    that it reported of a task within ten seconds (`ActionRunner.Status` in `models/actions/runner.go`), `idle` that it did not.
    """
    combined = scope_kind(group.owner_id, group.repo_id) is ScopeKind.COMBINED
    found: dict[Standing, list[RunnerRow]] = {}
    for row in group.members:
        if row[EPHEMERAL]:
            standing = Standing.EPHEMERAL_NOT_SEEN
        elif combined:
            standing = Standing.COMBINED_SCOPE
        else:
            standing = Standing.OFFLINE if statuses[row[0]] is RunnerStatus.OFFLINE else Standing.ONLINE
        found.setdefault(standing, []).append(row)
    apart = {}
    for standing, rows in found.items():
        rows.sort(key=lambda row: (_BY_FREEDOM.index(statuses[row[0]]), row[0]))
        apart[standing] = Members(count=len(rows), shown=runners_of(rows[:KEPT], statuses))
    return GroupAtWork(apart=apart, idle=(), contacts=())


def _part(
    rows: Sequence[RunnerRow],
    at_a_job: Standing,
    others: Standing,
    tasks: TasksSeen | None,
    apart: dict[Standing, Members],
) -> None:
    running = {} if tasks is None else tasks.running
    _keep(at_a_job, [row for row in rows if row[0] in running], apart)
    _keep(others, [row for row in rows if row[0] not in running], apart)


def _keep(standing: Standing, rows: Sequence[RunnerRow], apart: dict[Standing, Members]) -> None:
    if rows:
        apart[standing] = Members(count=len(rows), shown=runners_of(heapq.nlargest(KEPT, rows, key=_contact)))


def toward(group: GroupAtWork, waiting_since: int | None) -> dict[Standing, Members]:
    """The members by how they stand to a job that waits since then; None where that is not shown, nor who is idle.

    A runner whose last contact is not later than that never asked since: it looks online, and its service has stopped.
    """
    found = dict(group.apart)
    if waiting_since is None:
        return found
    first = bisect_left(group.contacts, waiting_since + 1)
    for standing, rows in ((Standing.FITS, group.idle[first:]), (Standing.STOPPED_POLLING, group.idle[:first])):
        if rows:
            found[standing] = Members(count=len(rows), shown=runners_of(rows[-KEPT:][::-1]))
    return found
