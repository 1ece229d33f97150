"""`plan --run`, from outside: one plan per run, made by whoever started the run, and nothing written for any other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.access_page import login_with, page_grants
from support.approval_case import BERT
from support.connection import FreshDatabase
from support.database_url import url_of
from support.deploy_host import DeployHost, Logins, deploy_host, digest_in, one_login
from support.dispatches import DIGEST, MALLORY_ID
from support.empty_server import EmptyServer
from support.plan_runs import (
    ASKING_ATTACKS,
    ENVIRONMENT,
    REPOSITORY_CHANGES,
    AskingServer,
    asked_by,
    asking_server,
    plans_of,
    refused,
    with_approval,
)
from support.repair_page import Account, Part, account_with, nothing_for_everyone, repair_grants
from support.world import Status


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


def runners(server: AskingServer) -> object:
    """Everything in the tables a repair could touch."""
    return (
        server.world.rows("SELECT * FROM action_runner ORDER BY id"),
        server.world.rows("SELECT * FROM action_tasks_version"),
    )


def test_whoever_started_the_run_is_the_maker(host: DeployHost, server: AskingServer) -> None:
    """Not the account that names the run: the plan says whose it is and by which run; asked again it is the same plan."""
    before = runners(server)
    run_id = server.dispatch(by=BERT.forgejo_id)
    ended = asked_by(host, run_id)
    assert ended.code == 0, ended.err
    digest = digest_in(ended.out)
    plan = json.loads(host.plan_file(digest).read_bytes())
    assert plan["maker"] == {
        "forgejo_id": BERT.forgejo_id, "login": "second-operator",
        "run": {"id": run_id, "created": server.world.now},
    }  # fmt: skip
    assert (plan["environment"], plan["before"]["id"], plan["after"]["owner_id"]) == ("deploy-runner-repair", 5, 0)
    assert len(plan["statements"]) == 1
    assert f" by second-operator (Forgejo user 9) by the workflow run {run_id}; good until " in ended.out
    assert f"by the workflow run {run_id};" in host.doctor("show", digest).out
    server.picked(run_id)
    again = asked_by(host, run_id)
    assert (again.code, digest_in(again.out)) == (0, digest)
    assert plans_of(host) == [host.plan_file(digest)]
    assert runners(server) == before
    assert host.journal() == []


def test_runner_and_fence_are_what_was_typed(host: DeployHost, server: AskingServer) -> None:
    """With two combined rows the input names one; the fence is there when the box was ticked."""
    second = server.world.runner("builder", owner_id=1, repo_id=35)
    server.world.counter(0, 35, 7)
    refused(host, server.dispatch(), "2 runners have a combined scope")
    refused(host, server.dispatch({"operation": "plan", "runner": "4"}), "Runner 4 has no combined scope.")
    ended = asked_by(host, server.dispatch({"operation": "plan", "runner": str(second), "counter-fence": "true"}))
    assert ended.code == 0, ended.err
    plan = json.loads(host.plan_file(digest_in(ended.out)).read_bytes())
    assert plan["before"]["id"] == second
    assert [one["purpose"] for one in plan["statements"]] == ["clear-owner", "counter-fence"]


def test_every_attack_is_refused_and_nothing_is_written(host: DeployHost, server: AskingServer) -> None:
    """By the command itself, on each engine: 5, the reason in the last line, no plan."""
    for name in (
        "by somebody who is nobody here", "by the Actions user", "by a user who is gone", "of another repository",
        "of another workflow", "of a changed workflow on another branch", "of a tag named like the branch",
        "of main~0", "by a schedule", "that was cancelled", "in its third attempt", "to apply",
        "with APPLY and a space", "without inputs", "with a digest", "for a runner with a space",
        "with on for the fence", "with a default for the operation", "with a default for the runner",
        "with a default for the fence", "whose payload is no JSON", "without a payload", "with yes for an id",
        "whose payload is nested without end", "whose payload has ten megabytes", "from the future",
    ):  # fmt: skip
        attack, reason = ASKING_ATTACKS[name]
        refused(host, attack(server), reason.replace("host.yml", str(host.configuration)))
    assert plans_of(host) == []


def test_a_repository_that_is_another_now_has_no_plans(host: DeployHost, server: AskingServer) -> None:
    """Renamed, transferred, a mirror, gone, or made again under the old name."""
    run_id = server.dispatch()
    user = {"mysql": "`user`"}.get(server.world.engine.value, '"user"')
    for change, back, reason in REPOSITORY_CHANGES.values():
        server.world.execute(change.replace("{user}", user))
        refused(host, run_id, reason)
        server.world.execute(back.replace("{user}", user))
    server.world.execute("DELETE FROM repository WHERE id = 12")
    server.world.repository(3, "forgejo", id=20)
    refused(host, run_id, "belongs to the repository with the id 12, which is gone")
    refused(host, server.dispatch(repo_id=20), "belongs to the repository with the id 20, not to ops/forgejo")


def test_a_re_run_gets_no_plan(host: DeployHost, server: AskingServer) -> None:
    """Whoever runs it again, the row still names the first starter; the plan it had before stays its plan."""
    run_id = server.dispatch()
    server.picked(run_id)
    server.cancelled(run_id)
    server.run_again(run_id)
    refused(host, run_id, "a request for a plan does not survive a re-run")


def test_an_old_login_on_a_new_account_is_nobody(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """Ids decide who asks."""
    sqlite_server.world.execute("UPDATE user SET name = 'gone', lower_name = 'gone' WHERE id = 7")
    again = sqlite_server.world.user("ops-lead", id=50)
    refused(sqlite_host, sqlite_server.dispatch(by=again), "the id of ops-lead there is 7, and ids decide.")


def test_without_prevention_anybody_may_ask(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """Where one may approve one's own plan, the maker need not be one of the host's people; it is recorded all the same."""
    run_id = sqlite_server.dispatch(by=MALLORY_ID)
    refused(sqlite_host, run_id, "was started by mallory (Forgejo id 99), whom")
    more = sqlite_host.configuration.read_text() + "    prevent_self_review: false\n"
    sqlite_host.configuration.write_text(more)
    ended = asked_by(sqlite_host, run_id)
    assert ended.code == 0, ended.err
    maker = json.loads(sqlite_host.plan_file(digest_in(ended.out)).read_bytes())["maker"]
    assert (maker["forgejo_id"], maker["login"]) == (MALLORY_ID, "mallory")


def test_with_nothing_to_repair_it_says_so(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """0 for a run that asks, and a refusal for one that does not, whatever there is to repair."""
    sqlite_server.world.execute("UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    ended = asked_by(sqlite_host, sqlite_server.dispatch())
    assert (ended.code, ended.last_line.startswith("NOTHING TO REPAIR: ")) == (0, True)
    refused(
        sqlite_host, sqlite_server.dispatch({"operation": "apply", "digest": DIGEST}), "asks for the operation apply"
    )
    assert plans_of(sqlite_host) == []


@pytest.mark.parametrize("number", ["0", "4711", str(2**63 - 1), str(2**63), "9" * 25, "1" * 5000])
def test_no_such_run(sqlite_host: DeployHost, number: str) -> None:
    """A number that no run has or can have."""
    refused(sqlite_host, number, "The workflow run ")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--runner", "5"), {}),
        (("--with-counter-fence",), {}),
        (("--unattended",), {}),
        (("--environment", "deploy-runner-repair"), {}),
        ((), {"RSD_RUNNER": "5"}),
        ((), {"RSD_WITH_COUNTER_FENCE": "true"}),
        ((), {"RSD_UNATTENDED": "1"}),
        ((), {"RSD_ENVIRONMENT": "deploy-runner-repair"}),
    ],
)
def test_nothing_else_may_be_said_beside_the_run(
    sqlite_host: DeployHost, sqlite_server: AskingServer, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    """What the run's row says is not to be said again, nor otherwise, by argument or by variable."""
    run_id = sqlite_server.dispatch()
    ended = sqlite_host.doctor("plan", "--run", str(run_id), *arguments, environment=environment)
    assert ended.code == 2
    assert "has no place beside --run" in ended.last_line
    assert plans_of(sqlite_host) == []


