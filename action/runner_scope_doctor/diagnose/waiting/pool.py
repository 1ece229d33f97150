"""All live runners, looked up by scope and by label, so that many jobs cost little more than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from runner_scope_doctor.diagnose.label_state import Labels
from runner_scope_doctor.diagnose.waiting.standing import KEPT, GroupAtWork, at_work
from runner_scope_doctor.model.runner import ObservedId, counted, is_set
from runner_scope_doctor.model.waiting import RunnerGroup, TasksSeen, WaitingJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Groups out of a job's scope that have its labels; `left_out` more runners are like them."""

    groups: tuple[RunnerGroup, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holders:
    """Groups that have every label of some jobs, and how many runners each and all of them have."""

    numbers: list[int]
    members: dict[int, int]
    count: int


class RunnerPool:
    """The groups of one look. What is asked twice is worked out once."""

    def __init__(self, groups: Sequence[RunnerGroup], tasks: TasksSeen | None, now: int) -> None:
        self._groups = groups
        self._tasks = tasks
        self._now = now
        self._of_instance: list[int] = []
        self._of_owner: dict[ObservedId, list[int]] = {}
        self._of_repository: dict[ObservedId, list[int]] = {}
        for number, group in enumerate(groups):
            if is_set(group.repo_id):
                self._of_repository.setdefault(counted(group.repo_id), []).append(number)
            elif is_set(group.owner_id):
                self._of_owner.setdefault(counted(group.owner_id), []).append(number)
            else:
                self._of_instance.append(number)
        self._with_label: dict[str, set[int]] | None = None
        self._holders: dict[Labels, tuple[_Holders, _Holders]] = {}
        self._at_work: dict[int, GroupAtWork] = {}

    def near(self, job: WaitingJob) -> Iterator[RunnerGroup]:
        """Groups whose ids cover the job's repository or its present owner: whether the server agrees, the rule tells."""
        yield from (self._groups[number] for number in self._of_instance)
        if job.repository is not None:
            yield from (self._groups[number] for number in self._of_owner.get(job.repository.owner_id, ()))
        yield from (self._groups[number] for number in self._of_repository.get(job.repo_id, ()))

    def elsewhere(self, job: WaitingJob) -> tuple[Elsewhere, ...]:
        """Runners of other owners and of other repositories that have every label of the job; none when it asks for none.

        Of each kind the first groups, those of the owner it was queued under before all others; the rest is counted.
        """
        if job.runs_on not in self._holders:
            self._holders[job.runs_on] = self._having(job.runs_on)
        of_owners, of_repositories = self._holders[job.runs_on]
        owner = None if job.repository is None else job.repository.owner_id
        theirs = self._of_owner.get(job.owner_id, ())
        return (
            self._others(of_owners, first=theirs, own=() if owner is None else self._of_owner.get(owner, ())),
            self._others(of_repositories, first=(), own=self._of_repository.get(job.repo_id, ())),
        )

    def _others(self, holders: _Holders, *, first: Sequence[int], own: Sequence[int]) -> Elsewhere:
        mine = set(own)
        before = (number for number in first if number in holders.members)
        in_order = dict.fromkeys(chain(before, holders.numbers[: KEPT + len(mine)]))
        chosen = list(islice((number for number in in_order if number not in mine), KEPT))
        groups = tuple(self._groups[number] for number in chosen)
        of_mine = sum(holders.members.get(number, 0) for number in mine)
        return Elsewhere(groups=groups, left_out=holders.count - of_mine - sum(len(group.members) for group in groups))

    def at_work(self, group: RunnerGroup) -> GroupAtWork:
        """How its members stand to any job that fits them."""
        key = id(group)  # groups live as long as the pool, and comparing them by value would read every member
        if key not in self._at_work:
            self._at_work[key] = at_work(group, self._tasks, self._now)
        return self._at_work[key]

    def _having(self, runs_on: Labels) -> tuple[_Holders, _Holders]:
        """Who has every label: of owners, and of repositories."""
        found: set[int] = set()
        if isinstance(runs_on, tuple) and runs_on:
            if self._with_label is None:
                self._with_label = {}
                for number, group in enumerate(self._groups):
                    for label in group.labels if isinstance(group.labels, tuple) else ():
                        self._with_label.setdefault(label, set()).add(number)
            found = set.intersection(*(self._with_label.get(label, set()) for label in runs_on))
        of_owners, of_repositories = [], []
        for number in sorted(found):
            group = self._groups[number]
            if is_set(group.repo_id):
                of_repositories.append(number)
            elif is_set(group.owner_id):
                of_owners.append(number)
        return self._holders_of(of_owners), self._holders_of(of_repositories)

    def _holders_of(self, numbers: list[int]) -> _Holders:
        members = {number: len(self._groups[number].members) for number in numbers}
        return _Holders(numbers=numbers, members=members, count=sum(members.values()))
