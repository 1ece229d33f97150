"""A runner that polls, and the Forgejo that answers it: a thread of the test that writes to the database as both would.

Forgejo's side is `FetchTask` and its interceptor (`routers/api/actions/runner`), the runner's side `poller.go`: the server
looks for a job only when the number it was sent is not the counter of the runner's scope; for a combined row there is no
such counter, so it raises those of the repository and answers 1 each time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from support.connection import FreshDatabase, placeholder
from support.world import Status, World

POLL_INTERVAL = 0.25
"""Seconds; a tenth of the default, so that tests are short."""


def nothing(_world: World) -> None:
    """Lets the repair be."""


@dataclass(slots=True, kw_only=True)
class PollingRunner:
    """Runner `runner_id` with the number it holds. `after_repair` runs once, when it first sees its row repaired."""

    world: World
    runner_id: int
    held: int
    after_repair: Callable[[World], None]
    repaired: bool = False
    problems: list[BaseException] = field(default_factory=list)

    def poll(self) -> None:
        """One poll and its answer."""
        owner, repository, labels = self._rows(
            "SELECT owner_id, repo_id, agent_labels FROM action_runner WHERE id = {}", self.runner_id
        )[0]
        if owner and repository:
            if self.world.major < FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
                self._heard_of()
            self._run("UPDATE action_tasks_version SET version = version + 1 WHERE repo_id = {}", repository)
            self.held = max(self.held, 1)
            return
        if not self.repaired:
            self.repaired = True
            self.after_repair(self.world)
        self._heard_of()
        counter = self._rows("SELECT version FROM action_tasks_version WHERE repo_id = {}", repository)[0][0]
        if counter == self.held:
            return
        taken = self._take(repository, set(json.loads(labels)))
        self.held = 0 if taken else max(counter, self.held)

    def _take(self, repository: int, labels: set[str]) -> bool:
        waiting = self._rows(
            "SELECT id, runs_on FROM action_run_job WHERE status = 5 AND task_id = 0 AND repo_id = {} ORDER BY updated, id",
            repository,
        )
        for job, runs_on in waiting:
            if set(json.loads(runs_on)) <= labels:
                self.world.task(job, self.runner_id, status=Status.RUNNING)
                return True
        return False

    def _heard_of(self) -> None:
        self._run("UPDATE action_runner SET last_online = {} WHERE id = {}", int(time.time()), self.runner_id)

    def _rows(self, statement: str, *values: int) -> tuple[tuple[Any, ...], ...]:  # a driver's rows
        return self.world.rows(statement.format(*[placeholder(self.world.engine)] * len(values)), values)

    def _run(self, statement: str, *values: int) -> None:
        self.world.execute(statement.format(*[placeholder(self.world.engine)] * len(values)), values)


@contextmanager
def polling(
    database: FreshDatabase,
    world: World,
    runner_id: int,
    *,
    held: int = 1,
    after_repair: Callable[[World], None] = nothing,
) -> Iterator[PollingRunner]:
    """The runner polls until the end, on a connection of its own. What went wrong in its thread is raised there."""
    with closing(database.connect()) as connection:
        own = World(connection=connection, engine=world.engine, major=world.major, now=world.now)
        runner = PollingRunner(world=own, runner_id=runner_id, held=held, after_repair=after_repair)
        stop = threading.Event()

        def go_on() -> None:
            while not stop.wait(POLL_INTERVAL):
                try:
                    runner.poll()
                except BaseException as problem:
                    runner.problems.append(problem)
                    return

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield runner
        finally:
            stop.set()
            thread.join()
    if runner.problems:
        raise runner.problems[0]
