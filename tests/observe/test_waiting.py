"""Why jobs wait, read from real databases of every engine and of versions from the oldest to the newest."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.why import code_of_answer
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.waiting import WaitingLook
from runner_scope_doctor.model.waiting_reason import Reason, Standing, WaitingAnswer
from runner_scope_doctor.observe.waiting import (
    AllWaiting,
    JobWanted,
    RunWanted,
    WaitingRequest,
    Wanted,
    observe_waiting,
)
from runner_scope_doctor.observe.work import overdue_jobs
from support.connection import FreshDatabase, Value
from support.empty_server import EmptyServer
from support.waiting_world import CASES, WAITED, corner, staged
from support.world import Status, World

NOW = 1795459000
MAJORS = (7, 11, 14, 16)
"""The oldest; the first without empty runs-on; the first with queues; the newest. 15 has no rule of its own that 16 lacks."""


def look(server: EmptyServer | FreshDatabase, wanted: Wanted) -> WaitingLook:
    with opened_for_reading(server.address, Patience(10)) as reader:
        return observe_waiting(reader, WaitingRequest(wanted=wanted, address="server", instance=None, now=NOW))


def answer(server: EmptyServer | FreshDatabase, wanted: Wanted) -> WaitingAnswer:
    return explained(look(server, wanted))


@pytest.mark.parametrize("engine", Engine, ids=lambda engine: engine.value)
@pytest.mark.parametrize("major", MAJORS)
def test_every_reason_of_a_version_is_told_on_every_engine(
    engine: Engine, major: int, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """Each case of its own in one database: the reason when asked for its job alone, and the same when asked for all."""
    database = fresh_database(engine)
    world = World.create(database.connection, engine, major, now=NOW)
    wanted = staged(world)
    assert len(wanted) >= 30
    with opened_for_reading(database.address, Patience(10)) as reader:
        for job_id, reason in wanted.items():
            request = WaitingRequest(wanted=JobWanted(job_id=job_id), address="server", instance=None, now=NOW)
            (found,) = explained(observe_waiting(reader, request)).explanations
            assert found.reason is reason, f"job {job_id}: {found.because}"
    together = answer(database, AllWaiting(longer_than=0))
    assert together.unobserved == ()
    reasons = {one.job.id: one.reason for one in together.explanations}
    waiting = {job: reason for job, reason in wanted.items() if job in reasons}
    assert waiting == {job: reasons[job] for job in waiting}
    assert wanted.keys() - waiting.keys() == {
        job for job, reason in wanted.items() if reason in (Reason.FINISHED, Reason.RUNNING, Reason.STATUS_UNKNOWN)
    }


def test_the_cases_have_thirty_reasons() -> None:
    """At least thirty reasons, told on three engines and four versions."""
    assert len({reason for since, reason, _ in CASES if since <= 7}) >= 30
    assert len({reason for _, reason, _ in CASES}) >= 40


def test_a_run_is_found_by_its_repository_and_number(any_engine_world: EmptyServer) -> None:
    """All jobs of that run and no other, whatever the capitals of the name."""
    at = corner(any_engine_world.create(16, now=NOW), "x")
    world = at.world
    world.execute(f"UPDATE repository SET name = 'P-X' WHERE id = {at.repository}")
    first, second = at.run(), at.run()
    at.job(run_id=first)
    mine = [at.job(run_id=second), at.job(run_id=second, status=Status.SUCCESS)]
    found = answer(any_engine_world, RunWanted(owner="O-x", repository="P-X", number=2))
    assert [one.job.id for one in found.explanations] == mine
    assert found.explanations[0].job.run is not None
    assert found.explanations[0].job.run.number == 2


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (JobWanted(job_id=99), "There is no job 99."),
        (RunWanted(owner="o-x", repository="nothing", number=1), "There is no repository o-x/nothing."),
        (RunWanted(owner="o-x", repository="p-x", number=9), "o-x/p-x has no run 9, or that run has no job."),
    ],
)
def test_what_is_not_there_is_said(any_engine_world: EmptyServer, wanted: Wanted, says: str) -> None:
    """A wrong id, name or number is a wrong question and no answer."""
    corner(any_engine_world.create(11, now=NOW), "x")
    with pytest.raises(UsageError) as refused:
        answer(any_engine_world, wanted)
    assert refused.value.problem == says


def test_only_what_waits_longer_is_in_the_answer(any_engine_world: EmptyServer) -> None:
    """More than the seconds asked for, waiting or blocked; what runs or has ended is not."""
    at = corner(any_engine_world.create(15, now=NOW), "x")
    longer = [at.job(waited=61), at.job(waited=62, status=Status.BLOCKED)]
    at.job(waited=60)
    at.job(waited=900, status=Status.RUNNING, task_id=5)
    at.job(waited=900, status=Status.FAILURE)
    found = answer(any_engine_world, AllWaiting(longer_than=60))
    assert [one.job.id for one in found.explanations] == longer[::-1], "the longest waiting first"


def test_of_too_many_jobs_the_longest_waiting_are_told_and_the_others_counted(any_engine_world: EmptyServer) -> None:
    """200 explanations, and the number of those left out, of which nobody can say that they are explained."""
    at = corner(any_engine_world.create(15, now=NOW), "x")
    since = NOW - WAITED
    world = at.world
    run = at.run()
    names = ("run_id", "repo_id", "owner_id", "status", "task_id", "updated", "runs_on", "handle")
    world.insert_many(
        "action_run_job",
        names,
        [(run, at.repository, at.owner, 5, 0, since - number, '["x"]', f"h{number}") for number in range(203)],
    )
    found = answer(any_engine_world, AllWaiting(longer_than=60))
    assert (len(found.explanations), found.left_out) == (200, 3)
    assert code_of_answer(found) is ExitCode.INCONCLUSIVE, "three jobs are not explained"
    assert found.explanations[0].job.waiting_since == since - 202


def test_a_leg_of_a_matrix_holds_the_job_that_needs_it(any_engine_world: EmptyServer) -> None:
    """`needs` names a key, and every leg of a matrix has it: one unfinished leg is enough."""
    at = corner(any_engine_world.create(15, now=NOW), "x")
    run = at.run()
    at.job(run_id=run, job_id="build", status=Status.SUCCESS)
    unfinished = at.job(run_id=run, job_id="build", status=Status.RUNNING, task_id=4)
    blocked = at.job(run_id=run, status=Status.BLOCKED, needs=("build",))
    (found,) = answer(any_engine_world, JobWanted(job_id=blocked)).explanations
    assert found.reason is Reason.NEEDS_UNFINISHED
    assert found.next_step == f"Wait for job {unfinished}, which runs."


@pytest.mark.parametrize(
    ("status", "earlier", "holds"),
    [
        (Status.RUNNING, True, True),
        (Status.RUNNING, False, True),
        (Status.WAITING, True, True),
        (Status.WAITING, False, False),
        (Status.BLOCKED, True, True),
        (Status.BLOCKED, False, False),
        (Status.SUCCESS, True, False),
    ],
)
def test_who_is_ahead_in_a_group(sqlite_database: FreshDatabase, status: Status, earlier: bool, holds: bool) -> None:
    """Forgejo's condition: a running run whatever its number, an unfinished one only with a smaller number."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 16, now=NOW)
    at = corner(world, "x")
    group: dict[str, Value] = {"concurrency_group": "deploy", "concurrency_type": 1}
    if earlier:
        at.run(status=status, **group)
    job = at.job(run_id=at.run(**group))
    if not earlier:
        at.run(status=status, **group)
    elsewhere = corner(world, "y")
    elsewhere.run(status=Status.RUNNING, **group)
    (found,) = look(sqlite_database, JobWanted(job_id=job)).jobs
    assert bool(found.ahead) is holds
    with opened_for_reading(sqlite_database.address, Patience(10)) as reader:
        overdue = overdue_jobs(reader, 16, since=NOW)
    assert [one.id for one in overdue] == ([] if holds else [job]), "the check goes by the same rule"


