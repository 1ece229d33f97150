"""Faults of the database: a connection that is ended or cut, a row that is locked, a deadlock."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.broken_line import BrokenLine, broken_line
from support.deploy_host import Logins
from support.faults.scene import REPOSITORY, SICK, Scene, write_urls
from support.world import World

NAME = "runner-scope-doctor"


def terminate(scene: Scene) -> None:
    """Ends the product's connections from the server's side."""
    if scene.engine is Engine.POSTGRES:
        scene.world.rows(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = current_database() AND application_name = '{NAME}'"
        )
        return
    others = "information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    for (number,) in scene.world.rows(f"SELECT id FROM {others}"):
        scene.world.execute(f"KILL {int(number)}")


@contextlib.contextmanager
def over_a_line(scene: Scene) -> Iterator[BrokenLine]:
    """All logins lead over a line that can be broken. Plans made before are for another address."""
    check = scene.logins.check
    assert isinstance(check, PostgresAddress | MysqlAddress)
    with broken_line(check.port) as line:
        over = (_over(address, line.port) for address in (check, scene.logins.backup, scene.logins.repair))
        try:
            write_urls(scene.host, Logins(check=next(over), backup=next(over), repair=next(over)))
            yield line
        finally:
            write_urls(scene.host, scene.logins)


def _over(address: DatabaseAddress, port: int) -> DatabaseAddress:
    assert isinstance(address, PostgresAddress | MysqlAddress)
    return replace(address, port=port)


@contextlib.contextmanager
def another(scene: Scene) -> Iterator[World]:
    """The same server over a connection of its own."""
    connection = scene.database.connect()
    try:
        yield World(connection=connection, engine=scene.engine, major=scene.world.major, now=scene.world.now)
    finally:
        connection.close()


def lock_the_row(world: World) -> None:
    """Until that connection commits nobody else can change the row; on SQLite nobody can write at all."""
    if world.engine is Engine.SQLITE:
        world.execute("BEGIN IMMEDIATE")
        return
    world.execute("BEGIN")
    world.rows(f"SELECT id FROM action_runner WHERE id = {SICK} FOR UPDATE")


@contextlib.contextmanager
def deadlocking(world: World) -> Iterator[Callable[[], None]]:
    """What is yielded, called while a fenced apply holds the row, makes the engine undo one of the two.

    The other transaction holds the counter and wants the row. It has changed more, so that MariaDB undoes the apply; it
    begins to wait last, so that PostgreSQL, which undoes whoever finds out, undoes the apply as well.
    """
    threads: list[threading.Thread] = []

    def begin() -> None:
        world.execute("BEGIN")
        for _ in range(3):
            world.execute(f"UPDATE action_tasks_version SET version = version WHERE repo_id = {REPOSITORY}")
            world.execute("UPDATE action_runner SET last_online = last_online + 1 WHERE id = 6")
        threads.append(threading.Thread(target=_want_the_row, args=(world,)))
        threads[-1].start()

    try:
        yield begin
    finally:
        for thread in threads:
            thread.join(20)


def _want_the_row(world: World) -> None:
    time.sleep(0.3)
    world.rows(f"SELECT id FROM action_runner WHERE id = {SICK} FOR UPDATE")
    world.execute("ROLLBACK")


@contextlib.contextmanager
def conflicting(scene: Scene, times: int) -> Iterator[Callable[[], None]]:
    """Once what is yielded was called, the engine answers so many updates of a runner with a serialization failure.

    A trigger says so, with the engine's own code for it, and is gone at the end. Its count outlives a rollback.
    """

    def begin() -> None:
        for statement in _CONFLICT[scene.engine]:
            scene.world.execute(statement.replace("TIMES", str(times)))

    try:
        yield begin
    finally:
        for statement in _NO_CONFLICT[scene.engine]:
            scene.world.execute(statement)


_CONFLICT = {
    Engine.POSTGRES: (
        "CREATE SEQUENCE conflicts",
        """CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            IF nextval('public.conflicts') <= TIMES THEN
                RAISE EXCEPTION 'could not serialize access due to concurrent update' USING ERRCODE = '40001';
            END IF;
            RETURN NEW;
        END $$""",
        "CREATE TRIGGER conflict BEFORE UPDATE ON action_runner FOR EACH ROW EXECUTE FUNCTION conflict()",
    ),
    Engine.MYSQL: (
        """CREATE TRIGGER conflict BEFORE UPDATE ON action_runner FOR EACH ROW
        BEGIN
            SET @conflicts = COALESCE(@conflicts, 0) + 1;
            IF @conflicts <= TIMES THEN
                SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found when trying to get lock';
            END IF;
        END""",
    ),
}
_NO_CONFLICT = {
    Engine.POSTGRES: (
        "DROP TRIGGER IF EXISTS conflict ON action_runner",
        "DROP FUNCTION IF EXISTS conflict",
        "DROP SEQUENCE IF EXISTS conflicts",
    ),
    Engine.MYSQL: ("DROP TRIGGER IF EXISTS conflict",),
}
