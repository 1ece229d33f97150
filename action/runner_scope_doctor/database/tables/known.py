"""The tables a repair may touch, as Forgejo 7 to 16 makes them on each engine, and how another one differs.

From Forgejo's Go structs (`models/actions/runner.go`, `models/actions/tasks_version.go`) as its ORM writes them; the tests
hold them against recorded servers. An upgraded server has the same columns, late ones at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine, is_known_major
from runner_scope_doctor.model.table import (
    NEXT_NUMBER,
    ForgejoTable,
    IndexKind,
    Known,
    Oddity,
    OddityKind,
    PartlySeen,
    TableColumn,
    TableDefinition,
    TableVerdict,
    Unknown,
    Unseen,
)
from runner_scope_doctor.model.wording import named

_COLUMNS = {
    ForgejoTable.RUNNERS: """
        id           | integer | bigint                 | bigint       | primary key
        uuid         | text    | character(36)          | char(36)     | unique
        name         | text    | character varying(255) | varchar(255) |
        version      | text    | character varying(64)  | varchar(64)  |
        owner_id     | integer | bigint                 | bigint       |
        repo_id      | integer | bigint                 | bigint       |
        description  | text    | text                   | text         |
        base         | integer | integer                | int          |
        repo_range   | text    | character varying(255) | varchar(255) |
        token_hash   | text    | character varying(255) | varchar(255) | unique
        token_salt   | text    | character varying(255) | varchar(255) |
        last_online  | integer | bigint                 | bigint       |
        last_active  | integer | bigint                 | bigint       |
        agent_labels | text    | text                   | text         |
        ephemeral    | integer | boolean                | tinyint(1)   | since 15, not null, default false
        created      | integer | bigint                 | bigint       |
        updated      | integer | bigint                 | bigint       |
        deleted      | integer | bigint                 | bigint       |""",
    ForgejoTable.TASK_COUNTERS: """
        id           | integer | bigint                 | bigint       | primary key
        owner_id     | integer | bigint                 | bigint       | unique with repo_id
        repo_id      | integer | bigint                 | bigint       |
        version      | integer | bigint                 | bigint       |
        created_unix | integer | bigint                 | bigint       |
        updated_unix | integer | bigint                 | bigint       |""",
}
"""Name; type on SQLite, PostgreSQL, MySQL; what else. Columns may be NULL and have no default unless they say so."""
_ENGINES = (Engine.SQLITE, Engine.POSTGRES, Engine.MYSQL)
_FALSE = {Engine.SQLITE: "0", Engine.POSTGRES: "false", Engine.MYSQL: "0"}

_ONLY_THERE = "{table} has a %s {name}, and that of Forgejo has none."
_ODD = {
    OddityKind.KIND_OF_TABLE: "{table} is of the kind {words}, and Forgejo makes it an ordinary table.",
    OddityKind.STORAGE: "{table} is stored by {name}, which Forgejo does not use.",
    OddityKind.ROW_SECURITY: "Row security is {name} on {table}, so not every row may be seen.",
    OddityKind.REPLICATION: "{table} was altered for replication: {name}.",
    OddityKind.PARTITION: "{table} is partitioned; one part is {name}.",
    OddityKind.INHERITANCE: "{table} inherits from, or is inherited by, {name}.",
    OddityKind.INDEX: "{table} has an index {name} over an expression or a part of the rows, or one that is not valid.",
    OddityKind.FOREIGN_KEY: "A foreign key of the table {name} points at {table}.",
    OddityKind.CLAUSE: "The definition of {table} has the word {name}, and that of Forgejo does not.",
    OddityKind.IDENTITY_COLUMN: "{table} has an identity column {name}, and that of Forgejo has a sequence.",
    OddityKind.COLUMN_OPTION: "A column of {table} has an option that Forgejo does not give it: {name}.",
    OddityKind.TRIGGER: _ONLY_THERE % "trigger",
    OddityKind.RULE: _ONLY_THERE % "rewrite rule",
    OddityKind.POLICY: _ONLY_THERE % "row security policy",
    OddityKind.CONSTRAINT: _ONLY_THERE % "constraint",
    OddityKind.GENERATED_COLUMN: _ONLY_THERE % "generated column",
}
"""One sentence for each kind of oddity; `words` is the name in small letters."""

_Keys = frozenset[tuple[IndexKind, tuple[str, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    columns: dict[str, TableColumn]
    keys: _Keys


def is_known(definition: TableDefinition, engine: Engine, major: int) -> TableVerdict:
    """Whether the table is the one Forgejo of that major makes, whatever the order of columns and names of indexes.

    PartlySeen says that MySQL or MariaDB kept something from the account and nothing else is wrong.
    """
    if not is_known_major(major):
        known = f"{OLDEST_KNOWN_MAJOR} to {NEWEST_KNOWN_MAJOR}"
        return Unknown(
            reasons=(f"How Forgejo {major} makes {definition.table.value} is not known here, only {known}.",)
        )
    reasons = tuple(_differences(definition, _expected(definition.table, engine, major), f"Forgejo {major}"))
    if reasons:
        return Unknown(reasons=reasons)
    if definition.unseen:
        return PartlySeen(reasons=tuple(_unseen(part, definition.table.value) for part in definition.unseen))
    return Known()


def _expected(table: ForgejoTable, engine: Engine, major: int) -> _Expected:
    columns: dict[str, TableColumn] = {}
    keys: set[tuple[IndexKind, tuple[str, ...]]] = set()
    for line in _COLUMNS[table].strip().splitlines():
        name, *types, rest = (part.strip() for part in line.split("|"))
        tags = rest.split(", ")
        if any(tag.startswith("since ") and major < int(tag.removeprefix("since ")) for tag in tags):
            continue
        primary = "primary key" in tags
        columns[name] = TableColumn(
            name=name,
            type=types[_ENGINES.index(engine)],
            nullable=not (primary or "not null" in tags),
            default=NEXT_NUMBER if primary else _FALSE[engine] if "default false" in tags else None,
        )
        if primary:
            keys.add((IndexKind.PRIMARY, (name,)))
        for tag in tags:
            if tag.startswith("unique"):
                more = tag.removeprefix("unique").removeprefix(" with ")
                keys.add((IndexKind.UNIQUE, (name, more) if more else (name,)))
    return _Expected(columns=columns, keys=frozenset(keys))


def _differences(definition: TableDefinition, expected: _Expected, server: str) -> Iterator[str]:
    table = definition.table.value
    kinds = [oddity for oddity in definition.oddities if oddity.kind is OddityKind.KIND_OF_TABLE]
    if kinds:  # whatever else differs then follows from it
        yield from (_odd(oddity, table) for oddity in kinds)
        return
    yield from (_odd(oddity, table) for oddity in definition.oddities)
    seen = {column.name: column for column in definition.columns}
    whole = Unseen.COLUMNS not in definition.unseen
    for name, column in expected.columns.items():
        if name in seen:
            yield from _column_differences(seen[name], column, table, server)
        elif whole:
            yield f"{table} has no column {name}, and that of {server} has one."
    for name in seen:
        if name not in expected.columns:
            yield f"{table} has a column {named(name)} that {server} does not make."
    yield from _key_differences(definition, expected.keys, server)


def _column_differences(seen: TableColumn, expected: TableColumn, table: str, server: str) -> Iterator[str]:
    what = f"The column {expected.name} of {table}"
    if seen.type != expected.type:
        yield f"{what} has the type {named(seen.type)}, and {server} makes it {named(expected.type)}."
    if seen.nullable != expected.nullable:
        may, makes = ("may", "may not") if seen.nullable else ("may not", "may")
        yield f"{what} {may} be NULL, and that of {server} {makes}."
    if seen.default != expected.default:
        yield f"{what} has {_default(seen)}, and that of {server} has {_default(expected)}."


def _default(column: TableColumn) -> str:
    return "no default" if column.default is None else f"the default {named(column.default)}"


def _key_differences(definition: TableDefinition, expected: _Keys, server: str) -> Iterator[str]:
    table = definition.table.value
    seen = {(index.kind, index.columns) for index in definition.indexes}
    if Unseen.COLUMNS not in definition.unseen:
        for kind, columns in sorted(expected - seen, key=lambda key: key[1]):
            yield f"{table} has no {kind.value} over {', '.join(columns)}, and that of {server} has one."
    for index in definition.indexes:
        if (index.kind, index.columns) not in expected and not _cut_short(index.columns, definition, expected):
            over = ", ".join(named(column) for column in index.columns)
            yield f"{table} has a {index.kind.value} {named(index.name)} over {over} that {server} does not make."


def _cut_short(columns: tuple[str, ...], definition: TableDefinition, expected: _Keys) -> bool:
    """Whether it is the visible part of an index of Forgejo's own: hidden columns are left out of indexes too."""
    return Unseen.COLUMNS in definition.unseen and any(set(columns) < set(whole) for _, whole in expected)


def _odd(oddity: Oddity, table: str) -> str:
    return _ODD[oddity.kind].format(table=table, name=named(oddity.name), words=named(oddity.name.lower()))


def _unseen(part: Unseen, table: str) -> str:
    match part:
        case Unseen.COLUMNS:
            return f"MySQL and MariaDB show only columns one may read, and this account has no SELECT on the whole {table}."
        case Unseen.TRIGGERS:
            return f"MySQL and MariaDB show triggers for the TRIGGER right, and this account has none on {table}."
        case _:
            assert_never(part)
