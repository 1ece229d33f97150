"""All live runners, looked up by scope and by label, so that many jobs cost little more than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.diagnose.label_state import Labels
from runner_scope_doctor.diagnose.waiting.standing import GroupAtWork, at_work
from runner_scope_doctor.model.runner import ObservedId, counted, is_set
from runner_scope_doctor.model.waiting import RunnerGroup, TasksSeen, WaitingJob


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
        self._at_work: dict[int, GroupAtWork] = {}

    def near(self, job: WaitingJob) -> Iterator[RunnerGroup]:
        """Groups whose ids cover the job's repository or its present owner: whether the server agrees, the rule tells."""
        yield from (self._groups[number] for number in self._of_instance)
        if job.repository is not None:
            yield from (self._groups[number] for number in self._of_owner.get(job.repository.owner_id, ()))
        yield from (self._groups[number] for number in self._of_repository.get(job.repo_id, ()))

    def elsewhere(self, job: WaitingJob) -> Iterator[RunnerGroup]:
        """Groups of other owners and repositories that have every label of the job; none when it asks for no label."""
        owner = None if job.repository is None else job.repository.owner_id
        for number in sorted(self._having(job.runs_on)):
            group = self._groups[number]
            if is_set(group.repo_id):
                if counted(group.repo_id) != job.repo_id:
                    yield group
            elif is_set(group.owner_id) and counted(group.owner_id) != owner:
                yield group

    def at_work(self, group: RunnerGroup) -> GroupAtWork:
        """How its members stand to any job that fits them."""
        key = id(group)  # groups live as long as the pool, and comparing them by value would read every member
        if key not in self._at_work:
            self._at_work[key] = at_work(group, self._tasks, self._now)
        return self._at_work[key]

    def _having(self, runs_on: Labels) -> set[int]:
        if not isinstance(runs_on, tuple) or not runs_on:
            return set()
        if self._with_label is None:
            self._with_label = {}
            for number, group in enumerate(self._groups):
                for label in group.labels if isinstance(group.labels, tuple) else ():
                    self._with_label.setdefault(label, set()).add(number)
        return set.intersection(*(self._with_label.get(label, set()) for label in runs_on))
