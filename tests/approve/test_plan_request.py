"""A plan asked for by a dispatch: what is believed of the run, and every run that gets none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.approve.dispatch_record import DispatchRecord, RecordedJob, RecordedRun
from runner_scope_doctor.approve.dispatch_workflow import stored_workflow
from runner_scope_doctor.approve.plan_request import NoPlanRequest, PlanRequest, age_problem, plan_requested
from runner_scope_doctor.model.host import Environment, SelfReview
from runner_scope_doctor.model.plan import AskingRun, Maker
from runner_scope_doctor.plan.make import Fence
from support.approval_case import ANNA, BERT, DAY, configuration, environment
from support.connection import FreshDatabase
from support.dispatches import MALLORY_ID, NOW, payload
from support.empty_server import EmptyServer
from support.plan_runs import (
    ASKING_ATTACKS,
    BRANCH_CHANGES,
    PLAN_WORKFLOW,
    REPOSITORY_CHANGES,
    AskingServer,
    asking_server,
    typed,
    with_default,
)

MAJORS = (8, 11, 14, 15, 16)
PLACE = environment()
RUN = RecordedRun(
    id=3, repo_id=12, repository="ops/forgejo", is_mirror=False, workflow_directory=".forgejo/workflows",
    workflow_file="scope-repair.yml", ref="refs/heads/main", commit="b" * 40, event="workflow_dispatch",
    trigger_event="workflow_dispatch", trigger_user_id=7, trigger_login="ops-lead", status=5, version=1, created=NOW,
    payload=json.dumps(payload({"operation": "plan"})),
)  # fmt: skip
JOB = RecordedJob(
    id=1, status=5, attempt=1, task_id=0, created=NOW, updated=NOW, workflow=stored_workflow(PLAN_WORKFLOW.encode())
)


def pure(*environments: Environment, **changes: Any) -> PlanRequest | NoPlanRequest:
    """What the honest run comes to with other columns, on a host with these environments."""
    record = DispatchRecord(run=replace(RUN, **changes), jobs=(JOB,), rules=())
    return plan_requested(record, configuration(*environments), major=15, now=NOW)


def pure_inputs(inputs: dict[str, str]) -> PlanRequest | NoPlanRequest:
    """The same with other inputs."""
    return pure(PLACE, payload=json.dumps(payload(inputs)))


@pytest.fixture
def server(sqlite_database: FreshDatabase) -> AskingServer:
    """Forgejo 15 on SQLite."""
    return asking_server(
        EmptyServer(engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database), 15
    )


@pytest.mark.parametrize("major", MAJORS)
def test_whoever_starts_the_workflow_asks(any_engine_world: EmptyServer, major: int) -> None:
    """Waiting and running, the run's row says who asks, for which runner, and whether with the fence."""
    server = asking_server(any_engine_world, major)
    plain = server.dispatch()
    asked = server.asked(plain)
    assert asked == PlanRequest(
        starter_id=ANNA.forgejo_id, starter_login="ops-lead", run=AskingRun(id=plain, created=NOW),
        environment=server.host.environments[0], runner_id=None, fence=Fence.WITHOUT,
    )  # fmt: skip
    server.picked(plain)
    assert server.asked(plain) == asked
    full = server.asked(
        server.dispatch({"operation": "plan", "runner": "5", "counter-fence": "true"}, by=BERT.forgejo_id)
    )
    assert isinstance(full, PlanRequest)
    assert (full.maker.forgejo_id, full.runner_id, full.fence) == (BERT.forgejo_id, 5, Fence.WITH)


@pytest.mark.parametrize("name", ASKING_ATTACKS)
def test_such_a_run_gets_no_plan(server: AskingServer, name: str) -> None:
    """A run of this kind is refused with the reason that is written here."""
    attack, reason = ASKING_ATTACKS[name]
    assert reason in server.refusal(attack(server))


