"""What a login can do with Forgejo's tables, as the server itself says and shows. Nothing is changed and no row is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import catalog as sql_catalog
from runner_scope_doctor.database.sql import privileges as sql_privileges
from runner_scope_doctor.database.sql import rights as sql
from runner_scope_doctor.database.tables.everybody import grants_of_everybody
from runner_scope_doctor.database.tables.privileges import covers
from runner_scope_doctor.model.errors import AccessDenied, ColumnMissing, TableMissing
from runner_scope_doctor.model.grants import Right, TableGrant
from runner_scope_doctor.model.self_test import HeldRight, HeldRights
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.wording import named

_SUPERUSER = "is a superuser"
_NO_RIGHT = "USAGE"
"""MySQL's word for none."""
_FIRST = ("SUPER", "FILE", "GRANT OPTION", "INSERT", "UPDATE", "DELETE", "SELECT")
"""The rights to name before all others, when there are many."""
_NAMED = 8
"""How many rights are named before the rest is counted."""
_ROUTINES = ("PROCEDURE", "FUNCTION", "PACKAGE")
_REFUSALS = (AccessDenied, TableMissing, ColumnMissing)


def missing_of(reader: Reader, grant: TableGrant) -> tuple[str, ...]:
    """What of the grant the login cannot do, such as `SELECT (id) on user`; empty when it can do all of it.

    Raises SourceUnavailable when the server does not answer.
    """
    match grant.right:
        case Right.SELECT:
            columns = _unreadable(reader, grant)
        case Right.UPDATE:
            columns = tuple(name for name in grant.columns if not _may_update(reader, grant.table, name))
        case Right.TRIGGER:
            seen = reader.read(sql_catalog.SELECT_MYSQL_SIGHT, table=grant.table)[0]
            return () if seen[1] == 1 else (f"TRIGGER on {grant.table}",)
        case _:
            assert_never(grant.right)
    if columns is None:
        return (f"{grant.right.value} on {grant.table}",)
    return (f"{grant.right.value} ({', '.join(columns)}) on {grant.table}",) if columns else ()


def held_rights(reader: Reader) -> HeldRights:
    """Everything the login has beyond logging in. On SQLite nothing: there the file's mode tells.

    Raises SourceUnavailable when the server does not answer.
    """
    match reader.engine:
        case Engine.SQLITE:
            return HeldRights(powers=(), on_tables=())
        case Engine.POSTGRES:
            return _of_postgres(reader)
        case Engine.MYSQL:
            return _of_mysql(reader)
        case _:
            assert_never(reader.engine)


def _unreadable(reader: Reader, grant: TableGrant) -> tuple[str, ...] | None:
    """The columns that cannot be read; None where the whole table is meant and cannot be."""
    try:
        reader.read(sql.select_nothing(grant.table, grant.columns))
    except _REFUSALS:
        if not grant.columns:
            return None
        return tuple(name for name in grant.columns if not _is_readable(reader, grant.table, name))
    return ()


def _is_readable(reader: Reader, table: str, column: str) -> bool:
    try:
        reader.read(sql.select_nothing(table, (column,)))
    except _REFUSALS:
        return False
    return True


def _may_update(reader: Reader, table: str, column: str) -> bool:
    match reader.engine:
        case Engine.SQLITE:
            return True
        case Engine.POSTGRES:
            try:
                return bool(reader.read(sql.SELECT_POSTGRES_MAY_UPDATE, table=table, column=column)[0][0])
            except _REFUSALS:
                return False
        case Engine.MYSQL:
            return any(
                (str(of), str(name)) == (table, column) and "update" in str(rights).split(",")
                for of, name, rights in reader.read(sql.SELECT_MYSQL_COLUMN_RIGHTS)
            )
        case _:
            assert_never(reader.engine)


