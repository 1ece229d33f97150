"""The user's sick row on a small server, the order that repairs it, and the login that may carry it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.writing.change import opened_for_repair
from runner_scope_doctor.database.writing.values import (
    Changed,
    ChangeOrder,
    Guard,
    LiveRun,
    Moment,
    NotChanged,
    OrderedStatement,
)
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.logins import Grant, mariadb_login, postgres_login
from support.world import World, users_case

SICK, OWNER, REPOSITORY = 5, 1, 35
"""Ids of the user's case."""
HIGHEST_COUNTER = 41
MAJOR = 15
BRIEFLY = Patience(2)
GUARD_COLUMNS = ("id", "uuid", "owner_id", "repo_id", "deleted")
REPAIR = (
    Grant(privilege="SELECT", table="action_runner", columns=GUARD_COLUMNS),
    Grant(privilege="UPDATE", table="action_runner", columns=("owner_id",)),
)
FENCE = (
    Grant(privilege="SELECT", table="action_tasks_version", columns=("owner_id", "repo_id", "version")),
    Grant(privilege="UPDATE", table="action_tasks_version", columns=("version",)),
)


def nothing(_moment: Moment) -> None:
    """Watches without doing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """The sick row 5 with both ids 1 and 35. `address` is the way of the repair's login, `database` the owner's."""

    engine: Engine
    database: FreshDatabase
    address: DatabaseAddress
    world: World

    @property
    def guard(self) -> Guard:
        """The row as it was set up."""
        uuid = self.world.rows(f"SELECT uuid FROM action_runner WHERE id = {SICK}")[0][0]
        return Guard(id=SICK, uuid=uuid, owner_id=OWNER, repo_id=REPOSITORY)

    def order(self, *further: Purpose, while_live: LiveRun | None = None) -> ChangeOrder:
        """The repair, with these statements after the first, as long as that run is alive."""
        guard = self.guard
        row = (("id", guard.id), ("uuid", guard.uuid), ("owner_id", guard.owner_id), ("repo_id", guard.repo_id))
        more = tuple(OrderedStatement(purpose=one, parameters=(("repo_id", REPOSITORY),)) for one in further)
        change = OrderedStatement(purpose=Purpose.CLEAR_OWNER, parameters=row)
        return ChangeOrder(guard=guard, owner_after=0, statements=(change, *more), while_live=while_live)

    def way_back(self) -> ChangeOrder:
        """The undo of the repair."""
        guard = self.guard
        row = (("former_owner_id", OWNER), ("id", guard.id), ("uuid", guard.uuid), ("repo_id", guard.repo_id))
        return ChangeOrder(
            guard=Guard(id=guard.id, uuid=guard.uuid, owner_id=0, repo_id=guard.repo_id),
            owner_after=OWNER,
            statements=(OrderedStatement(purpose=Purpose.RESTORE_OWNER, parameters=row),),
            while_live=None,
        )

    def change(
        self,
        order: ChangeOrder | None = None,
        at: Callable[[Moment], None] = nothing,
        *,
        patience: Patience = BRIEFLY,
        address: DatabaseAddress | None = None,
    ) -> Changed | NotChanged:
        """Carries the order out as the repair's login."""
        with opened_for_repair(address or self.address, patience) as access:
            return access.change(self.order() if order is None else order, at=at)

    def scope(self) -> tuple[Any, ...]:
        """owner_id and repo_id of the row."""
        return self.world.rows(f"SELECT owner_id, repo_id FROM action_runner WHERE id = {SICK}")[0]

    def all_rows(self) -> tuple[tuple[Any, ...], ...]:
        """Everything the two tables hold."""
        runners = self.world.rows("SELECT * FROM action_runner ORDER BY id")
        return runners + self.world.rows("SELECT * FROM action_tasks_version ORDER BY id")

    def terminate(self) -> None:
        """Ends the repair's own connection from the server's side, as an administrator or a restart would."""
        if self.engine is Engine.POSTGRES:
            self.world.rows(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'runner-scope-doctor'"
            )
            return
        others = "information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        for (number,) in self.world.rows(f"SELECT id FROM {others}"):
            self.world.execute(f"KILL {int(number)}")

    @contextmanager
    def another(self) -> Iterator[World]:
        """The same server over a connection of its own."""
        connection = self.database.connect()
        try:
            yield World(connection=connection, engine=self.engine, major=MAJOR, now=self.world.now)
        finally:
            connection.close()


def row_change(request: pytest.FixtureRequest, database: FreshDatabase, *grants: Grant) -> RowChange:
    """The case in an empty database; the login has these grants, or those of a repair with the fence."""
    world = World.create(database.connection, database.engine, MAJOR)
    users_case(world)
    world.runner("other", id=6, owner_id=1)
    world.counter(0, 0, HIGHEST_COUNTER)
    world.counter(0, REPOSITORY, 7)
    address = login(request, database, *(grants or REPAIR + FENCE))
    return RowChange(engine=database.engine, database=database, address=address, world=world)


def login(request: pytest.FixtureRequest, database: FreshDatabase, *grants: Grant) -> DatabaseAddress:
    """A new account with these grants; on SQLite, which has none, the file itself."""
    match database.engine:
        case Engine.SQLITE:
            return database.address
        case Engine.POSTGRES:
            return postgres_login(request.getfixturevalue("postgres_server"), database, grants)
        case Engine.MYSQL:
            return mariadb_login(request.getfixturevalue("mariadb_server"), database, grants)
