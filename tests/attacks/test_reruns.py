"""Attacks by re-runs, on every way Forgejo counts attempts: refused with 5, the reason in the last line, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pytest

from support.connection import FreshDatabase
from support.deploy_host import one_login
from support.dispatches import WORKFLOW
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate

MAJORS = (11, 14, 15, 16)
"""Up to 14 attempts are counted when a runner picks the job, since 15 from the start."""


@pytest.fixture(params=MAJORS)
def there(request: pytest.FixtureRequest, sqlite_database: FreshDatabase, private: Path) -> Gate:
    """A gate on a server of each kind."""
    server = EmptyServer(engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database)
    return gate(server, one_login(sqlite_database.address), private, Terms(), request.param)


def second_job(there: Gate, run_id: int) -> int:
    """Another job of the run, which waits."""
    world = there.world
    ((made_at,),) = world.rows(f"SELECT created FROM action_run WHERE id = {run_id}")
    more = {"created": made_at, "updated": made_at, "workflow_payload": WORKFLOW.encode()}
    return world.job(12, run_id=run_id, name="after", job_id="after", **more)


def whole_run(there: Gate, run_id: int) -> None:
    there.server.picked(run_id)
    there.server.cancelled(run_id)
    there.server.run_again(run_id)


def cancelled_while_it_waited(there: Gate, run_id: int) -> None:
    there.server.cancelled(run_id)
    there.server.run_again(run_id)


def picked_again(there: Gate, run_id: int) -> None:
    whole_run(there, run_id)
    there.server.picked(run_id)


def picked_after_it_was_cancelled_while_it_waited(there: Gate, run_id: int) -> None:
    cancelled_while_it_waited(there, run_id)
    there.server.picked(run_id)


def single_job(there: Gate, run_id: int) -> None:
    """The other job of the run is left as it ended."""
    other = second_job(there, run_id)
    there.server.picked(run_id)
    there.server.cancelled(run_id)
    ((status, attempt, task, updated),) = there.world.rows(
        f"SELECT status, attempt, task_id, updated FROM action_run_job WHERE id = {other}"
    )
    there.server.run_again(run_id)
    there.world.execute(
        f"UPDATE action_run_job SET status = {status}, attempt = {attempt}, task_id = {task}, updated = {updated}"
        f" WHERE id = {other}"
    )


WAYS: MappingProxyType[str, Callable[[Gate, int], None]] = MappingProxyType({
    "the whole run": whole_run,
    "the whole run, picked": picked_again,
    "cancelled while it waited": cancelled_while_it_waited,
    "cancelled while it waited, picked": picked_after_it_was_cancelled_while_it_waited,
    "a single job": single_job,
})  # fmt: skip


def test_a_rerun_approves_nothing(there: Gate) -> None:
    """In whatever way a run was started again, its first starter approved nothing by it; the honest run does."""
    digest = there.host.planned()
    for way, start_again in WAYS.items():
        run_id = there.dispatch(digest)
        start_again(there, run_id)
        ended = there.applied_by(run_id, digest)
        assert ended.code == 5, (way, ended.out, ended.err)
        assert "does not survive a re-run" in ended.last_line, (way, ended.last_line)
        assert (there.scope(), there.host.journal()) == ((1, 35), []), way
        there.world.execute(f"UPDATE action_run SET status = 3 WHERE id = {run_id}")
    honest = there.dispatch(digest)
    there.server.picked(honest)
    assert there.applied_by(honest, digest).code == 0


def test_a_rerun_of_a_used_run_does_nothing_again(there: Gate) -> None:
    """The run that approved a repair is started again, and the row is sick again: neither job nor timer repairs it."""
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    assert there.applied_by(run_id, digest).code == 0
    there.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    journal = there.host.journal()
    whole_run(there, run_id)
    ended = there.applied_by(run_id, digest)
    assert ended.code == 5, ended.out + ended.err
    assert "carried out already" in ended.last_line
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED")
    assert (there.scope(), there.host.journal()) == ((1, 35), journal)