def test_cancel_in_progress_does_not_queue(sqlite_database: FreshDatabase) -> None:
    """Only type 1 queues: a group of type 2 cancels, and type 0 is every run's own."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15, now=NOW)
    at = corner(world, "x")
    at.run(status=Status.RUNNING, concurrency_group="deploy", concurrency_type=1)
    for kind in (0, 2):
        job = at.job(run_id=at.run(concurrency_group="deploy", concurrency_type=kind))
        assert look(sqlite_database, JobWanted(job_id=job)).jobs[0].ahead == ()


def test_rows_that_no_forgejo_wrote_are_read_all_the_same(sqlite_database: FreshDatabase) -> None:
    """SQLite stores anything in any column: a missing or binary name, words for a time, ids that are none. Such a runner is
    never online, and belongs to nobody that the ids do not name."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 16, now=NOW)
    at = corner(world, "x")
    job = at.job()
    for number, (column, value) in enumerate(
        (
            ("name", "NULL"),
            ("name", "x'ff00'"),
            ("last_online", "'yesterday'"),
            ("last_online", "NULL"),
            ("ephemeral", "'perhaps'"),
            ("owner_id", "'1'"),
            ("repo_id", "NULL"),
            ("agent_labels", "7"),
        ),
        start=1,
    ):
        runner = at.runner(id=number)
        world.execute(f"UPDATE action_runner SET {column} = {value} WHERE id = {runner}")
    (found,) = answer(sqlite_database, JobWanted(job_id=job)).explanations
    standing = {one.id: one.standing for one in found.candidates}
    assert found.reason is Reason.FITTING_RUNNER_IDLE
    assert standing == {
        1: Standing.FITS,
        2: Standing.FITS,
        3: Standing.OFFLINE,
        4: Standing.OFFLINE,
        5: Standing.FITS,
        6: Standing.COMBINED_SCOPE,
        7: Standing.FITS,
        8: Standing.LABELS_UNREADABLE,
    }


def test_a_name_that_is_no_text_reaches_nobody_as_bytes(sqlite_database: FreshDatabase) -> None:
    """Bytes that are no UTF-8 are shown as escapes, in the name of a job and of a runner alike."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 11, now=NOW)
    at = corner(world, "x")
    job, runner = at.job(), at.runner()
    world.execute(f"UPDATE action_run_job SET name = CAST(x'61ff62' AS TEXT) WHERE id = {job}")
    world.execute(f"UPDATE action_runner SET name = CAST(x'63fe64' AS TEXT) WHERE id = {runner}")
    (found,) = answer(sqlite_database, JobWanted(job_id=job)).explanations
    assert (found.job.name, found.candidates[0].name) == ("a\\xffb", "c\\xfed")
