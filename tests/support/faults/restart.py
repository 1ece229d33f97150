"""A server of a test's own that is stopped and started again while a plan is applied."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.command import Ended
from support.connection import FreshDatabase, run
from support.faults.aftermath import Depth, Ending, aftermath, done
from support.faults.halting import with_act_at
from support.faults.scene import Row, Scene, logins_on, scene_on, sick_world
from support.faults.stages import Stage
from support.mariadb_server import MariadbServer, start_mariadb
from support.postgres_server import PostgresServer, start_postgres
from support.processes import START_SECONDS, STOP_SECONDS

NAME = "restarts"


@dataclass(slots=True)
class Restartable:
    """A server, and the process that serves now."""

    server: PostgresServer | MariadbServer
    process: subprocess.Popen[bytes]

    def restart(self) -> None:
        """Stops it without waiting for its clients, and starts it with the same data on the same port."""
        place = Path(f"/proc/{self.process.pid}")
        words = (place / "environ").read_bytes().split(b"\0")
        environment = dict(word.decode().split("=", 1) for word in words if word)
        user, group = place.stat().st_uid, place.stat().st_gid
        mine = user == os.geteuid()
        self.process.send_signal(self.server.process.stop_signal)
        self.process.wait(STOP_SECONDS)
        log = self.server.process.folders[0] / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self.process.args, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd="/",
                start_new_session=True, user=None if mine else user, group=None if mine else group,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends it and removes its folders."""
        self.process.send_signal(self.server.process.stop_signal)
        self.process.wait(STOP_SECONDS)
        self.server.process.stop()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def restartable_scene(stage: Stage, engine: Engine) -> Iterator[tuple[Scene, Restartable]]:
    """A scene on a server of its own. Raises ServerUnavailable."""
    server = start_postgres() if engine is Engine.POSTGRES else start_mariadb()
    restartable = Restartable(server, server.process.process)
    try:
        database = _database(server)
        try:
            address: PostgresAddress | MysqlAddress = server.tcp_address(NAME)
            world = sick_world(database)
            scene = scene_on(stage.next_folder(), database, world, logins_on(address, address), stage.driver)
        finally:
            database.connection.close()
        yield scene, restartable
    finally:
        restartable.stop()


def restarted_at(stage: Stage, engine: Engine, checkpoint: Checkpoint) -> Ended:
    """An apply whose server is restarted there, its story told to the end."""
    with restartable_scene(stage, engine) as (scene, server):
        ended = with_act_at(scene, scene.plain, checkpoint, server.restart)
        with seen_again(scene) as again:
            if ended.code == 0:
                done(again, again.plain)
            else:
                assert again.row(again.plain) is Row.OLD
                assert aftermath(again, again.plain, Depth.TO_THE_RECEIPT).ending is Ending.FINISHED
    return ended


@contextlib.contextmanager
def seen_again(scene: Scene) -> Iterator[Scene]:
    """The scene over a new connection."""
    connection = scene.database.connect()
    try:
        yield replace(scene, world=replace(scene.world, connection=connection))
    finally:
        connection.close()


def _database(server: PostgresServer | MariadbServer) -> FreshDatabase:
    match server:
        case PostgresServer():
            with server.connect("postgres") as keeper:
                keeper.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
            return FreshDatabase(
                engine=Engine.POSTGRES, address=server.address(NAME), connection=server.connect(NAME),
                connect=lambda: server.connect(NAME),
            )  # fmt: skip
        case MariadbServer():
            connection = server.connect(None)
            run(connection, f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4 COLLATE {server.collation}")
            connection.select_db(NAME)
            return FreshDatabase(
                engine=Engine.MYSQL, address=server.address(NAME), connection=connection,
                connect=lambda: server.connect(NAME),
            )  # fmt: skip
