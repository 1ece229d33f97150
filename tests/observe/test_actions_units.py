"""Whether Actions is switched on where a job waits, as each engine tells it."""

from __future__ import annotations

from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.model.snapshot import ActionsUnit, Coverage, Need, Snapshot
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest
from support.empty_server import EmptyServer
from support.world import World

NOW = 1795459000
CODE, ACTIONS = 1, 10
"""`repo_unit.type` (`models/unit/unit.go`)."""


def stage(server: EmptyServer, *, waited: int) -> World:
    """A runner, and a job in each of three repositories: one has every unit, one lacks Actions, one lacks all."""
    world = server.create(16, now=NOW)
    world.user("alice", id=1)
    world.runner("builder", owner_id=1)
    for number, units in ((11, (CODE, ACTIONS, ACTIONS)), (12, (CODE,)), (13, ())):
        world.repository(1, f"repository-{number}", id=number, units=units)
        world.job(number, updated=NOW - waited)
    return world


def looked(server: EmptyServer) -> Snapshot:
    request = LookRequest(
        address="server", instance=None, now=NOW, coverage=Coverage.CANDIDATES, overdue_before=NOW - 900
    )
    with opened_for_reading(server.address, Patience(10)) as reader:
        return observe_database(reader, request)


def test_each_job_has_its_repositorys_unit(any_engine_world: EmptyServer) -> None:
    """On is a row of type 10, once or twice; off is none, whatever other units there are."""
    stage(any_engine_world, waited=901)
    seen = looked(any_engine_world)
    units = {job.repository.id: job.actions_unit for job in seen.overdue_jobs}
    assert units == {11: ActionsUnit.ON, 12: ActionsUnit.OFF, 13: ActionsUnit.OFF}
    assert seen.unobserved == ()


def test_a_table_that_cannot_be_read_is_a_gap_and_no_guess(any_engine_world: EmptyServer) -> None:
    """The jobs are there all the same, and nobody says of any that Actions is on or off."""
    stage(any_engine_world, waited=901).execute("DROP TABLE repo_unit")
    seen = looked(any_engine_world)
    assert [job.actions_unit for job in seen.overdue_jobs] == [None, None, None]
    (gap,) = seen.unobserved
    assert (gap.what, gap.need) == ("whether Actions is switched on where jobs wait", Need.OPTIONAL)
    assert "repo_unit" in gap.reason


def test_where_no_job_waits_too_long_nobody_looks(any_engine_world: EmptyServer) -> None:
    """A login without that right is not told of it while nothing hangs on it."""
    stage(any_engine_world, waited=899).execute("DROP TABLE repo_unit")
    assert looked(any_engine_world).unobserved == ()
