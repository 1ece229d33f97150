"""The GRANT statements of docs/access.md, as an administrator would copy them from there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase, run
from support.logins import mariadb_login, postgres_login
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access.md"
_HEADINGS = {Engine.POSTGRES: "PostgreSQL", Engine.MYSQL: "MySQL and MariaDB"}
_COLUMNS = re.compile(r"GRANT SELECT \(([^)]*)\) ON (?:forgejo\.)?[\"`]?(\w+)[\"`]? TO ")
_SINCE = re.compile(r"-- since (\d+)\n")


class Kind(Enum):
    """Which of the page's sections a statement stands in."""

    REQUIRED = "Required"
    OPTIONAL = "Optional"
    WAITING = "More for why"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageGrant:
    """One statement of the page. `table` and `columns` are empty for a grant that is not on columns."""

    text: str
    kind: Kind
    table: str
    columns: tuple[str, ...]


def page_grants(
    engine: Engine, major: int, kinds: tuple[Kind, ...] = (Kind.REQUIRED, Kind.OPTIONAL)
) -> tuple[PageGrant, ...]:
    """The grants the page gives for that engine and Forgejo version, in its order; those of `why` when asked for."""
    page = PAGE.read_text(encoding="utf-8")
    found = []
    for kind in kinds:
        section = page.split(f"\n### {kind.value} on {_HEADINGS[engine]}\n")[1].split("\n#")[0]
        for block in re.findall(r"```sql\n(.*?)```", section, re.DOTALL):
            since = _SINCE.match(block)
            if since is None or int(since[1]) <= major:
                lines = [line for line in block.splitlines() if not line.startswith("--")]
                found += [_grant(line, kind) for line in lines]
    assert {grant.kind for grant in found} == set(kinds)
    return tuple(found)


def without(grants: tuple[PageGrant, ...], table: str, column: str) -> tuple[PageGrant, ...]:
    """The grants, less one column."""
    return tuple(
        grant
        if (grant.table, column in grant.columns) != (table, True)
        else replace(grant, text=_less(grant, column), columns=tuple(one for one in grant.columns if one != column))
        for grant in grants
    )


def login_with(
    server: PostgresServer | MariadbServer, database: FreshDatabase, grants: tuple[PageGrant, ...]
) -> PostgresAddress | MysqlAddress:
    """A fresh account that the page's own statements were applied to, with only its name and the database's changed."""
    address: PostgresAddress | MysqlAddress
    if isinstance(server, PostgresServer):
        address = postgres_login(server, database, ())
        run(database.connection, f"REVOKE USAGE ON SCHEMA public FROM {address.user}")  # the page grants it itself
    else:
        address = mariadb_login(server, database, ())
    for grant in grants:
        if grant.text:
            run(database.connection, _renamed(grant.text, address))
    return address


def _grant(line: str, kind: Kind) -> PageGrant:
    assert line.startswith("GRANT ") and line.endswith(";"), line  # noqa: PT018 - one sentence about one line
    columns = _COLUMNS.match(line)
    if columns is None:
        assert line.startswith(("GRANT CONNECT ", "GRANT USAGE ")), line
        return PageGrant(text=line, kind=kind, table="", columns=())
    return PageGrant(text=line, kind=kind, table=columns[2], columns=tuple(columns[1].split(", ")))


def _less(grant: PageGrant, column: str) -> str:
    rest = ", ".join(one for one in grant.columns if one != column)
    return grant.text.replace(f"({', '.join(grant.columns)})", f"({rest})") if rest else ""


def _renamed(text: str, address: PostgresAddress | MysqlAddress) -> str:
    return (
        text.replace("runner_scope_doctor", address.user)
        .replace("forgejo.", f"{address.name}.")
        .replace("DATABASE forgejo ", f"DATABASE {address.name} ")
    )
