"""Ways in which `action_runner` of a Forgejo 15 can have become another table, and the sentences that name them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from runner_scope_doctor.model.server import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTable:
    """One way: what somebody executed, and every sentence it must be refused with, in order."""

    name: str
    engine: Engine
    statements: tuple[str, ...]
    reasons: tuple[str, ...]


def _changed(engine: Engine, name: str, *statements: str, says: str | tuple[str, ...]) -> ChangedTable:
    reasons = (says,) if isinstance(says, str) else says
    return ChangedTable(name=name, engine=engine, statements=statements, reasons=reasons)


_sqlite, _postgres, _mysql = (partial(_changed, engine) for engine in (Engine.SQLITE, Engine.POSTGRES, Engine.MYSQL))

_EXTRA = "action_runner has a column note that Forgejo 15 does not make."
_DROPPED = "action_runner has no column repo_range, and that of Forgejo 15 has one."
_TYPE = "The column owner_id of action_runner has the type {}, and Forgejo 15 makes it {}."
_NULL = "The column owner_id of action_runner may not be NULL, and that of Forgejo 15 may."
_DEFAULT = "The column owner_id of action_runner has the default 7, and that of Forgejo 15 has no default."
_TRIGGER = "action_runner has a trigger looking, and that of Forgejo has none."
_KIND = "action_runner is of the kind {}, and Forgejo makes it an ordinary table."
_CUT_OFF = 'The column id of action_runner has no default, and that of Forgejo 15 has the default "next number".'
_GENERATED = (
    "action_runner has a generated column twice, and that of Forgejo has none.",
    "action_runner has a column twice that Forgejo 15 does not make.",
)
_NO_KEY = "action_runner has no unique index over uuid, and that of Forgejo 15 has one."
_MORE_KEY = "action_runner has a unique index mine over name, repo_id that Forgejo 15 does not make."
_CHECK = "action_runner has a constraint mine, and that of Forgejo has none."
_POINTED_AT = "A foreign key of the table other points at action_runner."
_INDEX = "action_runner has an index mine over an expression or a part of the rows, or one that is not valid."
_AWAY = "ALTER TABLE action_runner RENAME TO real_runner"
_FUNCTION = "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
_CLAUSE = "The definition of action_runner has the word {}, and that of Forgejo does not."


def _sqlite_rewritten(old: str, new: str) -> tuple[str, ...]:
    """Edits the stored text, which is how SQLite's own documentation changes what ALTER TABLE cannot."""
    change = f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}') WHERE name = 'action_runner'"
    return ("PRAGMA writable_schema = ON", change, "PRAGMA writable_schema = RESET")


_ON_SQLITE = (
    _sqlite("type", *_sqlite_rewritten("`owner_id` INTEGER", "`owner_id` TEXT"), says=_TYPE.format("text", "integer")),
    _sqlite("not-null", *_sqlite_rewritten("`owner_id` INTEGER NULL", "`owner_id` INTEGER NOT NULL"), says=_NULL),
    _sqlite("default", *_sqlite_rewritten("`owner_id` INTEGER", "`owner_id` INTEGER DEFAULT 7"), says=_DEFAULT),
    _sqlite("trigger", "CREATE TRIGGER looking AFTER UPDATE ON action_runner BEGIN SELECT 1; END", says=_TRIGGER),
    _sqlite(
        "generated-column",
        "ALTER TABLE action_runner ADD COLUMN twice INTEGER AS (owner_id * 2)",
        says=(_CLAUSE.format("AS"), *_GENERATED),
    ),
    _sqlite("unique-index-gone", "DROP INDEX UQE_action_runner_uuid", says=_NO_KEY),
    _sqlite("unique-index-more", "CREATE UNIQUE INDEX mine ON action_runner (name, repo_id)", says=_MORE_KEY),
    _sqlite("partial-index", "CREATE INDEX mine ON action_runner (name) WHERE repo_id > 0", says=_INDEX),
    _sqlite("expression-index", "CREATE INDEX mine ON action_runner (lower(name))", says=_INDEX),
    _sqlite("check", *_sqlite_rewritten("`base` INTEGER", "`base` INTEGER CHECK (1)"), says=_CLAUSE.format("CHECK")),
    _sqlite(
        "collation",
        *_sqlite_rewritten("`name` TEXT", "`name` TEXT COLLATE NOCASE"),
        says=(_CLAUSE.format("COLLATE"), _CLAUSE.format("NOCASE")),
    ),
    _sqlite("no-autoincrement", *_sqlite_rewritten("AUTOINCREMENT", ""), says=_CUT_OFF),
    _sqlite(
        "foreign-key",
        "CREATE TABLE other (runner INTEGER REFERENCES Action_Runner (id) ON UPDATE CASCADE)",
        says=_POINTED_AT,
    ),
)

