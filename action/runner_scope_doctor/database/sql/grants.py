"""The statements by which an administrator makes a login of this program and gives it its rights. They are printed, never run.

What is given stands in `model/grants.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.grants import ENTERING, Part, TableGrant, grants_of
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.server import OLDEST_KNOWN_MAJOR, Engine

DEFAULT_DATABASE = "forgejo"
DEFAULT_SCHEMA = "public"
DEFAULT_LOGINS: Mapping[ConnectionPurpose, str] = {
    ConnectionPurpose.CHECK: "runner_scope_doctor",
    ConnectionPurpose.APPROVAL: "runner_scope_approval",
    ConnectionPurpose.BACKUP: "runner_scope_backup",
    ConnectionPurpose.REPAIR: "runner_scope_repair",
}
_PASSWORDS: Mapping[ConnectionPurpose, str] = {
    ConnectionPurpose.CHECK: "choose one",
    ConnectionPurpose.BACKUP: "choose one",
    ConnectionPurpose.REPAIR: "choose another one",
    ConnectionPurpose.APPROVAL: "choose a third one",
}
"""What stands where the password belongs."""
_PLAIN = frozenset({DEFAULT_DATABASE, DEFAULT_SCHEMA, *DEFAULT_LOGINS.values()})
"""Names that need no quotes; whatever else a person gives is quoted."""
_LONGEST = {Engine.POSTGRES: 63, Engine.MYSQL: 64}
"""Bytes of a name (PostgreSQL: NAMEDATALEN less one; MySQL: 64 of a database). PostgreSQL would cut a longer one in silence."""
_LONGEST_MYSQL_USER = 32
_EVERYBODY = frozenset({"public", "none"})
"""Words that PostgreSQL takes for everyone and for nobody, quoted or not (`gram.y`, RoleSpec)."""
_HOST = re.compile(r"[A-Za-z0-9_.:%/-]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantNames:
    """Where the tables are and what the logins are called, already written for the engine.

    `table_prefix` goes before each table's name.
    """

    engine: Engine
    database: str
    schema: str
    table_prefix: str
    logins: Mapping[ConnectionPurpose, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBlock:
    """Statements that belong together. `since` is the first Forgejo major they are for, None for every one."""

    since: int | None
    statements: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it stands on the page."""
        since = () if self.since is None else (f"-- since {self.since}",)
        return "\n".join((*since, *self.statements))


def grant_names(
    engine: Engine,
    *,
    database: str = DEFAULT_DATABASE,
    schema: str | None = None,
    logins: Mapping[ConnectionPurpose, str] | None = None,
) -> GrantNames:
    """These names, quoted where they are not the pages' own; without `schema` the tables are found by the search path.

    Raises UsageError for a name that the engine would read as something else.
    """
    called = {**DEFAULT_LOGINS, **(logins or {})}
    written = _identifier(engine, database, "database")
    if engine is Engine.MYSQL:
        accounts = {purpose: _account(name) for purpose, name in called.items()}
        return GrantNames(engine=engine, database=written, schema="", table_prefix=f"{written}.", logins=accounts)
    place = _identifier(engine, schema or DEFAULT_SCHEMA, "schema")
    return GrantNames(
        engine=engine,
        database=written,
        schema=place,
        table_prefix="" if schema is None else f"{place}.",
        logins={purpose: _role(name) for purpose, name in called.items()},
    )


def creating(names: GrantNames, login: ConnectionPurpose) -> str:
    """The statement that makes the login, with words in the place of the password."""
    account, password = names.logins[login], _PASSWORDS[login]
    if names.engine is Engine.MYSQL:
        return f"CREATE USER {account} IDENTIFIED BY '{password}';"
    return f"CREATE ROLE {account} LOGIN PASSWORD '{password}';"


def granting(names: GrantNames, part: Part, major: int | None) -> tuple[GrantBlock, ...]:
    """The statements of one part for that Forgejo major, those of newer versions behind; for None of every version."""
    grants = grants_of(names.engine, major, part)
    blocks = []
    for since in sorted({grant.since for grant in grants}):
        entering = _entering(names, grants[0].login) if part in ENTERING and since == OLDEST_KNOWN_MAJOR else ()
        statements = (*entering, *(_statement(names, grant) for grant in grants if grant.since == since))
        blocks.append(GrantBlock(since=None if since == OLDEST_KNOWN_MAJOR else since, statements=statements))
    return tuple(blocks)


def _entering(names: GrantNames, login: ConnectionPurpose) -> tuple[str, ...]:
    if names.engine is Engine.MYSQL:
        return ()
    account = names.logins[login]
    return (
        f"GRANT CONNECT ON DATABASE {names.database} TO {account};",
        f"GRANT USAGE ON SCHEMA {names.schema} TO {account};",
    )


def _statement(names: GrantNames, grant: TableGrant) -> str:
    sign = "`" if names.engine is Engine.MYSQL else '"'
    columns = (f"{sign}{name}{sign}" if name == "index" else name for name in grant.columns)
    right = grant.right.value + (f" ({', '.join(columns)})" if grant.columns else "")
    table = f"{sign}{grant.table}{sign}" if grant.table == "user" else grant.table
    return f"GRANT {right} ON {names.table_prefix}{table} TO {names.logins[grant.login]};"


def _role(name: str) -> str:
    if name in _EVERYBODY or name.startswith("pg_"):
        raise UsageError(
            f"PostgreSQL keeps the role name {name} to itself.",
            next_step="Give the login a name of its own with --role.",
        )
    return _identifier(Engine.POSTGRES, name, "role")


def _account(name: str) -> str:
    """`name` or `name@host`, as MySQL and MariaDB write an account; without a host from anywhere."""
    user, _, host = name.rpartition("@") if "@" in name else (name, "", "%")
    _checked(user, "role", _LONGEST_MYSQL_USER)
    if "\\" in user or _HOST.fullmatch(host) is None:
        raise UsageError(
            "The account given with --role is none that can be written safely.",
            next_step="Give NAME or NAME@HOST, the name without a backslash, the host a name, an address or %.",
        )
    return f"'{user.replace(chr(39), chr(39) * 2)}'@'{host}'"


def _identifier(engine: Engine, name: str, what: str) -> str:
    _checked(name, what, _LONGEST[engine])
    if name in _PLAIN:
        return name
    sign = "`" if engine is Engine.MYSQL else '"'
    return f"{sign}{name.replace(sign, sign * 2)}{sign}"


def _checked(name: str, what: str, longest: int) -> None:
    """Raises UsageError for a name that is empty, too long or not printable, such as one with a line end or a direction mark."""
    if not name or not name.isprintable() or len(name.encode()) > longest:
        raise UsageError(
            f"The name given with --{what} is empty, longer than {longest} bytes or not printable.",
            next_step=f"Give the {what}'s name as the server has it.",
        )
