"""One look at a repaired runner, on each engine, with all rights and with those of docs/access.md."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.model.effect import EffectReading, GivenJob, TakeableJob, Taker
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.observe.effect import EffectRequest, effect_reading
from support.access_case import SERVERS, Server
from support.access_page import Kind, login_with, page_grants
from support.connection import FreshDatabase
from support.empty_server import EmptyServer
from support.world import Status, World

OWNER, REPOSITORY, ELSEWHERE = 1, 35, 36


def small_server(world: World) -> None:
    """A repaired runner 5, a combined one 8 beside it, and another repository."""
    world.organization("platform-team", id=OWNER)
    for name, number in (("platform", REPOSITORY), ("elsewhere", ELSEWHERE)):
        world.repository(OWNER, name, id=number)
    world.runner("rs2000-deploy-host", id=5, repo_id=REPOSITORY, labels=("deploy",))
    world.runner("other", id=8, owner_id=OWNER, repo_id=REPOSITORY)
    world.runner("gone", id=9, owner_id=OWNER, repo_id=REPOSITORY, deleted=world.now)
    world.runner("far", id=10, owner_id=OWNER, repo_id=ELSEWHERE)
    world.counter(0, REPOSITORY, 7)
    world.counter(0, ELSEWHERE, 99)
    world.counter(OWNER, 0, 50)


def read(empty: EmptyServer, major: int, *job_ids: int) -> EffectReading:
    with opened_for_reading(empty.address, Patience(10)) as reader:
        return effect_reading(reader, EffectRequest(runner_id=5, repo_id=REPOSITORY, major=major, job_ids=job_ids))


@pytest.mark.parametrize("major", [7, 11, 15, 16])
def test_everything_about_the_runner_and_its_repository_is_read(any_engine_world: EmptyServer, major: int) -> None:
    """Its row, combined rows beside it, the repository's counter, its waiting and running jobs; no other repository's."""
    world = any_engine_world.create(major)
    small_server(world)
    later = world.job(REPOSITORY, runs_on=("deploy",), updated=world.now - 10)
    longer = world.job(REPOSITORY, runs_on=("docker", "big"), updated=world.now - 600)
    world.job(ELSEWHERE, runs_on=("deploy",))
    world.job(REPOSITORY, status=Status.BLOCKED)
    world.task(world.job(REPOSITORY), 8)
    seen = read(any_engine_world, major)
    assert seen.runner is not None
    assert (seen.runner.id, seen.runner.labels) == (5, ("deploy",))
    assert seen.combined_beside == (8,)
    assert seen.counter == 7
    assert seen.waiting == (
        TakeableJob(id=longer, name="deploy", runs_on=("docker", "big")),
        TakeableJob(id=later, name="deploy", runs_on=("deploy",)),
    )
    assert (seen.running, seen.given, seen.unseen) == (1, (), ())


def test_jobs_that_something_else_holds_wait_for_no_runner(any_engine_world: EmptyServer) -> None:
    """Held by an approval, or by a run of its concurrency group: no poll could be given them."""
    world = any_engine_world.create(15)
    small_server(world)
    world.job(REPOSITORY, run_id=world.workflow_run(REPOSITORY, need_approval=True))
    ahead = world.workflow_run(REPOSITORY, status=Status.RUNNING, concurrency_group="g", concurrency_type=1)
    queued = world.workflow_run(REPOSITORY, concurrency_group="g", concurrency_type=1)
    world.task(world.job(REPOSITORY, run_id=ahead), 5)
    world.job(REPOSITORY, run_id=queued)
    assert read(any_engine_world, 15).waiting == ()


def test_given_jobs_are_told_with_who_was_given_them(any_engine_world: EmptyServer) -> None:
    """This runner, another one, and nobody yet; also when the job has ended since."""
    world = any_engine_world.create(16)
    small_server(world)
    mine, other, ended, waiting = (world.job(REPOSITORY, runs_on=("deploy",)) for _ in range(4))
    world.task(mine, 5)
    world.task(other, 8)
    world.task(ended, 5, status=Status.SUCCESS)
    assert read(any_engine_world, 16, mine, other, ended, waiting).given == (
        GivenJob(id=mine, name="deploy", taker=Taker.THIS_RUNNER),
        GivenJob(id=other, name="deploy", taker=Taker.ANOTHER),
        GivenJob(id=ended, name="deploy", taker=Taker.THIS_RUNNER),
    )


def test_a_row_that_is_gone_is_none(any_engine_world: EmptyServer) -> None:
    """Soft-deleted is gone; the look itself succeeds."""
    world = any_engine_world.create(15)
    small_server(world)
    world.execute("UPDATE action_runner SET deleted = 1778752131 WHERE id = 5")
    assert read(any_engine_world, 15).runner is None


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def limited(
    request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> tuple[Server, FreshDatabase]:
    """A small server of each engine that has accounts."""
    database = fresh_database(request.param)
    small_server(World.create(database.connection, request.param, 16))
    return request.getfixturevalue(SERVERS[request.param]), database


def test_the_grants_of_the_check_show_all_but_who_was_given_a_job(limited: tuple[Server, FreshDatabase]) -> None:
    """docs/access.md leaves the table of tasks out: that a job was given is seen, to whom is not."""
    server, database = limited
    world = World(connection=database.connection, engine=database.engine, major=16, now=1795459000)
    job = world.job(REPOSITORY, runs_on=("deploy",))
    world.task(job, 5)
    address = login_with(server, database, page_grants(database.engine, 16))
    with opened_for_reading(address, Patience(10)) as reader:
        seen = effect_reading(reader, EffectRequest(runner_id=5, repo_id=REPOSITORY, major=16, job_ids=(job,)))
    assert seen.unseen == ()
    assert seen.given == (GivenJob(id=job, name="deploy", taker=Taker.NOT_SEEN),)


def test_the_required_grants_alone_leave_gaps_that_are_told(limited: tuple[Server, FreshDatabase]) -> None:
    """Jobs and counters are optional there: without them the row is seen, and each gap has its sentence."""
    server, database = limited
    grants = tuple(one for one in page_grants(database.engine, 16) if one.kind is Kind.REQUIRED)
    with opened_for_reading(login_with(server, database, grants), Patience(10)) as reader:
        seen = effect_reading(reader, EffectRequest(runner_id=5, repo_id=REPOSITORY, major=16))
        assert seen.runner is not None
        assert (seen.counter, seen.waiting, seen.running) == (None, None, None)
        assert len(seen.unseen) >= 2
    with (
        pytest.raises(SourceUnavailable),
        opened_for_reading(login_with(server, database, ()), Patience(10)) as reader,
    ):
        effect_reading(reader, EffectRequest(runner_id=5, repo_id=REPOSITORY, major=16))