def _of_postgres(reader: Reader) -> HeldRights:
    powers: dict[str, str] = {}
    for role, itself, power in reader.read(sql.SELECT_POSTGRES_POWERS):
        text = str(power)
        powers.setdefault(text, text if itself else f"may act as {named(str(role))}, which {text}")
        if text == _SUPERUSER:  # who may then do, and act as, everything
            return HeldRights(powers=tuple(powers.values()), on_tables=())
    held: list[HeldRight] = []
    for place, table, column, right, grantable in reader.read(sql.SELECT_POSTGRES_GRANTS):
        held += _held(str(right), table, column, place, "GRANT OPTION" if grantable else None)
    return HeldRights(powers=tuple(powers.values()), on_tables=_without_parts(held))


def _of_mysql(reader: Reader) -> HeldRights:
    account, database = map(str, reader.read(sql_privileges.SELECT_MYSQL_ACCOUNT)[0])
    user, _, host = account.rpartition("@")
    grantee = f"'{user}'@'{host}'"
    everywhere = _words(reader.read(sql_privileges.SELECT_MYSQL_GLOBAL_RIGHTS, grantee=grantee))
    powers = [f"may {_listed(everywhere)} on the whole database server"] if everywhere else []
    included = set(everywhere)
    by_place: dict[str, list[Row]] = {}
    for place, *right in reader.read(sql_privileges.SELECT_MYSQL_DATABASE_RIGHTS, grantee=grantee):
        by_place.setdefault(str(place), []).append(tuple(right))
    for place, rows in by_place.items():
        powers.append(f"may {_listed(_words(rows))} on the whole database {named(place)}")
        included |= set(_words(rows)) if covers(place, database) else set()
    powers += _beside_tables(reader)
    powers += [f"has the role {named(name)}, whose rights the server does not show" for name in _roles(reader)]
    held = [one for one in _mysql_grants(reader, grantee) if one.right not in included]
    return HeldRights(powers=tuple(powers), on_tables=_without_parts(held))


def _mysql_grants(reader: Reader, grantee: str) -> Iterator[HeldRight]:
    for place, table, right, grantable in reader.read(sql.SELECT_MYSQL_TABLE_GRANTS, grantee=grantee):
        if str(right).upper() != _NO_RIGHT:
            yield from _held(str(right), table, None, place, "GRANT OPTION" if grantable == "YES" else None)
    for table, column, rights in reader.read(sql.SELECT_MYSQL_COLUMN_RIGHTS):
        for right in str(rights).split(","):
            if right:
                yield from _held(right, table, column, None, None)


def _held(right: str, table: object, column: object, place: object, more: str | None) -> Iterator[HeldRight]:
    for word in (right.upper(), *(() if more is None else (more,))):
        yield HeldRight(
            right=word,
            table=str(table),
            column=None if column is None else str(column),
            place=None if place is None else str(place),
        )


def _without_parts(rights: Iterable[HeldRight]) -> tuple[HeldRight, ...]:
    """Less the columns of tables where the right is one on the whole table."""
    every = tuple(dict.fromkeys(rights))
    whole = {(one.right, one.table, one.place) for one in every if one.column is None}
    return tuple(one for one in every if one.column is None or (one.right, one.table, one.place) not in whole)


def _words(rows: Iterable[Row]) -> list[str]:
    """The rights of rows of right and whether it may be passed on, the worst first."""
    found: set[str] = set()
    for right, grantable in rows:
        found |= {str(right).upper()} - {_NO_RIGHT}
        found |= {"GRANT OPTION"} if grantable == "YES" else set()
    return sorted(found, key=lambda right: (_FIRST.index(right) if right in _FIRST else len(_FIRST), right))


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more


def _beside_tables(reader: Reader) -> list[str]:
    grants = [str(row[0]) for row in reader.read(sql_privileges.SHOW_MYSQL_GRANTS)]
    found = [f"has rights on a {kind.lower()}" for kind in _ROUTINES if any(f" ON {kind} " in text for text in grants)]
    found += ["may act as another account (PROXY)"] * any(" PROXY ON " in text for text in grants)
    return found + [f"may, as everybody may (PUBLIC): {grant.text}" for grant in grants_of_everybody(grants)]


def _roles(reader: Reader) -> list[str]:
    try:
        return [str(role) for (role,) in reader.read(sql_privileges.SELECT_MYSQL_ROLES)]
    except TableMissing:  # before MySQL 8.0.19; MySQL 5.7 has no roles
        return []
