"""What the statements of an approval cost and leave alone."""

from __future__ import annotations

import pytest

from runner_scope_doctor.database.sql import approval as sql_approval
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.dispatches import DIGEST, dispatch_server
from support.empty_server import EmptyServer

SECRETS = ("token_hash", "token_salt", "passwd", "salt", "data", "email", "*")


def statements(engine: Engine) -> tuple[Statement, ...]:
    """All of them."""
    return (
        sql_approval.select_run(11, engine),
        sql_approval.select_run(16, engine),
        sql_approval.select_jobs(engine),
        sql_approval.SELECT_BRANCH_RULES,
        sql_approval.select_waiting_dispatches(engine),
    )


@pytest.mark.parametrize("engine", list(Engine))
def test_no_statement_reads_a_secret(engine: Engine) -> None:
    """None names a column with one, or every column; each only reads."""
    for statement in statements(engine):
        words = statement.text.replace(",", " ").replace(".", " ").split()
        assert words[0] == "SELECT"
        assert not set(words) & set(SECRETS)


def test_old_runs_are_not_passed_over(sqlite_database: FreshDatabase) -> None:
    """On SQLite the timer's question goes through the runs that wait, and a run's own rows are found by their indexes."""
    empty = EmptyServer(engine=Engine.SQLITE, address=sqlite_database.address, database=sqlite_database)
    world = dispatch_server(empty, 16).world
    values = {
        "id": 1,
        "repo_id": 12,
        "since": 0,
        "naming": f"%{DIGEST}%",
        "most": 9,
        "limit": 9,
        "run_id": 1,
        "person": 7,
    }
    for statement in (*statements(Engine.SQLITE)[1:3], sql_approval.select_waiting_dispatches(Engine.SQLITE)):
        text = statement.text.replace("IN :people", "IN (:person)")
        steps = world.connection.cursor().execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
        assert not [step for step in steps if step[3].startswith("SCAN")], steps
