"""The GRANT statements of docs/access-repair.md, as an administrator would copy them from there."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import Address, Server
from support.connection import FreshDatabase, run
from support.postgres_server import PostgresServer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access-repair.md"
_HEADINGS = {Engine.POSTGRES: "PostgreSQL", Engine.MYSQL: "MySQL and MariaDB"}
_ACCOUNT = re.compile(r" TO '?runner_scope_(approval|backup|repair)'?(?:@'%')?;$")
_RIGHT = re.compile(r"GRANT (\w+)(?: \(([^)]*)\))? ON (?:DATABASE|SCHEMA|forgejo\.)? ?[\"`]?(\w+)[\"`]? TO ")
_SINCE = re.compile(r"-- since (\d+)\n")


class Part(Enum):
    """A section of the page, by the beginning of its heading."""

    APPROVAL = "Approval"
    ADMINS = "Site admins"
    BACKUP = "Backup"
    ALL_ACTIONS = "More for all-actions"
    REPAIR = "Repair"
    LIVE_RUN = "More for a run's approval"
    FENCE = "More for the counter fence"


class Account(Enum):
    """The accounts of the page, by the ends of their names."""

    APPROVAL = "approval"
    BACKUP = "backup"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairGrant:
    """One statement. `columns` is empty for a right on the whole `on`, which is a table, a schema or a database."""

    text: str
    account: Account
    right: str
    on: str
    columns: tuple[str, ...]

    @property
    def label(self) -> str:
        """A name for the test."""
        return " ".join((self.account.value, self.right, *self.columns, self.on))


def repair_grants(engine: Engine, major: int, *parts: Part) -> tuple[RepairGrant, ...]:
    """All statements of these sections for that engine and version of Forgejo, in the page's order."""
    page = PAGE.read_text(encoding="utf-8")
    found: list[RepairGrant] = []
    for part in parts:
        section = page.split(f"\n### {part.value} on {_HEADINGS[engine]}\n")[1].split("\n#")[0]
        for block in re.findall(r"```sql\n(.*?)```", section, re.DOTALL):
            since = _SINCE.match(block)
            if since is None or int(since[1]) <= major:
                found += [_grant(line) for line in block.splitlines() if not line.startswith("--")]
    assert found
    return tuple(found)


def left_out(grants: Iterable[RepairGrant]) -> Iterator[tuple[RepairGrant, tuple[RepairGrant, ...]]]:
    """What is missing and what is left, for every grant and every column of one."""
    every = tuple(grants)
    for grant in every:
        if len(grant.columns) < 2:
            yield grant, tuple(one for one in every if one != grant)
        for column in grant.columns if len(grant.columns) > 1 else ():
            rest = tuple(one for one in grant.columns if one != column)
            text = grant.text.replace(f"({', '.join(grant.columns)})", f"({', '.join(rest)})")
            less = replace(grant, columns=rest, text=text)
            yield replace(grant, columns=(column,)), tuple(less if one == grant else one for one in every)


def account_with(server: Server, database: FreshDatabase, account: Account, grants: Iterable[RepairGrant]) -> Address:
    """A fresh account that the page's own statements were applied to, with only its name and the database's changed."""
    name, password = f"{account.value}_{secrets.token_hex(4)}", Password(secret=secrets.token_hex(8))
    address: Address
    if isinstance(server, PostgresServer):
        assert isinstance(database.address, PostgresAddress)
        run(database.connection, f"CREATE ROLE {name} LOGIN PASSWORD '{password.secret}'")
        address = server.tcp_address(database.address.name, user=name, password=password)
    else:
        assert isinstance(database.address, MysqlAddress)
        run(database.connection, f"CREATE USER '{name}'@'%' IDENTIFIED BY '{password.secret}'")
        address = server.tcp_address(database.address.name, user=name, password=password)
    for grant in grants:
        if grant.account is account:
            run(database.connection, renamed(grant.text, account, address))
    return address


def renamed(text: str, account: Account, address: Address) -> str:
    """The statement with the account and the database of a test."""
    return (
        text.replace(f"runner_scope_{account.value}", address.user)
        .replace("forgejo.", f"{address.name}.")
        .replace("DATABASE forgejo ", f"DATABASE {address.name} ")
    )


def nothing_for_everyone(database: FreshDatabase) -> None:
    """Takes what PostgreSQL gives everyone, so that the page's CONNECT and USAGE are what lets a role in."""
    if isinstance(database.address, PostgresAddress):
        run(database.connection, "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
        run(database.connection, f"REVOKE CONNECT ON DATABASE {database.address.name} FROM PUBLIC")


def _grant(line: str) -> RepairGrant:
    account, right = _ACCOUNT.search(line), _RIGHT.match(line)
    assert account is not None, line
    assert right is not None, line
    columns = () if right[2] is None else tuple(right[2].split(", "))
    return RepairGrant(text=line, account=Account(account[1]), right=right[1], on=right[3], columns=columns)
