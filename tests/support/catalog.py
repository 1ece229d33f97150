"""What an engine itself says about its tables, in one shape that two databases of that engine can be compared by."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase, run
from support.definitions import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogColumn:
    """A column as the engine describes it: `kind` is type and length, with the collation on MySQL."""

    name: str
    kind: str
    nullable: bool
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogIndex:
    """An index as the engine describes it, a primary key's own index included where the engine lists one."""

    name: str
    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTable:
    """A table as the engine describes it, columns in their order."""

    columns: tuple[CatalogColumn, ...]
    indexes: frozenset[CatalogIndex]


def table_names(database: FreshDatabase) -> frozenset[str]:
    """The tables of a database."""
    query = {
        Engine.SQLITE: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Engine.POSTGRES: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
        Engine.MYSQL: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
    }[database.engine]
    return frozenset(str(name) for (name,) in run(database.connection, query))


def catalog_table(database: FreshDatabase, table: str) -> CatalogTable:
    """One table's columns and indexes; both empty when there is no such table."""
    columns = run(database.connection, COLUMNS[database.engine].format(table=table))
    members: dict[tuple[str, bool], list[str]] = {}
    for name, unique, column in run(database.connection, INDEXES[database.engine].format(table=table)):
        members.setdefault((str(name), bool(unique)), []).append(str(column))
    return CatalogTable(
        columns=tuple(
            CatalogColumn(
                name=name, kind=str(kind), nullable=bool(nullable), default=None if text is None else str(text)
            )
            for name, kind, nullable, text in columns
        ),
        indexes=frozenset(
            CatalogIndex(name=name, columns=tuple(names), unique=unique) for (name, unique), names in members.items()
        ),
    )


def row_count(database: FreshDatabase, table: str) -> int:
    """How many rows a table has."""
    return int(run(database.connection, f"SELECT COUNT(*) FROM {quoted(database.engine, table)}")[0][0])


COLUMNS = {
    Engine.SQLITE: """
        SELECT name, type || CASE WHEN pk THEN ' primary' ELSE '' END, NOT "notnull", dflt_value
        FROM pragma_table_info('{table}') ORDER BY cid""",
    Engine.POSTGRES: """
        SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull, pg_get_expr(adbin, adrelid)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = to_regclass('public."{table}"') AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
    Engine.MYSQL: """
        SELECT column_name, CONCAT_WS(' ', column_type, collation_name, extra), is_nullable = 'YES', column_default
        FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY ordinal_position""",
}
INDEXES = {
    Engine.SQLITE: """
        SELECT list.name, list."unique", info.name
        FROM pragma_index_list('{table}') AS list, pragma_index_info(list.name) AS info
        ORDER BY list.name, info.seqno""",
    Engine.POSTGRES: """
        SELECT relname, indisunique, attname
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        JOIN pg_attribute ON attrelid = indexrelid
        WHERE indrelid = to_regclass('public."{table}"') ORDER BY relname, attnum""",
    Engine.MYSQL: """
        SELECT index_name, non_unique = 0, column_name FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY index_name, seq_in_index""",
}
