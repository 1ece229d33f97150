"""Every way in which a dispatch could approve what nobody approved, each refused with its own reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.approval import Approval
from support.approval_case import ANNA, BERT, CARL, configuration, environment
from support.connection import FreshDatabase
from support.dispatch_attacks import RUN_ATTACKS
from support.dispatch_surroundings import RULE, SERVER_CHANGES
from support.dispatches import (
    NOW,
    WORKFLOW,
    DispatchServer,
    dispatch_server,
)
from support.empty_server import EmptyServer


@pytest.fixture
def server(sqlite_database: FreshDatabase) -> DispatchServer:
    """Forgejo 15 on SQLite."""
    assert isinstance(sqlite_database.address, SqliteAddress)
    engine = sqlite_database.engine
    return dispatch_server(EmptyServer(engine=engine, address=sqlite_database.address, database=sqlite_database), 15)


@pytest.mark.parametrize("name", RUN_ATTACKS)
def test_such_a_run_approves_nothing(server: DispatchServer, name: str) -> None:
    """A run of this kind is declined with the reason that is written here, and the timer passes it over."""
    attack, reason = RUN_ATTACKS[name]
    run_id = attack(server)
    assert reason in server.reason(run_id)
    assert server.waiting() == ()


def test_the_honest_run_beside_them_approves(server: DispatchServer) -> None:
    """What the attacks change is what counts: unchanged, the same run is an approval."""
    assert isinstance(server.judged(server.dispatch()), Approval)


@pytest.mark.parametrize("name", SERVER_CHANGES)
def test_on_such_a_server_nobody_approves(server: DispatchServer, name: str) -> None:
    """An honest dispatch is declined with this reason while the server is so, and counts when it is as before."""
    change, back, reason = SERVER_CHANGES[name]
    run_id = server.dispatch()
    server.world.execute(change.replace("{user}", "user"))
    assert reason in server.reason(run_id)
    assert server.waiting() == ()
    server.world.execute(back.replace("{user}", "user"))
    assert server.waiting() == (run_id,)


@pytest.mark.parametrize("major", [8, 11, 14, 16])
def test_every_engine_and_version_refuses_them_all(any_engine_world: EmptyServer, major: int) -> None:
    """The same reasons, whatever the engine makes of types, case and padding."""
    server = dispatch_server(any_engine_world, major)
    user = {"sqlite": '"user"', "postgres": '"user"', "mysql": "`user`"}[server.world.engine.value]
    for name, (attack, reason) in RUN_ATTACKS.items():
        assert reason in server.reason(attack(server)), name
    honest = server.dispatch()
    for name, (change, back, reason) in SERVER_CHANGES.items():
        server.world.execute(change.replace("{user}", user))
        assert reason in server.reason(honest), name
        server.world.execute(back.replace("{user}", user))
        assert isinstance(server.judged(honest), Approval), name


def test_a_payload_of_ten_megabytes_stays_where_it_is(any_engine_world: EmptyServer) -> None:
    """Only its size is read; the same for a workflow, as large as its column can hold."""
    server = dispatch_server(any_engine_world, 16)
    large = server.dispatch(payload={"more": "x" * 10_000_000})
    assert "bytes; more than 100000 are not read." in server.reason(large)
    padded = WORKFLOW + "#" * (65_535 - len(WORKFLOW))
    assert isinstance(server.judged(server.dispatch(workflow=padded)), Approval)
    if server.world.engine.value != "mysql":  # MariaDB's BLOB ends there
        larger = server.dispatch(workflow=padded + "#")
        assert "has 65536 bytes; more than 65535 are not read." in server.reason(larger)


def test_a_renamed_login_is_the_same_person(server: DispatchServer) -> None:
    """Ids decide: the reviewer's approval counts under another login, and has the name the host knows."""
    server.world.execute("UPDATE user SET name = 'anna', lower_name = 'anna' WHERE id = 7")
    found = server.judged(server.dispatch())
    assert isinstance(found, Approval)
    assert found.login == "ops-lead"


def test_a_user_made_again_under_an_old_login_is_another(server: DispatchServer) -> None:
    """The account that has a reviewer's login now has another id, and the sentence says so."""
    server.world.execute("UPDATE user SET name = 'gone', lower_name = 'gone' WHERE id = 7")
    again = server.world.user("ops-lead", id=50)
    assert server.reason(server.dispatch(by=again)).endswith(
        "was started by ops-lead (Forgejo id 50), whom host.yml gives to none of the people; "
        "the id of ops-lead there is 7, and ids decide."
    )


def test_a_repository_made_again_under_the_old_name_is_another(server: DispatchServer) -> None:
    """It has another id, so its runs are another repository's, and the runs of the one that is gone count no more."""
    honest = server.dispatch()
    server.world.execute("DELETE FROM repository WHERE id = 12")
    server.world.repository(3, "forgejo", id=20)
    assert "belongs to the repository with the id 12, which is gone" in server.reason(honest)
    again = server.dispatch(repo_id=20)
    assert "belongs to the repository with the id 20, not to ops/forgejo with the id 12." in server.reason(again)


