"""Every statement that changes anything stands where an auditor looks for it, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "action" / "runner_scope_doctor"
ALLOWED = {
    "database/sql/repair.py": "the three statements of a repair: the plan quotes them, the repair alone runs them",
    "database/sql/backup.py": "SHOW CREATE TABLE, which reads",
    "database/sql/grants.py": "the statements of `grants`, which an administrator runs; printed, never run",
    "database/exact/backup_tables.py": "the text of a PostgreSQL table's definition in a backup; nothing runs it",
    "database/exact/scratch_store.py": "tables of a SQLite store of our own, into which a backup is loaded; never the server's",
    "database/writing/steps.py": "advice to an administrator, in an error's next step",
}
"""The modules that may hold such text, each with its reason."""
RIGHTS = {"CREATE TEMPORARY TABLES", "GRANT OPTION"}
"""Names of MySQL's rights, which are compared and never run (MySQL manual, "Privileges Provided by MySQL")."""

_BEGINS = re.compile(r"\s*(UPDATE|INSERT|DELETE|REPLACE|ALTER|DROP|CREATE|TRUNCATE|GRANT)\s+\S")
_WITHIN = re.compile(
    r"\b(update\s+\S+\s+set|insert\s+(or\s+\w+\s+)?into|replace\s+into|delete\s+from|truncate\s+table"
    r"|(create|alter|drop)\s+((temporary|temp|unique|virtual)\s+)?(table|index|view|trigger|database|schema))\s",
    re.IGNORECASE,
)


def writing_texts(source: str) -> Iterator[str]:
    """The texts of a module that change something when they are run, in capitals or not, also behind another word."""
    nodes = list(ast.walk(ast.parse(source)))
    # A text that stands alone is a docstring, and a part of an f-string is looked at with the whole.
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "_" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone | parts:
            text = node.value
        else:
            continue
        if text not in RIGHTS and (_BEGINS.match(text) or _WITHIN.search(text)):
            yield text


def test_a_statement_that_writes_stands_only_where_it_may() -> None:
    """No module but the allowed ones holds one, and each allowed one does, so that the list is never longer than needed."""
    modules = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    holding = {name: found for name, source in modules.items() if (found := list(writing_texts(source)))}
    assert holding.keys() == ALLOWED.keys(), {name: holding[name] for name in holding.keys() - ALLOWED.keys()}
    assert all(ALLOWED.values())


@pytest.mark.parametrize(
    "source",
    [
        'x = "UPDATE action_runner SET owner_id = 0"',
        'x = Statement("""\n  DELETE FROM action_runner""")',
        'x = f"INSERT INTO {table} VALUES (1)"',
        'x = f"UPDATE {table} SET id = 1"',
        'x = "UPDATE action_runner " f"SET {column} = 0"',
        'x = b"" and "TRUNCATE action_runner"',
        'x = "ALTER SYSTEM SET a = 1"',
        'x = "GRANT ALL ON a TO b"',
        'x = "select 1; drop table action_runner "',
        'x = "WITH old AS (SELECT 1) DELETE FROM action_runner WHERE id IN old"',
    ],
)
def test_a_statement_that_writes_is_seen(source: str) -> None:
    """However it is spelled and put together, one statement in a module is found once."""
    assert len(list(writing_texts(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'x = ("INSERT", "UPDATE", "GRANT OPTION", "CREATE TEMPORARY TABLES")',
        'x = "delete the runner in Forgejo, or register it again."',
        "x = \"SELECT privilege FROM a WHERE privilege IN ('INSERT', 'UPDATE')\"",
        "# UPDATE action_runner SET owner_id = 0",
        '"""The columns of CREATE TABLE action_runner."""',
        "UPDATE = 1",
    ],
)
def test_a_word_is_no_statement(source: str) -> None:
    """Names of rights, advice to people, statements that read, comments and docstrings are let through."""
    assert list(writing_texts(source)) == []
