"""A scene on each engine, for the tests and for the full counts."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.faults.driver import Driver
from support.faults.scene import Scene, emptied, logins_on, scene_on, sick_world
from support.logins import mariadb_login, postgres_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.row_change import FENCE, REPAIR
from support.sqlite_file import fresh_sqlite

Server = PostgresServer | MariadbServer | None
"""None: SQLite has none."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where scenes are set up: an empty folder of a trusted path, and whoever forks the runs."""

    folder: Path
    driver: Driver
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextlib.contextmanager
    def scene(self, server: Server) -> Iterator[Scene]:
        """A new database on that server, and a new host."""
        with contextlib.ExitStack() as stack:
            database = stack.enter_context(self._database(server))
            world = sick_world(database)
            address = _over_tcp(server, database)
            yield scene_on(
                self.next_folder(), database, world, logins_on(address, _repair(server, database)), self.driver
            )

    def second_host(self, scene: Scene) -> Scene:
        """Another host on the same server, with a state directory and plans of its own."""
        return scene_on(self.next_folder(), scene.database, scene.world, scene.logins, self.driver)

    def next_folder(self) -> Path:
        """An empty folder."""
        return emptied(self.folder / f"host-{next(self.numbers)}")

    @contextlib.contextmanager
    def _database(self, server: Server) -> Iterator[FreshDatabase]:
        if server is None:
            with fresh_sqlite(self.next_folder() / "forgejo.db") as database:
                yield database
        else:
            with server.fresh_database() as database:
                yield database


def _over_tcp(server: Server, database: FreshDatabase) -> DatabaseAddress:
    match server, database.address:
        case PostgresServer(), PostgresAddress(name=name):
            return server.tcp_address(name)
        case MariadbServer(), MysqlAddress(name=name):
            return server.tcp_address(name)
        case _, address:
            return address


def _repair(server: Server, database: FreshDatabase) -> DatabaseAddress:
    match server:
        case PostgresServer():
            return postgres_login(server, database, REPAIR + FENCE)
        case MariadbServer():
            return mariadb_login(server, database, REPAIR + FENCE)
        case None:
            return database.address


NAMES = {Engine.SQLITE: "SQLite", Engine.POSTGRES: "PostgreSQL", Engine.MYSQL: "MariaDB"}