@pytest.mark.parametrize("major", [8, 11, 14, 16])
def test_every_engine_and_version_refuses_them_all(any_engine_world: EmptyServer, major: int) -> None:
    """The same reasons, whatever the engine makes of types, case and padding; and the branch's rules are no matter."""
    server = asking_server(any_engine_world, major)
    user = {"sqlite": '"user"', "postgres": '"user"', "mysql": "`user`"}[server.world.engine.value]
    for name, (attack, reason) in ASKING_ATTACKS.items():
        assert reason in server.refusal(attack(server)), name
    honest = server.dispatch()
    for name, (change, back, reason) in REPOSITORY_CHANGES.items():
        server.world.execute(change.replace("{user}", user))
        assert reason in server.refusal(honest), name
        server.world.execute(back.replace("{user}", user))
    for name, (change, back, _) in BRANCH_CHANGES.items():
        server.world.execute(change)
        assert isinstance(server.asked(honest), PlanRequest), name
        server.world.execute(back)


@pytest.mark.parametrize("major", [11, 15])
def test_a_run_again_gets_no_plan(any_engine_world: EmptyServer, major: int) -> None:
    """A re-run keeps the starter and the inputs, whoever asked for it."""
    server = asking_server(any_engine_world, major)
    run_id = server.dispatch()
    server.cancelled(run_id)
    assert server.refusal(run_id).endswith(" is cancelled; only a run that waits or runs gets a plan.")
    server.run_again(run_id)
    assert "a request for a plan does not survive a re-run" in server.refusal(run_id)


@pytest.mark.parametrize(
    "ask",
    [
        with_default("runner", '"5"'),
        with_default("counter-fence", "true", counter_fence="false"),
        with_default("counter-fence", "false", counter_fence="false"),
        typed(runner="", counter_fence=""),
        typed(digest=""),
    ],
)
def test_a_default_that_adds_nothing_is_no_hindrance(server: AskingServer, ask: object) -> None:
    """What was left out or says no asks for nothing, wherever it came from."""
    assert callable(ask)
    found = server.asked(ask(server))
    assert isinstance(found, PlanRequest)
    assert (found.runner_id, found.fence) == (None, Fence.WITHOUT)


def test_a_user_made_again_under_an_old_login_is_another(server: AskingServer) -> None:
    """Ids decide: a renamed account is the same person, its old login on a new account is not."""
    server.world.execute("UPDATE user SET name = 'anna', lower_name = 'anna' WHERE id = 7")
    found = server.asked(server.dispatch())
    assert isinstance(found, PlanRequest)
    assert found.starter_login == "ops-lead"
    again = server.world.user("ops-lead", id=50)
    assert "the id of ops-lead there is 7, and ids decide." in server.refusal(server.dispatch(by=again))


def test_a_repository_made_again_under_the_old_name_is_another(server: AskingServer) -> None:
    """It has another id, and so none of the environments."""
    server.world.execute("DELETE FROM repository WHERE id = 12")
    server.world.repository(3, "forgejo", id=20)
    again = server.dispatch(repo_id=20)
    assert "belongs to the repository with the id 20, not to ops/forgejo with the id 12." in server.refusal(again)


def test_whoever_is_not_known_may_ask_where_anybody_may_approve_their_own() -> None:
    """Without prevention of self-review the maker is the user of the server; the server itself is none, nor is who is gone."""
    open_to_all = replace(PLACE, self_review=SelfReview.ALLOWED)
    event = json.dumps(payload({"operation": "plan"}, by=MALLORY_ID))
    found = pure(open_to_all, trigger_user_id=MALLORY_ID, trigger_login="mallory", payload=event)
    assert isinstance(found, PlanRequest)
    assert found.maker == Maker(forgejo_id=MALLORY_ID, login="mallory", run=AskingRun(id=3, created=NOW))
    for changes in ({"trigger_user_id": -2}, {"trigger_user_id": MALLORY_ID, "trigger_login": None, "payload": event}):
        assert isinstance(pure(open_to_all, **changes), NoPlanRequest)


