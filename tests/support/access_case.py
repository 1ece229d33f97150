"""The user's case on a server with accounts, and the whole check of it by one of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.database_url import url_of
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.world import World, users_case

SERVERS = {Engine.POSTGRES: "postgres_server", Engine.MYSQL: "mariadb_server"}
"""The fixture of each engine that has accounts."""
CONTRACT = """\
version: 1
runners:
  - name: rs2000-deploy-host
    scope: {repository: platform-team/platform, id: 35}
    labels: [deploy]
    online_within: 10m
    max_wait: 15m
"""
Server = PostgresServer | MariadbServer
Address = PostgresAddress | MysqlAddress


def contract_in(folder: Path, text: str = CONTRACT) -> Path:
    """A contract file; by default one that makes every part of the look necessary."""
    file = folder / "runner-scope.yml"
    file.write_text(text, encoding="utf-8")
    return file


def sick(database: FreshDatabase, engine: Engine, major: int) -> None:
    """The user's case with a job that has waited for an hour, its counter, and a secret and a variable with both ids."""
    world = World.create(database.connection, engine, major)
    users_case(world)
    world.job(35, runs_on=("deploy",), updated=world.now - 3600)
    world.insert("action_tasks_version", owner_id=0, repo_id=35, version=7)
    world.secret("TOKEN", owner_id=1, repo_id=35)
    world.variable("PLACE", owner_id=1, repo_id=35)


def healthy(database: FreshDatabase, engine: Engine, major: int) -> None:
    """The user's case after its repair."""
    world = World.create(database.connection, engine, major)
    users_case(world)
    world.execute("UPDATE action_runner SET owner_id = 0 WHERE id = 5")


def owner(server: Server, database: FreshDatabase) -> Address:
    """Who may do everything, over the same kind of connection."""
    assert not isinstance(database.address, SqliteAddress)
    return server.tcp_address(database.address.name)


def checked(address: Address, contract: Path, report: Path, *more: str, place: str = "") -> Ended:
    """The whole check, with its report in a file; `place` is what the runner would say of a job."""
    return doctor(
        "check", "--contract", contract, "--sample", "1s", *more, "--format", f"text,json={report}",
        environment={"RSD_DATABASE_URL": url_of(address), "FORGEJO_ACTIONS": place},
    )  # fmt: skip


def seen(report: Path) -> dict[str, Any]:
    """What a report says of the server's rows, apart from who looked and when, to the second."""
    parsed = json.loads(re.sub(r"\b\d+ s\b", "… s", report.read_text(encoding="utf-8")))
    return {key: parsed[key] for key in ("verdict", "findings", "unobserved")}


def executed(address: Address, statement: str) -> None:
    """Runs a statement as that account, past the product's own reader, which would refuse it for reasons of its own."""
    assert address.password is not None
    match address:
        case PostgresAddress():
            with psycopg.connect(
                host=address.host, port=address.port, dbname=address.name, user=address.user,
                password=address.password.secret,
            ) as connection:  # fmt: skip
                connection.execute(statement.encode())
        case MysqlAddress():
            with (
                pymysql.connect(
                    host=address.host, port=address.port, database=address.name, user=address.user,
                    password=address.password.secret,
                ) as mariadb,
                mariadb.cursor() as cursor,
            ):  # fmt: skip
                cursor.execute(statement)
