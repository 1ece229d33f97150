"""What the credentials in use could write, as the engine's own catalogs tell it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import assert_never

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import privileges as sql
from runner_scope_doctor.database.tables.everybody import EverybodysGrant, grants_of_everybody
from runner_scope_doctor.model.errors import TableMissing
from runner_scope_doctor.model.wording import counted_noun, named

_RUNNERS = "action_runner"
_MYSQL_ACCOUNTS = "mysql"
"""The server's own database: who may write to it may give itself every right."""
_MYSQL_HARMLESS = frozenset(
    {
        "USAGE",
        "SELECT",
        "SHOW DATABASES",
        "SHOW VIEW",
        "PROCESS",
        "REFERENCES",
        "LOCK TABLES",
        "CREATE TEMPORARY TABLES",  # seen by their own session only
        "EXECUTE",  # Forgejo's database has no routines
        "REPLICATION CLIENT",
        "BINLOG MONITOR",
        "SLAVE MONITOR",
        "REPLICA MONITOR",
    }
)
"""Rights on MySQL and MariaDB that change no table. A right that is not known here counts as one that could."""
_MYSQL_FIRST = ("SUPER", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "TRIGGER", "GRANT OPTION")
"""The rights to name before all others, when there are many."""
_NAMED = 5
"""How many rights or roles are named before the rest is counted."""


def write_power(reader: Reader, address: DatabaseAddress) -> str | None:
    """What the credentials could write, as a part of a sentence; None when they can only read.

    MySQL and MariaDB keep the rights of a role to themselves, so an account with a role is never called harmless.
    Raises SourceUnavailable when the engine does not answer.
    """
    match address:
        case SqliteAddress(path=path):
            return _of_file(Path(os.path.realpath(path)))
        case PostgresAddress():
            return _of_postgres_role(reader)
        case MysqlAddress():
            return _of_mysql_account(reader)
        case _:
            assert_never(address)


def _of_file(path: Path) -> str | None:
    if os.access(path, os.W_OK, effective_ids=True):
        return f"the file {path} is writable"
    if path.stat().st_uid == os.geteuid():
        return f"the file {path} is its own, and can be made writable"
    # SQLite applies a journal it finds beside the file to the database, whoever made it.
    if os.access(path.parent, os.W_OK, effective_ids=True):
        return f"the folder {path.parent} of the file is writable"
    return None


def _of_postgres_role(reader: Reader) -> str | None:
    for role, itself, power in reader.read(sql.SELECT_POSTGRES_POWERFUL_ROLES):
        who = "it" if itself else f"it may act as {named(str(role))}, which"
        match power:
            case "superuser":
                return f"{who} is a superuser"
            case "server files":
                return f"{who} may write files or run programs on the database's machine"
            case _:
                return f"{who} may create roles and grant itself any role but a superuser's"
    for role, itself, what in reader.read(sql.SELECT_POSTGRES_OWNERS):
        who = "it" if itself else f"it may act as {named(str(role))}, which"
        return f"{who} owns {what}"
    return _on_tables((str(table), str(right)) for table, right in reader.read(sql.SELECT_POSTGRES_TABLE_RIGHTS))


def _of_mysql_account(reader: Reader) -> str | None:
    account, database = map(str, reader.read(sql.SELECT_MYSQL_ACCOUNT)[0])
    user, _, host = account.rpartition("@")
    grantee = f"'{user}'@'{host}'"  # the server doubles no quotes here either
    everywhere = _could_write(reader.read(sql.SELECT_MYSQL_GLOBAL_RIGHTS, grantee=grantee))
    if everywhere:
        return f"it may {_listed(everywhere)} on the whole database server"
    on_databases = reader.read(sql.SELECT_MYSQL_DATABASE_RIGHTS, grantee=grantee)
    for name in (database, _MYSQL_ACCOUNTS):
        in_database = _could_write(row[1:] for row in on_databases if covers(str(row[0]), name))
        if in_database:
            return f"it may {_listed(in_database)} on the database {named(name)}"
    tables = reader.read(sql.SELECT_MYSQL_TABLE_RIGHTS, grantee=grantee)
    on_tables = [(str(row[0]), right) for row in tables for right in _could_write([row[1:]])]
    of_everybody = tuple(grants_of_everybody(str(row[0]) for row in reader.read(sql.SHOW_MYSQL_GRANTS)))
    writing = [grant.text for grant in of_everybody if _could_be_written_by(grant, database)]
    # Before what counts in this session: that is no more than INSERT and UPDATE, and does not say from whom they come.
    if writing and not on_tables:
        return f"it may, as everybody may (PUBLIC): {writing[0]}"
    for table, rights in reader.read(sql.SELECT_MYSQL_EFFECTIVE_RIGHTS):
        on_tables += [(str(table), right) for right in ("INSERT", "UPDATE") if right.lower() in str(rights).split(",")]
    return _on_tables(on_tables) or _roles(reader, of_everybody)


def _could_be_written_by(grant: EverybodysGrant, database: str) -> bool:
    """Whether it changes something on the server's own or on Forgejo's database; MariaDB is set up with everybody's rights on
    `test`, which is neither."""
    if grant.database is None or set(grant.rights) <= _MYSQL_HARMLESS:
        return False
    return grant.database == "*" or any(covers(grant.database, name) for name in (database, _MYSQL_ACCOUNTS))


def _could_write(rows: Iterable[Row]) -> list[str]:
    """Rights that could change something, of rows of right and whether it may be passed on; the worst first."""
    rights: set[str] = set()
    for right, grantable in rows:
        rights |= {str(right).upper()} - _MYSQL_HARMLESS
        if grantable == "YES":
            rights.add("GRANT OPTION")
    return sorted(rights, key=lambda right: (_rank(right), right))


def _rank(right: str) -> int:
    return _MYSQL_FIRST.index(right) if right in _MYSQL_FIRST else len(_MYSQL_FIRST)


def covers(pattern: str, database: str) -> bool:
    """Whether a pattern of LIKE, with a backslash before what stands for itself, fits the database's name."""
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    text = "".join(wildcards.get(piece) or re.escape(piece[-1]) for piece in pieces)
    # Some servers compare without case: rather one warning too many.
    return re.fullmatch(text, database, re.DOTALL | re.IGNORECASE) is not None


def _on_tables(rights: Iterable[tuple[str, str]]) -> str | None:
    """One table's rights and how many more tables there are; the runners' own table first."""
    by_table: dict[str, list[str]] = {}
    for table, right in rights:
        known = by_table.setdefault(table, [])
        if right not in known:
            known.append(right)
    if not by_table:
        return None
    first = _RUNNERS if _RUNNERS in by_table else min(by_table)
    others = f", and write to {counted_noun(len(by_table) - 1, 'other table')}" if len(by_table) > 1 else ""
    on = " on" if len(by_table[first]) > _NAMED else ""
    return f"it may {_listed(by_table[first])}{on} {named(first)}{others}"


def _roles(reader: Reader, of_everybody: Iterable[EverybodysGrant]) -> str | None:
    # The views of the catalog leave out the roles that everybody has.
    roles = [grant.role for grant in of_everybody if grant.role is not None]
    # Before MySQL 8.0.19 there is no such view; MySQL 5.7 has no roles.
    with suppress(TableMissing):
        roles = [*(str(role) for (role,) in reader.read(sql.SELECT_MYSQL_ROLES)), *roles]
    if not roles:
        return None
    return f"what its roles may do cannot be seen from here ({_listed([named(role) for role in roles])})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
