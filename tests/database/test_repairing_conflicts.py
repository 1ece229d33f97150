"""Other writers lose nothing to a repair, and what the engine undoes for their sake is done again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.writing.values import Changed, Moment
from runner_scope_doctor.model.errors import RepairFailed
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase, placeholder
from support.row_change import OWNER, REPOSITORY, SICK, RowChange, row_change
from support.world import World

SERVERS = (Engine.POSTGRES, Engine.MYSQL)
WRITES_A_SECOND = 50
PATIENCE_OF_FORGEJO = 0.5
"""Seconds: the shortest a Forgejo has (facts 8.1)."""
LONG = Patience(10)


@pytest.fixture(params=SERVERS, ids=[engine.value for engine in SERVERS])
def server_case(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> RowChange:
    """The user's case on each engine with row locks."""
    return row_change(request, fresh_database(request.param))


@pytest.fixture(params=list(Engine), ids=[engine.value for engine in Engine])
def case(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> RowChange:
    """The user's case on each engine."""
    return row_change(request, fresh_database(request.param))


@dataclass
class Rival:
    """A transaction that holds the counter the fence needs, and wants the row the repair holds: a deadlock."""

    other: World
    rounds: int
    moments: list[Moment] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def at(self, moment: Moment) -> None:
        """Begins such a transaction at each of the first tries."""
        self.moments.append(moment)
        if moment is not Moment.LOCKED:
            return
        self._finish()
        if self.moments.count(Moment.LOCKED) > self.rounds:
            return
        self.other.execute("BEGIN")
        # More changes than the repair has made, so that MariaDB undoes the repair and not this one.
        for _ in range(3):
            self.other.execute("UPDATE action_tasks_version SET version = version + 1")
            self.other.execute("UPDATE action_runner SET last_online = last_online + 1 WHERE id = 6")
        self.threads.append(threading.Thread(target=self._want_the_row))
        self.threads[-1].start()

    def _want_the_row(self) -> None:
        time.sleep(0.3)
        self.other.execute(f"UPDATE action_runner SET last_online = last_online + 1 WHERE id = {SICK}")
        self.other.execute("COMMIT")

    def _finish(self) -> None:
        for thread in self.threads:
            thread.join(20)

    def __enter__(self) -> Rival:
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()


def last_seen(case: RowChange) -> int:
    """`last_online` of the sick row."""
    return int(case.world.rows(f"SELECT last_online FROM action_runner WHERE id = {SICK}")[0][0])


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_deadlock_is_tried_again_from_the_look_at_the_row(server_case: RowChange, rounds: int) -> None:
    """Up to three times the engine may undo the repair for another transaction's sake; then it is done, and theirs too."""
    case, before = server_case, last_seen(server_case)
    with case.another() as other, Rival(other, rounds) as rival:
        answer = case.change(case.order(Purpose.COUNTER_FENCE), rival.at, patience=LONG)
    assert isinstance(answer, Changed)
    assert rival.moments == [Moment.LOCKED] * rounds + list(Moment)
    assert case.scope() == (0, REPOSITORY)
    assert last_seen(case) == before + rounds


def test_a_fourth_deadlock_is_a_failure_that_changed_nothing(server_case: RowChange) -> None:
    """It does not go on for ever, and the other transaction keeps what it wrote."""
    case, before = server_case, last_seen(server_case)
    with case.another() as other, Rival(other, 4) as rival, pytest.raises(RepairFailed, match="4 times"):
        case.change(case.order(Purpose.COUNTER_FENCE), rival.at, patience=LONG)
    assert case.scope() == (OWNER, REPOSITORY)
    assert last_seen(case) == before + 4


@dataclass
class Forgejo:
    """Plays the server: a heartbeat of the sick runner and a counter, each raised 50 times a second."""

    world: World
    over: threading.Event = field(default_factory=threading.Event)
    written: int = 0
    waits: list[float] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def serve(self) -> None:
        """Until it is over or a write fails."""
        sign = placeholder(self.world.engine)
        while not self.over.wait(1 / WRITES_A_SECOND):
            started = time.perf_counter()
            try:
                self.world.execute(
                    f"UPDATE action_runner SET last_online = {sign} WHERE id = {SICK}", (self.written + 1,)
                )
                self.world.execute("UPDATE action_tasks_version SET version = version + 1 WHERE repo_id = 0")
            except Exception as error:  # the drivers have no common one
                self.errors.append(error)
                return
            self.written += 1
            self.waits.append(time.perf_counter() - started)


@contextmanager
def forgejo_at_work(case: RowChange) -> Iterator[Forgejo]:
    """Writes on a connection of its own, with a server's patience, while the block runs."""
    with case.another() as world:
        if case.engine is Engine.SQLITE:
            world.rows("PRAGMA busy_timeout = 500")
        forgejo = Forgejo(world)
        worker = threading.Thread(target=forgejo.serve)
        worker.start()
        try:
            yield forgejo
        finally:
            forgejo.over.set()
            worker.join(20)


@pytest.mark.alone
def test_a_server_that_writes_all_the_time_loses_nothing(case: RowChange) -> None:
    """Ten repairs and undos go through between its writes; each of these stands, and none waited for half a second."""
    counter = "SELECT version FROM action_tasks_version WHERE repo_id = 0"
    before = case.world.rows(counter)[0][0]
    there, back = case.order(Purpose.COUNTER_FENCE), case.way_back()
    with forgejo_at_work(case) as forgejo:
        for _ in range(5):
            for order in (there, back):
                assert isinstance(case.change(order, patience=LONG), Changed)
                time.sleep(0.05)
    assert forgejo.errors == []
    assert forgejo.written > 10
    assert last_seen(case) == forgejo.written
    assert case.world.rows(counter)[0][0] == before + forgejo.written
    assert max(forgejo.waits) < PATIENCE_OF_FORGEJO


@pytest.mark.parametrize("engine", [Engine.POSTGRES])
def test_a_login_whose_default_is_stricter_meets_no_serialization_failure(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], engine: Engine
) -> None:
    """The transaction names its isolation level and that it writes, whatever the login's defaults are."""
    case = row_change(request, fresh_database(engine))
    user = getattr(case.address, "user", "")
    for setting in ("default_transaction_isolation = 'serializable'", "default_transaction_read_only = on"):
        case.world.execute(f"ALTER ROLE {user} SET {setting}")

    moments: list[Moment] = []

    def at(moment: Moment) -> None:
        moments.append(moment)
        if moment is Moment.LOCKED:
            case.world.execute("UPDATE action_runner SET last_online = 7 WHERE id = 6")

    assert isinstance(case.change(at=at), Changed)
    assert moments == list(Moment)