def test_naming_anothers_run_gives_what_that_run_approved(server: DispatchServer) -> None:
    """Whoever asks with a run's id, the approval is its starter's."""
    by_anna, by_bert = server.dispatch(), server.dispatch(by=BERT.forgejo_id)
    people = [server.judged(run_id) for run_id in (by_anna, by_bert)]
    assert [one.forgejo_id for one in people if isinstance(one, Approval)] == [ANNA.forgejo_id, BERT.forgejo_id]


@pytest.mark.parametrize("run_id", [0, -1, 2**63, 10**30])
def test_no_run_has_such_a_number(server: DispatchServer, run_id: int) -> None:
    """A number that no engine takes for an id is refused before it is asked for."""
    assert server.reason(run_id) == f"The dispatch run {run_id} cannot be: no run has that number."


def test_a_run_that_is_not_there(server: DispatchServer) -> None:
    """An id the server never gave out."""
    assert server.reason(4711) == "The dispatch run 4711 is not in the server's database."


@pytest.mark.parametrize("table", ["action_run", "action_run_job", "protected_branch", "repository"])
def test_trouble_with_the_database_is_a_refusal(server: DispatchServer, table: str) -> None:
    """A table that cannot be read is never an approval, and the sentence names it."""
    run_id = server.dispatch()
    server.world.execute(f"DROP TABLE {table}")
    reason = server.reason(run_id)
    assert "cannot be judged:" in reason
    assert table in reason


def test_a_plan_for_no_environment_has_no_dispatch(server: DispatchServer) -> None:
    """Where the host has no such environment, no run approves."""
    run_id = server.dispatch()
    other = configuration(people=(ANNA, BERT, CARL))
    alone = replace(server, host=other)
    assert "approves nothing: the plan names no environment of this host." in alone.reason(run_id)
    assert alone.waiting() == ()


def test_a_run_without_jobs_and_one_with_many(server: DispatchServer) -> None:
    """Nothing tells whether a run without jobs was run again; twenty-one jobs are not read to their end."""
    run_id = server.dispatch()
    server.world.execute("DELETE FROM action_run_job")
    assert "has no jobs, so that nothing tells whether it was run again." in server.reason(run_id)
    many = server.dispatch()
    for _ in range(20):
        server.world.job(12, run_id=many, workflow_payload=WORKFLOW.encode())
    assert "has more than 20 jobs" in server.reason(many)


def test_two_rules_that_differ_in_case(server: DispatchServer) -> None:
    """Forgejo takes the older of them, so which one holds for the branch is not for us to say."""
    run_id = server.dispatch()
    server.world.branch_rule(12, "MAIN", created_unix=1)
    assert "there are rules that differ in upper and lower case only" in server.reason(run_id)


def test_a_pattern_beside_the_name_does_not_matter(server: DispatchServer) -> None:
    """Forgejo asks names before patterns, however old those are."""
    run_id = server.dispatch()
    server.world.branch_rule(12, "m*", can_push=True, created_unix=1)
    assert isinstance(server.judged(run_id), Approval)


@pytest.mark.parametrize("branch", ["ma?n", "m{a,b}n", "a]b"])
def test_a_branch_that_reads_like_a_pattern(server: DispatchServer, branch: str) -> None:
    """Git allows some of the signs of patterns in a branch; a rule of that name is a pattern to Forgejo."""
    ref = f"refs/heads/{branch}"
    place = replace(environment(ANNA, BERT), deployment_refs=(ref,))
    scene = replace(server, host=configuration(place))
    server.world.branch_rule(12, branch, enable_merge_whitelist=True)
    assert "a sign of patterns stands" in scene.reason(server.dispatch(ref=ref))


def test_reviewers_who_may_push_are_no_gap(server: DispatchServer) -> None:
    """The reviewers themselves may bring commits there; keys and lists that are switched off count for nothing."""
    run_id = server.dispatch()
    server.world.execute(RULE.format("whitelist_deploy_keys = TRUE, whitelist_user_i_ds = '[99]'"))
    assert isinstance(server.judged(run_id), Approval)
    server.world.execute(
        RULE.format(
            "whitelist_deploy_keys = FALSE, can_push = TRUE, enable_whitelist = TRUE, whitelist_user_i_ds = '[9]'"
        )
    )
    assert isinstance(server.judged(run_id), Approval)


def test_values_no_forgejo_writes_are_a_gap(server: DispatchServer) -> None:
    """SQLite stores any type in any column: what cannot be understood is not taken for closed."""
    run_id = server.dispatch()
    for column in ("can_push", "enable_merge_whitelist"):
        server.world.execute(RULE.format(f"{column} = 'no'"))
        assert "its rule holds values that no Forgejo writes." in server.reason(run_id)
        server.world.execute(RULE.format(f"{column} = {1 if column.startswith('enable') else 0}"))
    for column in ("repo_id", "status", "created", "trigger_user_id"):
        odd = server.dispatch()
        server.world.execute(f"UPDATE action_run SET {column} = 'x' WHERE id = {odd}")
        server.reason(odd)


def test_a_reviewer_taken_off_the_list_may_not_push_any_more(server: DispatchServer) -> None:
    """Who is a reviewer is what the configuration says now, for the branch as for the approval."""
    run_id = server.dispatch()
    alone = replace(server, host=configuration(environment(ANNA)))
    assert "the user with the id 9 may merge into it and is no reviewer." in alone.reason(run_id, now=NOW)
