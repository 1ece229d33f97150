"""A real MariaDB for a test session, from Debian's packages as `scripts/mariadb-unpack` makes them available."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket as stdlib_socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pymysql

from runner_scope_doctor.database.address import MysqlAddress, Password, TlsMode
from runner_scope_doctor.model.server import Engine
from support.connection import Connection, FreshDatabase
from support.processes import (
    ServerProcess,
    ServerUnavailable,
    completed,
    free_port,
    fresh_folder,
    plain_environment,
    started,
)

UNPACK = Path(__file__).parents[2] / "scripts" / "mariadb-unpack"
FORGEJO_COLLATION = "utf8mb4_uca1400_as_cs"
"""What Forgejo chooses on MariaDB 10.10 and later (`models/db/collation.go`)."""
FALLBACK_COLLATION = "utf8mb4_bin"
"""Case-sensitive too, and there on every MariaDB."""
SPEED = (
    "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--innodb-buffer-pool-size=128M",
    "--skip-log-bin", "--innodb-file-per-table=1",
)  # fmt: skip
"""Nothing here outlives the session, so nothing has to reach the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MariadbServer:
    """A running server: `root` may do all without a password; other accounts are made by the tests."""

    process: ServerProcess
    socket: Path
    port: int
    collation: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def address(self, name: str) -> MysqlAddress:
        """The administrator's way to a database, over the socket."""
        return MysqlAddress(
            host=None, port=3306, socket=self.socket, name=name, user="root", password=None,
            tls=TlsMode.DISABLE, tls_root_certificate=None,
        )  # fmt: skip

    def tcp_address(self, name: str, *, user: str = "root", password: Password | None = None) -> MysqlAddress:
        """The way to a database over TCP."""
        return MysqlAddress(
            host="127.0.0.1", port=self.port, socket=None, name=name, user=user, password=password,
            tls=TlsMode.DISABLE, tls_root_certificate=None,
        )  # fmt: skip

    def connect(self, name: str | None) -> pymysql.Connection[pymysql.cursors.Cursor]:
        """A connection that may do everything, in autocommit mode."""
        return _connect(self.socket, name)

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[FreshDatabase]:
        """An empty database with Forgejo's collation, dropped afterwards."""
        name = f"forgejo_{next(self.numbers)}"
        connection = self.connect(None)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {self.collation}")
            connection.select_db(name)
            yield FreshDatabase(
                engine=Engine.MYSQL,
                address=self.address(name),
                connection=_as_connection(connection),
                connect=lambda: _as_connection(self.connect(name)),
            )
        finally:
            connection.close()
            with self.connect(None) as keeper, keeper.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


def start_mariadb() -> MariadbServer:
    """Starts a server with an empty data folder. Raises ServerUnavailable with the reason."""
    base = _base_folder()
    folder = fresh_folder("my")
    try:
        return _start(base, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _base_folder() -> Path:
    try:
        done = subprocess.run([UNPACK], check=False, capture_output=True, text=True, errors="replace", timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerUnavailable(f"{UNPACK.name} cannot run: {error}") from error
    if done.returncode != 0:
        raise ServerUnavailable(done.stderr.strip() or f"{UNPACK.name} ended with {done.returncode}")
    return Path(done.stdout.strip())


def _start(base: Path, folder: Path) -> MariadbServer:
    libraries = (
        ":".join(str(path) for path in sorted(base.parent.glob("**/lib/*-linux-gnu"))) if base != Path("/usr") else ""
    )
    environment = plain_environment(**({"LD_LIBRARY_PATH": libraries} if libraries else {}))
    data, socket, port = folder / "data", folder / "socket", free_port()
    common = [f"--basedir={base}", f"--lc-messages-dir={base}/share/mysql", f"--datadir={data}"]
    common += ["--user=root"] if os.geteuid() == 0 else []
    completed(
        [str(base / "bin" / "mariadb-install-db"), "--no-defaults", *common,
         "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
        None, environment,
    )  # fmt: skip

    def answers() -> bool:
        with contextlib.suppress(OSError), stdlib_socket.socket(stdlib_socket.AF_UNIX) as probe:
            probe.connect(str(socket))  # PyMySQL leaves its socket open when it cannot connect, which is a warning
            return True
        return False

    process = started(
        [str(base / "sbin" / "mariadbd"), "--no-defaults", *common, *SPEED, f"--socket={socket}",
         f"--tmpdir={folder}", f"--pid-file={folder / 'pid'}", f"--port={port}", "--bind-address=127.0.0.1",
         "--skip-name-resolve"],
        folders=(folder,), account=None, environment=environment, stop_signal=signal.SIGTERM, answers=answers,
    )  # fmt: skip
    return MariadbServer(process=process, socket=socket, port=port, collation=_prepared(socket))


def _prepared(socket: Path) -> str:
    """Removes the nameless accounts, which would catch every login from this machine; returns the collation to use."""
    with _connect(socket, "mysql") as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM global_priv WHERE User = ''")
        cursor.execute("FLUSH PRIVILEGES")
        cursor.execute("SELECT 1 FROM information_schema.collation_character_set_applicability"
                       " WHERE full_collation_name = %s", (FORGEJO_COLLATION,))  # fmt: skip
        return FORGEJO_COLLATION if cursor.fetchone() else FALLBACK_COLLATION


def _connect(socket: Path, name: str | None) -> pymysql.Connection[pymysql.cursors.Cursor]:
    return pymysql.connect(unix_socket=str(socket), user="root", database=name, charset="utf8mb4", autocommit=True)


def _as_connection(connection: pymysql.Connection[pymysql.cursors.Cursor]) -> Connection:
    return connection