@pytest.mark.parametrize("text", ["x", "5x", "-5", " 5", "5\n", "\uff15", "0x5", "5.0"])
def test_what_is_no_number_names_no_run(sqlite_host: DeployHost, text: str) -> None:
    """2, as for every option that cannot be understood."""
    assert sqlite_host.doctor("plan", f"--run={text}").code == 2


def test_the_variable_is_the_option(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """As with every option; a switch that is set to no is no contradiction."""
    run_id = str(sqlite_server.dispatch())
    environment = {"RSD_RUN": run_id, "RSD_WITH_COUNTER_FENCE": "false"}
    ended = sqlite_host.doctor("plan", environment=environment)
    assert (ended.code, f"by the workflow run {run_id};" in ended.out) == (0, True)


@pytest.mark.parametrize("table", ["action_run", "action_run_job", "repository", "action_runner"])
def test_trouble_with_the_database_is_a_refusal(
    sqlite_host: DeployHost, sqlite_server: AskingServer, table: str
) -> None:
    """A table that cannot be read gives no plan, and the sentence names it."""
    run_id = sqlite_server.dispatch()
    sqlite_server.world.execute(f"DROP TABLE {table}")
    refused(sqlite_host, run_id, table)


def test_a_database_that_does_not_answer_is_a_refusal(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """By the login of the check or of the approval; never "nothing to repair"."""
    run_id = sqlite_server.dispatch()
    url = sqlite_host.folder / "check.url"
    honest = url.read_text()
    url.write_text("sqlite:////nonexistent/forgejo.db\n")
    refused(sqlite_host, run_id, "No plan was made.")
    url.write_text(honest)
    with_approval(sqlite_host, "sqlite:////nonexistent/forgejo.db")
    refused(sqlite_host, run_id, "No plan was made.")


def test_a_run_of_another_database_is_refused(
    sqlite_host: DeployHost, sqlite_server: AskingServer, tmp_path: Path
) -> None:
    """Where the login of the approval leads elsewhere, its runs are another server's."""
    run_id = sqlite_server.dispatch()
    sqlite_server.world.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    with_approval(sqlite_host, f"sqlite:///{tmp_path}/copy.db")
    refused(sqlite_host, run_id, "the logins of check and approval lead to different databases")
    with_approval(sqlite_host, (sqlite_host.folder / "check.url").read_text())
    assert asked_by(sqlite_host, run_id).code == 0


def test_a_host_without_environments_has_no_runs(sqlite_server: AskingServer, private: Path) -> None:
    """There no workflow is one of the host's."""
    host = deploy_host(private, one_login(sqlite_server.address))
    refused(host, sqlite_server.dispatch(), "has no environment that it could belong to.")


def test_of_several_environments_the_runs_own_counts(sqlite_server: AskingServer, private: Path) -> None:
    """Without --environment, though the host has two: the run says which."""
    second = (
        ENVIRONMENT.replace("environments:\n", "").replace("scope-repair", "other").replace("deploy-runner", "other")
    )
    host = deploy_host(private, one_login(sqlite_server.address), more=ENVIRONMENT + second)
    ended = asked_by(host, sqlite_server.dispatch())
    assert ended.code == 0, ended.err
    assert "approval environment: deploy-runner-repair" in ended.out


def test_a_run_that_ended_gets_no_plan(sqlite_host: DeployHost, sqlite_server: AskingServer) -> None:
    """Nobody waits for it any more."""
    refused(
        sqlite_host, sqlite_server.dispatch(status=Status.SUCCESS), "is successful; only a run that waits or runs gets"
    )


@pytest.mark.parametrize("engine", SERVERS, ids=[engine.value for engine in SERVERS])
def test_the_least_rights_are_enough(
    engine: Engine, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], private: Path
) -> None:
    """With the grants of the pages a run gets its plan; without those of the approval it is refused."""
    database = fresh_database(engine)
    server: Server = request.getfixturevalue(SERVERS[engine])
    empty = EmptyServer(engine=engine, address=database.address, database=database)
    world = asking_server(empty, 15, now=int(time.time()))
    nothing_for_everyone(database)
    grants = repair_grants(engine, 15, Part.APPROVAL, Part.BACKUP, Part.REPAIR)
    check = login_with(server, database, page_grants(engine, 15))
    backup, approval = (account_with(server, database, one, grants) for one in (Account.BACKUP, Account.APPROVAL))
    host = deploy_host(private, Logins(check=check, backup=backup, repair=backup, approval=approval), more=ENVIRONMENT)
    run_id = world.dispatch()
    ended = asked_by(host, run_id)
    assert ended.code == 0, ended.out + ended.err
    with_approval(host, url_of(check))
    refused(host, world.dispatch(), "cannot be judged:")