_ON_POSTGRES = (
    _postgres(
        "type",
        "ALTER TABLE action_runner ALTER COLUMN owner_id TYPE numeric(20,0)",
        says=_TYPE.format('"numeric(20,0)"', "bigint"),
    ),
    _postgres("not-null", "ALTER TABLE action_runner ALTER COLUMN owner_id SET NOT NULL", says=_NULL),
    _postgres("default", "ALTER TABLE action_runner ALTER COLUMN owner_id SET DEFAULT 7", says=_DEFAULT),
    _postgres(
        "trigger",
        _FUNCTION,
        "CREATE TRIGGER looking BEFORE UPDATE ON action_runner FOR EACH ROW EXECUTE FUNCTION look()",
        "ALTER TABLE action_runner DISABLE TRIGGER looking",
        says=_TRIGGER,
    ),
    _postgres(
        "rule",
        "CREATE RULE mine AS ON UPDATE TO action_runner DO ALSO NOTHING",
        says="action_runner has a rewrite rule mine, and that of Forgejo has none.",
    ),
    _postgres(
        "row-security",
        "ALTER TABLE action_runner ENABLE ROW LEVEL SECURITY",
        says="Row security is enabled on action_runner, so not every row may be seen.",
    ),
    _postgres(
        "policy",
        "CREATE POLICY mine ON action_runner USING (owner_id = 0)",
        says="action_runner has a row security policy mine, and that of Forgejo has none.",
    ),
    _postgres(
        "materialized-view",
        _AWAY,
        "CREATE MATERIALIZED VIEW action_runner AS SELECT * FROM real_runner",
        says=_KIND.format('"materialized view"'),
    ),
    _postgres(
        "partitioned",
        _AWAY,
        "CREATE TABLE action_runner (LIKE real_runner) PARTITION BY HASH (id)",
        says=_KIND.format('"partitioned table"'),
    ),
    _postgres(
        "foreign-table",
        _AWAY,
        "CREATE FOREIGN DATA WRAPPER far",
        "CREATE SERVER away FOREIGN DATA WRAPPER far",
        "CREATE FOREIGN TABLE action_runner (id bigint) SERVER away",
        says=_KIND.format('"foreign table"'),
    ),
    _postgres("unlogged", "ALTER TABLE action_runner SET UNLOGGED", says=_KIND.format('"unlogged table"')),
    _postgres(
        "child",
        "CREATE TABLE parent (owner_id bigint)",
        "ALTER TABLE action_runner INHERIT parent",
        says="action_runner inherits from, or is inherited by, parent.",
    ),
    _postgres(
        "parent",
        "CREATE TABLE child () INHERITS (action_runner)",
        says="action_runner inherits from, or is inherited by, child.",
    ),
    _postgres(
        "replication",
        "ALTER TABLE action_runner REPLICA IDENTITY FULL",
        says='action_runner was altered for replication: "REPLICA IDENTITY FULL".',
    ),
    _postgres(
        "generated-column",
        "ALTER TABLE action_runner ADD COLUMN twice bigint GENERATED ALWAYS AS (owner_id * 2) STORED",
        says=_GENERATED,
    ),
    _postgres(
        "identity-column",
        "ALTER TABLE action_runner ALTER COLUMN id DROP DEFAULT",
        "ALTER TABLE action_runner ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
        says=("action_runner has an identity column id, and that of Forgejo has a sequence.", _CUT_OFF),
    ),
    _postgres("unique-index-gone", 'DROP INDEX "UQE_action_runner_uuid"', says=_NO_KEY),
    _postgres("unique-index-more", "CREATE UNIQUE INDEX mine ON action_runner (name, repo_id)", says=_MORE_KEY),
    _postgres("partial-index", "CREATE INDEX mine ON action_runner (name) WHERE repo_id > 0", says=_INDEX),
    _postgres("expression-index", "CREATE UNIQUE INDEX mine ON action_runner (lower(name))", says=_INDEX),
    _postgres(
        "own-foreign-key",
        'ALTER TABLE action_runner ADD CONSTRAINT mine FOREIGN KEY (owner_id) REFERENCES "user" (id)',
        says=_CHECK,
    ),
    _postgres(
        "foreign-key",
        "CREATE TABLE other (runner bigint REFERENCES action_runner (id) ON UPDATE CASCADE)",
        says=_POINTED_AT,
    ),
)

