"""`apply-approved`: the sick runner is the only one, so the job that would ask never starts; a timer asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from support.deploy_host import MAKER, SECOND_REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate

Make = Callable[[Terms], Gate]


@pytest.fixture
def make(any_engine_world: EmptyServer, over_tcp: DatabaseAddress, private: Path) -> Make:
    """Makes the gate on each engine."""
    return lambda terms: gate(any_engine_world, one_login(over_tcp), private, terms)


def test_the_dead_runners_job_is_answered_when_it_starts(make: Make) -> None:
    """A run waits, the timer repairs; the runner then picks up that very job, which gets the receipt and ends with 0."""
    there = make(Terms())
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    ended = there.host.doctor("apply-approved")
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)
    there.server.picked(run_id)
    asked = there.applied_by(run_id, digest)
    assert (asked.code, asked.last_line.split(":")[0]) == (0, "ALREADY DONE")
    assert there.host.journal().count("started") == 1


def test_nothing_approved_is_said_and_nothing_is_touched(make: Make) -> None:
    """No plan, a plan without a run, a run of its maker, a run that somebody cancelled: 0, and one line that says so."""
    there = make(Terms())
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    digest = there.host.planned()
    there.dispatch(digest, MAKER)
    there.server.cancelled(there.dispatch(digest))
    ended = there.host.doctor("apply-approved")
    assert (ended.code, ended.last_line.split(":")[0]) == (0, "NOTHING APPROVED")
    assert there.scope() == (1, 35)
    assert there.host.journal() == []


def test_a_second_run_of_one_person_waits_in_silence(make: Make) -> None:
    """One of two is noted; the same person's other run adds nothing, and the timer does not fail each minute because of it."""
    there = make(Terms(required=2))
    digest = there.host.planned()
    there.dispatch(digest)
    there.dispatch(digest)
    first = there.host.doctor("apply-approved")
    assert (first.code, first.last_line.split(":")[0]) == (0, "NOTED")
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    assert there.host.journal() == ["approval-noted"]


def test_two_waiting_approvals_are_enough_for_two(make: Make) -> None:
    """Both runs wait: the first is noted, the second repairs, in one look of the timer; the next look has nothing to do."""
    there = make(Terms(required=2))
    digest = there.host.planned()
    first, second = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    assert there.host.doctor("apply-approved").code == 0
    assert there.scope() == (0, 35)
    assert there.host.journal()[:2] == ["approval-noted", "started"]
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    for run_id in (first, second):
        there.server.picked(run_id)
        assert there.applied_by(run_id, digest).last_line.startswith("ALREADY DONE: ")


def test_an_expired_plan_is_left_alone(make: Make) -> None:
    """A run that waits for longer than the plan is good for repairs nothing."""
    there = make(Terms())
    there.host.configuration.write_text(there.host.configuration.read_text() + "plan_valid_for: 1s\n")
    digest = there.host.planned()
    there.dispatch(digest)
    time.sleep(1.1)
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    assert there.scope() == (1, 35)


def test_a_database_that_cannot_be_asked_is_no_nothing(make: Make) -> None:
    """Where the runs cannot be looked at the timer fails, so that nobody believes that nothing waits."""
    there = make(Terms())
    there.dispatch(there.host.planned())
    there.world.execute("ALTER TABLE action_run RENAME TO action_run_gone")
    ended = there.host.doctor("apply-approved")
    assert ended.code == 4, ended.out + ended.err
    assert there.scope() == (1, 35)
