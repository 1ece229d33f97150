"""Dispatches that a real server recorded (`v15-approvals`, Forgejo 15.0.3), read where they are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.host import EvidenceKind, Person, WorkflowRepository
from support.approval_case import a_plan, configuration, environment
from support.connection import FreshDatabase
from support.dispatches import WORKFLOW, DispatchServer
from support.recordings import ABSENT, FOLDER
from support.world import World

RECORDED = FOLDER / "v15-approvals"
LEAD = Person(forgejo_id=2, forgejo_login="lead", principals=(), login=None)
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=ABSENT)


def rows(name: str) -> list[dict[str, Any]]:
    """The recorded rows of a table."""
    found: list[dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def recorded(sqlite_database: FreshDatabase) -> DispatchServer:
    """The recorded runs and jobs. Not recorded: who and what they point at, the stored workflow, and the branch's rule."""
    runs = rows("action_run")
    now = int(runs[0]["created"])
    world = World.create(sqlite_database.connection, sqlite_database.engine, 15, now=now)
    world.user("root1", id=1)
    world.user("lead", id=2)
    world.repository(1, "ops", id=1)
    world.branch_rule(1, "main", enable_merge_whitelist=True, merge_whitelist_user_i_ds="[2]")
    for run in runs:
        world.insert("action_run", **run)
    for job in rows("action_run_job"):
        world.insert("action_run_job", **job, workflow_payload=WORKFLOW.encode())
    place = replace(
        environment(LEAD, kinds=(EvidenceKind.DISPATCH,)), repository=WorkflowRepository(id=1, name="root1/ops")
    )
    return DispatchServer(
        world=world,
        address=sqlite_database.address,
        host=configuration(place, people=(LEAD,)),
        plan=replace(a_plan(), created=now, expires=now + 3600),
    )


def asked(server: DispatchServer, run_id: int) -> tuple[str, int]:
    """The digest that the recorded run names, and the time of the recording."""
    run = next(one for one in rows("action_run") if one["id"] == run_id)
    return str(json.loads(run["event_payload"])["inputs"]["digest"]), int(run["created"])


@pytest.mark.parametrize("run_id", [1, 2])
def test_a_recorded_dispatch_approves(recorded: DispatchServer, run_id: int) -> None:
    """A real server's row for a dispatch of main is the approval of who started it, and of no other digest."""
    digest, now = asked(recorded, run_id)
    evidence = recorded.judged(run_id, digest=digest, now=now)
    assert isinstance(evidence, Approval), evidence
    assert (evidence.forgejo_id, dict(evidence.facts)["ref"]) == (2, "refs/heads/main")
    assert "not that of this plan" in recorded.reason(run_id, digest="f" * 64, now=now)


@pytest.mark.parametrize(("run_id", "ref"), [(3, "refs/tags/main"), (4, "refs/tags/main"), (5, "refs/heads/evil")])
def test_a_recorded_attack_does_not(recorded: DispatchServer, run_id: int, ref: str) -> None:
    """A tag named like the branch, and another branch, as a real server recorded them."""
    digest, now = asked(recorded, run_id)
    assert f"was made on {ref}, not on refs/heads/main." in recorded.reason(run_id, digest=digest, now=now)


def test_a_recorded_run_again_does_not(recorded: DispatchServer) -> None:
    """The second run was cancelled and run again by another person; its rows say so in the attempt alone (facts 12)."""
    digest, now = asked(recorded, 2)
    recorded.world.execute("UPDATE action_run_job SET attempt = 2 WHERE run_id = 2")
    assert "has a job in attempt 2" in recorded.reason(2, digest=digest, now=now)