_ON_MYSQL = (
    _mysql("type", "ALTER TABLE action_runner MODIFY owner_id INT NULL", says=_TYPE.format("int", "bigint")),
    _mysql(
        "unsigned",
        "ALTER TABLE action_runner MODIFY owner_id BIGINT(20) UNSIGNED NULL",
        says=_TYPE.format('"bigint unsigned"', "bigint"),
    ),
    _mysql("not-null", "ALTER TABLE action_runner MODIFY owner_id BIGINT(20) NOT NULL", says=_NULL),
    _mysql("default", "ALTER TABLE action_runner ALTER owner_id SET DEFAULT 7", says=_DEFAULT),
    _mysql(
        "trigger",
        "CREATE TRIGGER looking BEFORE UPDATE ON action_runner FOR EACH ROW SET NEW.updated = 1",
        says=_TRIGGER,
    ),
    _mysql(
        "generated-column",
        "ALTER TABLE action_runner ADD COLUMN twice BIGINT GENERATED ALWAYS AS (owner_id * 2) VIRTUAL",
        says=_GENERATED,
    ),
    _mysql(
        "invisible-column",
        "ALTER TABLE action_runner MODIFY base INT NULL INVISIBLE",
        says='A column of action_runner has an option that Forgejo does not give it: "base invisible".',
    ),
    _mysql(
        "storage",
        "ALTER TABLE action_runner ENGINE=MyISAM",
        says="action_runner is stored by MyISAM, which Forgejo does not use.",
    ),
    _mysql(
        "partitioned",
        "ALTER TABLE action_runner DROP INDEX UQE_action_runner_uuid, DROP INDEX UQE_action_runner_token_hash",
        "ALTER TABLE action_runner PARTITION BY HASH (id) PARTITIONS 1",
        says=(
            "action_runner is partitioned; one part is p0.",
            "action_runner has no unique index over token_hash, and that of Forgejo 15 has one.",
            _NO_KEY,
        ),
    ),
    _mysql("versioned", "ALTER TABLE action_runner ADD SYSTEM VERSIONING", says=_KIND.format('"system versioned"')),
    _mysql("unique-index-gone", "DROP INDEX UQE_action_runner_uuid ON action_runner", says=_NO_KEY),
    _mysql(
        "unique-index-more",
        "CREATE UNIQUE INDEX mine ON action_runner (name(100), repo_id)",
        says='action_runner has a unique index mine over "name(100)", repo_id that Forgejo 15 does not make.',
    ),
    _mysql(
        "own-foreign-key",
        "ALTER TABLE action_runner ADD CONSTRAINT mine FOREIGN KEY (owner_id) REFERENCES `user` (id)",
        says=_CHECK,
    ),
    _mysql(
        "foreign-key",
        "CREATE TABLE other (o BIGINT, FOREIGN KEY (o) REFERENCES action_runner (owner_id) ON UPDATE CASCADE)",
        says=_POINTED_AT,
    ),
)

_ON_ALL = tuple(
    _changed(engine, name, *statements, says=says)
    for engine in Engine
    for name, statements, says in (
        ("extra-column", ("ALTER TABLE action_runner ADD COLUMN note TEXT",), _EXTRA),
        ("dropped-column", ("ALTER TABLE action_runner DROP COLUMN repo_range",), _DROPPED),
        ("view", (_AWAY, "CREATE VIEW action_runner AS SELECT * FROM real_runner"), _KIND.format("view")),
    )
)
_CHECKED = "ALTER TABLE action_runner ADD CONSTRAINT mine CHECK (base >= 0)"
_ON_SERVERS = tuple(_changed(engine, "check", _CHECKED, says=_CHECK) for engine in (Engine.POSTGRES, Engine.MYSQL))

CHANGES = (*_ON_ALL, *_ON_SERVERS, *_ON_SQLITE, *_ON_POSTGRES, *_ON_MYSQL)
