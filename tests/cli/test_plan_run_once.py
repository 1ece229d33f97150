"""One plan per run, and none that lets somebody approve what they asked for themselves."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.host.plans import stored
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.plan.canonical import canonical_bytes, digest_of, plan_from_bytes
from support.approval_case import ANNA, BERT
from support.command import ACTION
from support.connection import FreshDatabase
from support.deploy_host import MAKER, REVIEWER, DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.plan_runs import ENVIRONMENT, AskingServer, asked_by, asking_server, plans_of, refused

DAY = 86_400


@pytest.fixture
def server(any_engine_world: EmptyServer) -> AskingServer:
    """Forgejo 15 with the user's row and the workflow's repository, on each engine."""
    return asking_server(any_engine_world, 15, now=int(time.time()))


@pytest.fixture
def host(server: AskingServer, over_tcp: DatabaseAddress, private: Path) -> DeployHost:
    """A host with one environment, whose every login may do everything."""
    return deploy_host(private, one_login(over_tcp), more=ENVIRONMENT)


@pytest.fixture
def sqlite_server(sqlite_database: FreshDatabase) -> AskingServer:
    """The same on SQLite, for what is the same on every engine."""
    empty = EmptyServer(engine=Engine.SQLITE, address=sqlite_database.address, database=sqlite_database)
    return asking_server(empty, 15, now=int(time.time()))


@pytest.fixture
def sqlite_host(sqlite_server: AskingServer, private: Path) -> DeployHost:
    """Its host."""
    return deploy_host(private, one_login(sqlite_server.address), more=ENVIRONMENT)


def test_nobody_gets_round_self_review_by_asking_again(host: DeployHost, server: AskingServer) -> None:
    """A plan asked for by two people is two plans, each of its own maker; either may approve the other's and not their own."""
    annas = digest_in(asked_by(host, server.dispatch()).out)
    berts = digest_in(asked_by(host, server.dispatch(by=BERT.forgejo_id)).out)
    by_hand = host.planned()
    assert len({annas, berts, by_hand}) == 3
    assert host.planned() == by_hand
    for digest, maker in ((annas, MAKER), (berts, REVIEWER), (by_hand, MAKER)):
        ended = host.doctor("apply", digest, "--signature", host.signed(digest, maker))
        assert ended.code == 5
        assert f"{maker} made the plan, and self-review is prevented." in ended.last_line
    assert host.doctor("apply", berts, "--signature", host.signed(berts, MAKER)).code == 0