def test_the_run_belongs_to_one_environment() -> None:
    """Of several the one whose repository, workflow and branch it has; none, or two at once, is a refusal that says so."""
    other = replace(PLACE, name="other", workflow=".forgejo/workflows/other.yml")
    branch = replace(PLACE, name="branch", deployment_refs=("refs/heads/next",))
    found = pure(other, branch, PLACE)
    assert isinstance(found, PlanRequest)
    assert found.environment == PLACE
    for hosts, reason in (
        ((), "gets no plan: host.yml has no environment that it could belong to."),
        ((PLACE, replace(PLACE, name="twin")), "belongs to more than one environment of host.yml: deploy and twin."),
        (
            (other, branch),
            "was made on refs/heads/main, not on refs/heads/next, and fits no other environment of host.yml",
        ),
        ((other,), "is of the workflow .forgejo/workflows/scope-repair.yml, not of .forgejo/workflows/other.yml."),
    ):
        refused = pure(*hosts)
        assert isinstance(refused, NoPlanRequest)
        assert reason in refused.reason


@pytest.mark.parametrize("run_id", [0, -1, 2**63, 10**30])
def test_no_run_has_such_a_number(server: AskingServer, run_id: int) -> None:
    """A number that no engine takes for an id is refused before it is asked for, and so is one that nobody has."""
    assert server.refusal(run_id) == f"The workflow run {run_id} cannot be: no run has that number."
    assert server.refusal(4711) == "The workflow run 4711 is not in the server's database."


@pytest.mark.parametrize("table", ["action_run", "action_run_job", "protected_branch", "repository"])
def test_trouble_with_the_database_is_a_refusal(server: AskingServer, table: str) -> None:
    """A table that cannot be read gives no plan, and the sentence names it."""
    run_id = server.dispatch()
    server.world.execute(f"DROP TABLE {table}")
    assert "cannot be judged:" in server.refusal(run_id)
    assert table in server.refusal(run_id)


@given(st.integers(-DAY, 3 * DAY))
def test_a_run_asks_as_long_as_a_plan_is_good(age: int) -> None:
    """Not longer than the environment's plans are valid, to the second."""
    found = pure(PLACE)
    assert isinstance(found, PlanRequest)
    assert (age_problem(found, now=NOW + age) is None) == (age <= DAY)


@given(st.text(max_size=24) | st.text("0123456789", max_size=22) | st.integers().map(str))
def test_any_text_for_a_runner(text: str) -> None:
    """Only a number that a table can hold names a runner, and nothing at all names none."""
    found = pure_inputs({"operation": "plan", "runner": text})
    wanted = int(text) if re.fullmatch("[0-9]{1,19}", text) else 0
    if 1 <= wanted < 2**63 or not text:
        assert isinstance(found, PlanRequest)
        assert found.runner_id == (wanted or None)
    else:
        assert isinstance(found, NoPlanRequest)


@given(st.sampled_from(["operation", "counter-fence"]), st.text(max_size=6))
def test_any_text_for_operation_and_fence(name: str, text: str) -> None:
    """Of all texts `plan` alone asks for a plan, and `true` alone for the fence."""
    inputs = {"operation": "plan", name: text}
    found = pure_inputs(inputs)
    accepted = inputs["operation"] == "plan" and inputs.get("counter-fence", "") in ("", "true", "false")
    assert isinstance(found, PlanRequest) == accepted
    if isinstance(found, PlanRequest):
        assert (found.fence is Fence.WITH) == (text == "true")


@given(st.text(max_size=200))
def test_any_text_for_a_payload(text: str) -> None:
    """It is refused in a sentence, and nothing crashes."""
    found = pure(PLACE, payload=text)
    assert isinstance(found, NoPlanRequest)
    assert found.reason.startswith("The workflow run 3 has an event payload ")
