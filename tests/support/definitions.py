"""Forgejo's table definitions per version and engine, as its ORM (xorm) would write them on a fresh server.

Checked against Forgejo's Go structs at the tags v7.0.16 to v15.0.3 and branch v16.0, and against recordings of running
servers by `tests/database/test_definitions.py`. An upgraded server has the same columns, late ones at a table's end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine
from support import tables_actions, tables_server

FIRST_MAJOR_WITH_MIGRATION_TABLE = 14
"""`forgejo_migration` came with Forgejo 14 (`models/forgejo_migrations/migrate.go`)."""

DESCRIPTIONS = {  # `user` and `repository` come first, because tables behind them refer to them
    "user": tables_server.USER,
    "repository": tables_server.REPOSITORY,
    "repo_unit": tables_server.REPO_UNIT,
    "action_runner": tables_actions.ACTION_RUNNER,
    "action_runner_token": tables_actions.ACTION_RUNNER_TOKEN,
    "action_tasks_version": tables_actions.ACTION_TASKS_VERSION,
    "action_task": tables_actions.ACTION_TASK,
    "action_run": tables_actions.ACTION_RUN,
    "action_run_job": tables_actions.ACTION_RUN_JOB,
    "secret": tables_actions.SECRET,
    "action_variable": tables_actions.ACTION_VARIABLE,
    "protected_branch": tables_server.PROTECTED_BRANCH,
    "version": tables_server.VERSION,
    "forgejo_version": tables_server.FORGEJO_VERSION,
    "forgejo_sem_ver": tables_server.FORGEJO_SEM_VER,
    "forgejo_migration": tables_server.FORGEJO_MIGRATION,
}

SQL_TYPES = {  # xorm type: (SQLite, PostgreSQL, MySQL); a length in brackets stays, except on SQLite
    "BIGINT": ("INTEGER", "BIGINT", "BIGINT(20)"),
    "INT": ("INTEGER", "INTEGER", "INT"),
    "BOOL": ("INTEGER", "BOOL", "TINYINT(1)"),
    "VARCHAR": ("TEXT", "VARCHAR", "VARCHAR"),
    "CHAR": ("TEXT", "CHAR", "CHAR"),
    "TEXT": ("TEXT", "TEXT", "TEXT"),
    "LONGTEXT": ("TEXT", "TEXT", "LONGTEXT"),
    "JSON": ("TEXT", "JSON", "TEXT"),
    "BLOB": ("BLOB", "BYTEA", "BLOB"),
    "LONGBLOB": ("BLOB", "BYTEA", "LONGBLOB"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of one table in one version.

    `kind` is xorm's type without its length, `length` that length with brackets or an empty text. `default` is the
    tag's text, None without one. `indexes` and `uniques` name the column's groups: its own name for a plain tag.
    `refers_to` is the table whose `id` a foreign key points at.
    """

    name: str
    kind: str
    length: str
    primary: bool
    counted: bool
    required: bool
    default: str | None
    indexes: tuple[str, ...]
    uniques: tuple[str, ...]
    refers_to: str | None


def tables(major: int) -> tuple[str, ...]:
    """The names of the tables a server of this major has, of those described here."""
    if not OLDEST_KNOWN_MAJOR <= major <= NEWEST_KNOWN_MAJOR:
        raise ValueError(f"no definitions for Forgejo {major}")
    has_migrations = major >= FIRST_MAJOR_WITH_MIGRATION_TABLE
    return tuple(name for name in DESCRIPTIONS if name != "forgejo_migration" or has_migrations)


@cache
def described(table: str, major: int) -> tuple[Column, ...]:
    """The columns of a table in a version, in the order a fresh server has them."""
    if table not in tables(major):
        raise ValueError(f"Forgejo {major} has no table {table}")
    parts = (line.partition(";") for line in DESCRIPTIONS[table].strip().splitlines())
    return tuple(_column(text) for text, _, majors in parts if _holds(majors.strip(), major))


def columns(table: str, major: int) -> tuple[str, ...]:
    """The column names of a table in a version, in order."""
    return tuple(column.name for column in described(table, major))


def statements(engine: Engine, major: int) -> tuple[str, ...]:
    """All that a fresh server of this major creates in an empty database, for the tables described here."""
    return tuple(statement for table in tables(major) for statement in table_statements(engine, major, table))