def test_each_run_gets_a_plan_of_its_own(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """Another run of the same person is another plan, as the plan names its run."""
    first, second = sqlite_server.dispatch(), sqlite_server.dispatch()
    digests = [digest_in(asked_by(sqlite_host, run_id).out) for run_id in (first, second, first, second)]
    assert digests[:2] == digests[2:]
    assert digests[0] != digests[1]
    assert len(plans_of(sqlite_host)) == 2


def test_a_used_plan_stays_the_runs_only_one(host: DeployHost, server: AskingServer) -> None:
    """After the repair the run gets no second plan, neither while the row is healthy nor when it is sick again."""
    run_id = server.dispatch()
    digest = digest_in(asked_by(host, run_id).out)
    assert host.doctor("apply", digest, "--signature", host.signed(digest, REVIEWER)).code == 0
    refused(host, run_id, f"has its plan, {digest}, which was used already; a run gets one plan and no other.")
    server.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    refused(host, run_id, "which was used already")


def test_an_expired_plan_stays_the_runs_only_one(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """And a run that is older than a plan may get is refused its first."""
    host, server = sqlite_host, sqlite_server
    run_id = server.dispatch(created=int(time.time()) - DAY + 60)
    file = host.plan_file(digest_in(asked_by(host, run_id).out))
    plan = plan_from_bytes(file.read_bytes(), file="x")
    file.unlink()
    aged = canonical_bytes(replace(plan, created=plan.created - DAY, expires=plan.created))
    stored(file.parent, aged)
    refused(host, run_id, f"has its plan, {digest_of(aged)}, which expired ")
    old = server.dispatch(created=int(time.time()) - DAY - 60)
    refused(host, old, f"The workflow run {old} was made 1 d ago, and a run can ask for a plan for 1 d.")


def test_a_plan_outlives_the_age_of_its_run(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """What was made in time is shown as long as it is good, though the run is too old to get a first plan by then."""
    run_id = sqlite_server.dispatch(created=int(time.time()) - DAY + 60)
    file = sqlite_host.plan_file(digest_in(asked_by(sqlite_host, run_id).out))
    plan = plan_from_bytes(file.read_bytes(), file="x")
    assert plan.maker.run is not None
    earlier = plan.maker.run.created - 120
    sqlite_server.world.execute(f"UPDATE action_run SET created = {earlier} WHERE id = {run_id}")
    refused(sqlite_host, run_id, "and a run can ask for a plan for 1 d.")
    file.unlink()
    maker = replace(plan.maker, run=replace(plan.maker.run, created=earlier))
    moved = canonical_bytes(replace(plan, maker=maker))
    stored(file.parent, moved)
    ended = asked_by(sqlite_host, run_id)
    assert (ended.code, digest_in(ended.out)) == (0, digest_of(moved))


def test_a_database_that_was_set_back_has_other_runs(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """The same id with another time of creation is another run, perhaps of another person, and gets a plan of its own."""
    run_id = sqlite_server.dispatch()
    first = digest_in(asked_by(sqlite_host, run_id).out)
    sqlite_server.world.execute("DELETE FROM action_run_job")
    sqlite_server.world.execute("DELETE FROM action_run")
    again = sqlite_server.dispatch(id=run_id, by=BERT.forgejo_id, created=sqlite_server.world.now - 5)
    assert again == run_id
    second = digest_in(asked_by(sqlite_host, run_id).out)
    assert second != first
    assert json.loads(sqlite_host.plan_file(second).read_bytes())["maker"]["forgejo_id"] == BERT.forgejo_id


def test_many_at_once_get_one_plan(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """Job, timer and person ask for the same run at the same moment: all are shown the same plan."""
    run_id = sqlite_server.dispatch()
    command = [sys.executable, "-m", "runner_scope_doctor", "plan", "--run", str(run_id)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ACTION), "RSD_HOST": str(sqlite_host.configuration)}
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    ended = [(one.communicate(timeout=60), one.returncode) for one in started]
    assert [code for _, code in ended] == [0] * 6
    assert len({digest_in(out) for (out, _), _ in ended}) == 1
    assert len(plans_of(sqlite_host)) == 1


def test_a_stopped_process_is_not_waited_for_without_end(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """Whoever holds the folder of plans and does not end makes the next one a refusal that says where to look."""
    digest_in(asked_by(sqlite_host, sqlite_server.dispatch()).out)
    folder = os.open(sqlite_host.state / "plans", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        refused(sqlite_host, sqlite_server.dispatch(), "Another process has been storing a plan in ")
    finally:
        os.close(folder)


def test_a_stored_plan_with_other_bytes_is_no_plan_of_the_run(
    sqlite_host: DeployHost, sqlite_server: AskingServer
) -> None:
    """What was altered can no longer be approved; the run is given one that can."""
    run_id = sqlite_server.dispatch()
    file = sqlite_host.plan_file(digest_in(asked_by(sqlite_host, run_id).out))
    file.write_bytes(file.read_bytes().replace(f'"forgejo_id":{ANNA.forgejo_id}'.encode(), b'"forgejo_id":9'))
    ended = asked_by(sqlite_host, run_id)
    assert ended.code == 0
    plan = json.loads(sqlite_host.plan_file(digest_in(ended.out)).read_bytes())
    assert plan["maker"]["forgejo_id"] == ANNA.forgejo_id
