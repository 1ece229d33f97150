"""Whether runners that the server would give a job also ask for it: used up, combined, busy, silent or offline."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from dataclasses import dataclass, field

from runner_scope_doctor.diagnose.waiting.rule import scope_kind
from runner_scope_doctor.model.runner import ONLINE_WINDOW
from runner_scope_doctor.model.waiting import PooledRunner, RunnerGroup, TasksSeen
from runner_scope_doctor.model.waiting_reason import ScopeKind, Standing

KEPT = 20
"""Runners of one standing that are kept for showing; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Some runners of a group that stand alike: how many, and the first to show."""

    count: int
    shown: tuple[PooledRunner, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAtWork:
    """One group's members by how they stand to any job that fits them. `idle` are ordered by their last contact, the oldest
    first: whether one polled since a job waits is asked per job."""

    apart: dict[Standing, Members]
    idle: tuple[PooledRunner, ...]
    contacts: tuple[int, ...] = field(repr=False)


def at_work(group: RunnerGroup, tasks: TasksSeen | None, now: int) -> GroupAtWork:
    """The members, sorted out once for all jobs."""
    combined = scope_kind(group.owner_id, group.repo_id) is ScopeKind.COMBINED
    sorted_out: dict[Standing, list[PooledRunner]] = {}
    idle: list[PooledRunner] = []
    online_since = now - ONLINE_WINDOW
    running = {} if tasks is None else tasks.running
    used_up = frozenset() if tasks is None else tasks.used_up
    for runner in group.members:
        if runner.ephemeral and runner.id in used_up:
            standing = Standing.EPHEMERAL_IN_USE if runner.id in running else Standing.EPHEMERAL_USED_UP
        elif combined:
            standing = Standing.COMBINED_SCOPE
        elif runner.last_online < online_since:
            standing = Standing.OFFLINE
        elif tasks is None:
            standing = Standing.BUSY_NOT_SEEN
        elif runner.id in running:
            standing = Standing.BUSY
        else:
            idle.append(runner)
            continue
        sorted_out.setdefault(standing, []).append(runner)
    idle.sort(key=_contact)
    return GroupAtWork(
        apart={standing: _members(runners) for standing, runners in sorted_out.items()},
        idle=tuple(idle),
        contacts=tuple(runner.last_online for runner in idle),
    )


def toward(group: GroupAtWork, waiting_since: int) -> dict[Standing, Members]:
    """The members by how they stand to a job that waits since then.

    A runner whose last contact is not later than that never asked since: it looks online, and its service has stopped.
    """
    first = bisect_left(group.contacts, waiting_since + 1)
    found = dict(group.apart)
    for standing, runners in ((Standing.FITS, group.idle[first:]), (Standing.STOPPED_POLLING, group.idle[:first])):
        if runners:
            found[standing] = Members(count=len(runners), shown=runners[-KEPT:][::-1])
    return found


def _members(runners: list[PooledRunner]) -> Members:
    return Members(count=len(runners), shown=tuple(heapq.nlargest(KEPT, runners, key=_contact)))


def _contact(runner: PooledRunner) -> int:
    return runner.last_online