def table_statements(engine: Engine, major: int, table: str) -> tuple[str, ...]:
    """The statements that create one table with its indexes. Tables it refers to must be there before."""
    shape = described(table, major)
    body = [_column_definition(engine, column) for column in shape]
    indexes = _indexes(engine, table, shape)
    if engine is Engine.MYSQL:  # ten times faster in one statement; what stands in the catalog is the same
        body += [f"{kind} {name} ({members})" for kind, name, members in indexes]
    body += [_foreign_key(engine, column) for column in shape if column.refers_to is not None]
    create = f"CREATE TABLE {quoted(engine, table)} ({', '.join(body)})"
    if engine is Engine.MYSQL:
        return (f"{create} ENGINE=InnoDB ROW_FORMAT=DYNAMIC",)
    return (
        create,
        *(f"CREATE {kind} {name} ON {quoted(engine, table)} ({members})" for kind, name, members in indexes),
    )


def quoted(engine: Engine, name: str) -> str:
    """A table, column or index name for this engine. Names here are our own constants, without quotes in them."""
    return f'"{name}"' if engine is Engine.POSTGRES else f"`{name}`"


def _holds(majors: str, major: int) -> bool:
    if not majors:
        return True
    since, _, until = majors.partition("-")
    return int(since or OLDEST_KNOWN_MAJOR) <= major <= int(until or NEWEST_KNOWN_MAJOR)


def _column(text: str) -> Column:
    name, type_text, *rest = text.split(None, 2)
    tags = rest[0].strip() if rest else ""
    kind, bracket, length = type_text.partition("(")
    default = re.search(r"DEFAULT ('[^']*'|\S+)", tags)
    reference = re.search(r"REFERENCES\((\w+)\)", tags)
    return Column(
        name=name,
        kind=kind,
        length=bracket + length,
        primary=bool(re.search(r"\bPK\b", tags)),
        counted=bool(re.search(r"\bAUTOINCR\b", tags)),
        required=bool(re.search(r"\bNOT NULL\b|\bPK\b", tags)),
        default=default.group(1) if default else None,
        indexes=_groups("INDEX", tags, name),
        uniques=_groups("UNIQUE", tags, name),
        refers_to=reference.group(1) if reference else None,
    )


def _groups(tag: str, tags: str, name: str) -> tuple[str, ...]:
    return tuple(group or name for group in re.findall(rf"\b{tag}\b(?:\((\w+)\))?", tags))


def _column_definition(engine: Engine, column: Column) -> str:
    definition = f"{quoted(engine, column.name)} {_sql_type(engine, column)}"
    if column.primary:
        counting = {Engine.SQLITE: " AUTOINCREMENT", Engine.POSTGRES: "", Engine.MYSQL: " AUTO_INCREMENT"}[engine]
        return f"{definition} PRIMARY KEY{counting if column.counted else ''} NOT NULL"
    if column.default is not None:
        definition += f" DEFAULT {_default(engine, column.default)}"
    return f"{definition} {'NOT NULL' if column.required else 'NULL'}"


def _sql_type(engine: Engine, column: Column) -> str:
    sqlite, postgres, mysql = SQL_TYPES[column.kind]
    match engine:
        case Engine.SQLITE:
            return sqlite
        case Engine.POSTGRES:
            return "BIGSERIAL" if column.counted else postgres + column.length
        case Engine.MYSQL:
            return mysql + column.length


def _default(engine: Engine, text: str) -> str:
    if engine is Engine.POSTGRES:
        return text
    return {"true": "1", "false": "0"}.get(text, text)


def _foreign_key(engine: Engine, column: Column) -> str:
    target = f"{quoted(engine, column.refers_to or '')} ({quoted(engine, 'id')})"
    return f"FOREIGN KEY ({quoted(engine, column.name)}) REFERENCES {target}"


def _indexes(engine: Engine, table: str, shape: tuple[Column, ...]) -> tuple[tuple[str, str, str], ...]:
    """Kind, quoted name and quoted columns of each index, with xorm's names."""
    members: dict[tuple[str, str], list[str]] = {}
    for column in shape:
        for group in column.uniques:
            members.setdefault(("UNIQUE INDEX", f"UQE_{table}_{group}"), []).append(quoted(engine, column.name))
        for group in column.indexes:
            members.setdefault(("INDEX", f"IDX_{table}_{group}"), []).append(quoted(engine, column.name))
    return tuple((kind, quoted(engine, name), ", ".join(names)) for (kind, name), names in members.items())
