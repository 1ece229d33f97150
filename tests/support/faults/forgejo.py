"""Plays the server: heartbeats, labels and counters, fifty times a second, and ephemeral runners that come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from runner_scope_doctor.model.server import Engine
from support.connection import placeholder
from support.faults.scene import OWNER, REPOSITORY, SICK, Scene
from support.faults.server import another
from support.world import World

WRITES_A_SECOND = 50
PATIENCE = 0.5
"""Seconds: `SQLITE_TIMEOUT` of Forgejo, the shortest patience it has."""
FIRST_EPHEMERAL = 1000
EVERY = 10
"""Rounds between two ephemeral runners; each stays for as long."""


@dataclass(slots=True)
class Forgejo:
    """`waits` are the seconds each write took; `errors` ended it. `rounds` were written whole."""

    world: World
    over: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    waits: list[float] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def serve(self) -> None:
        """Until it is over or a write fails."""
        next_time = time.perf_counter()
        while not self.over.is_set():
            try:
                self._round(self.rounds + 1)
            except Exception as error:  # the drivers have no common one
                self.errors.append(error)
                return
            self.rounds += 1
            next_time = max(next_time + 1 / WRITES_A_SECOND, time.perf_counter())
            self.over.wait(next_time - time.perf_counter())

    def _round(self, number: int) -> None:
        sign = placeholder(self.world.engine)
        self._write(f"UPDATE action_runner SET last_online = {sign} WHERE id = {SICK}", number)
        self._write(f"UPDATE action_runner SET agent_labels = {sign} WHERE id = 6", f'["round-{number}"]')
        self._write(f"UPDATE action_tasks_version SET version = version + {sign} WHERE repo_id = {REPOSITORY}", 1)
        if number % EVERY == 0:
            self._come_and_go(number // EVERY)

    def _come_and_go(self, number: int) -> None:
        started = time.perf_counter()
        self.world.runner(
            f"ephemeral-{number}", id=FIRST_EPHEMERAL + number, uuid=f"e9d3c0c5-1f4a-4b6e-9a51-{number:012x}",
            token_hash=f"e{number:063x}", repo_id=REPOSITORY, ephemeral=True,
        )  # fmt: skip
        self.waits.append(time.perf_counter() - started)
        if number > 1:
            sign = placeholder(self.world.engine)
            self._write(f"DELETE FROM action_runner WHERE id = {sign}", FIRST_EPHEMERAL + number - 1)

    def _write(self, statement: str, value: int | str) -> None:
        started = time.perf_counter()
        self.world.execute(statement, (value,))
        self.waits.append(time.perf_counter() - started)


@contextmanager
def forgejo_at_work(scene: Scene) -> Iterator[Forgejo]:
    """Writes on a connection of its own, with a server's patience, while the block runs."""
    with another(scene) as world:
        if scene.engine is Engine.SQLITE:
            world.rows(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        forgejo = Forgejo(world)
        worker = threading.Thread(target=forgejo.serve)
        worker.start()
        try:
            yield forgejo
        finally:
            forgejo.over.set()
            worker.join(20)


def lost(scene: Scene, forgejo: Forgejo) -> list[str]:
    """What the database does not hold although it was written; the repair is the one other change there may be."""
    last, rows = forgejo.rounds // EVERY, scene.world.rows
    counters = {dict(row)["repo_id"]: dict(row)["version"] for row in scene.original["action_tasks_version"]}
    seen = {
        f"SELECT owner_id, repo_id, last_online FROM action_runner WHERE id = {SICK}": (0, REPOSITORY, forgejo.rounds),
        "SELECT agent_labels FROM action_runner WHERE id = 6": (f'["round-{forgejo.rounds}"]',),
        f"SELECT version FROM action_tasks_version WHERE repo_id = {REPOSITORY}": (
            counters[REPOSITORY] + forgejo.rounds,
        ),
        f"SELECT MIN(id), MAX(id) FROM action_runner WHERE id >= {FIRST_EPHEMERAL}": (FIRST_EPHEMERAL + last,) * 2
        if last
        else (None, None),
    }
    return [f"{query}: {rows(query)[0]}, not {wanted}" for query, wanted in seen.items() if rows(query)[0] != wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What was seen of applies beside a server at work. `longest` is the longest one of its writes took, in seconds."""

    applies: int
    writes: int
    longest: float


def applied_beside(scene: Scene, applies: int) -> Worked:
    """Applies the same plan again and again, the row made sick in between; every one ends with 0 and no write is lost."""
    scene.reset()
    with forgejo_at_work(scene) as forgejo:
        for number in range(applies):
            if number:
                scene.forget()
                scene.world.execute(f"UPDATE action_runner SET owner_id = {OWNER} WHERE id = {SICK}")
            ended = scene.apply(scene.plain)
            assert ended.code == 0, ended
    assert forgejo.errors == []
    assert lost(scene, forgejo) == []
    return Worked(applies=applies, writes=len(forgejo.waits), longest=max(forgejo.waits))


@contextmanager
def journal_mode(scene: Scene, mode: str) -> Iterator[None]:
    """SQLite's journal mode, as the server's setting would make it."""
    assert scene.world.rows(f"PRAGMA journal_mode = {mode}") == ((mode.lower(),),)
    try:
        yield
    finally:
        scene.world.rows("PRAGMA journal_mode = DELETE")
