"""Accounts with few rights, for tests of what a check needs and of what it finds out about its own rights."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase, run
from support.definitions import quoted
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One right on one table. Without `columns` it is for the whole table."""

    privilege: str
    table: str
    columns: tuple[str, ...] = ()


def postgres_login(server: PostgresServer, database: FreshDatabase, grants: Iterable[Grant]) -> PostgresAddress:
    """A new role with a password that has these rights in this database and no more, over TCP."""
    name, password = f"reader_{secrets.token_hex(4)}", Password(secret=secrets.token_hex(8))
    run(database.connection, f"CREATE ROLE {name} LOGIN PASSWORD '{password.secret}'")
    run(database.connection, f"GRANT USAGE ON SCHEMA public TO {name}")
    for grant in grants:
        right = _right(Engine.POSTGRES, grant)
        run(database.connection, f"GRANT {right} ON {quoted(Engine.POSTGRES, grant.table)} TO {name}")
    assert isinstance(database.address, PostgresAddress)
    return server.tcp_address(database.address.name, user=name, password=password)


def mariadb_login(server: MariadbServer, database: FreshDatabase, grants: Iterable[Grant]) -> MysqlAddress:
    """A new account with a password that has these rights in this database and no more, over TCP."""
    name, password = f"reader_{secrets.token_hex(4)}", Password(secret=secrets.token_hex(8))
    assert isinstance(database.address, MysqlAddress)
    place = quoted(Engine.MYSQL, database.address.name)
    run(database.connection, f"CREATE USER '{name}'@'%' IDENTIFIED BY '{password.secret}'")
    for grant in grants:
        right = _right(Engine.MYSQL, grant)
        run(database.connection, f"GRANT {right} ON {place}.{quoted(Engine.MYSQL, grant.table)} TO '{name}'@'%'")
    return server.tcp_address(database.address.name, user=name, password=password)


def _right(engine: Engine, grant: Grant) -> str:
    if not grant.columns:
        return grant.privilege
    return f"{grant.privilege} ({', '.join(quoted(engine, column) for column in grant.columns)})"
