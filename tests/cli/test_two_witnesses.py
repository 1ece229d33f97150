"""Database and API looked at together, from outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.forgejo_api import SECRET
from support.loopback import Behaviour, Loopback, Received, Reply, loopback
from support.world import World

Item = dict[str, object]


@pytest.fixture
def world(sqlite_database: FreshDatabase) -> World:
    """A healthy Forgejo 15 with an instance-wide and a repository runner."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    world.user("owner", id=1)
    world.repository(1, "repo", id=35)
    world.runner("shared", id=1)
    world.runner("deploy", id=2, repo_id=35)
    return world


@pytest.fixture
def url(sqlite_database: FreshDatabase) -> str:
    assert isinstance(sqlite_database.address, SqliteAddress)
    return f"sqlite:///{sqlite_database.address.path}"


def items(world: World) -> list[Item]:
    """What Forgejo's runner list says of the rows."""
    rows = world.rows("SELECT id, uuid, owner_id, repo_id, name FROM action_runner WHERE deleted IS NULL")
    keys = ("id", "uuid", "owner_id", "repo_id", "name")
    more = {"status": "idle", "version": "v12", "labels": ["docker"], "description": "", "ephemeral": False}
    return [dict(zip(keys, row, strict=True)) | more for row in rows]


@contextmanager
def forgejo(listed: Callable[[], list[Item]], version: str = "15.0.3+gitea-1.22.0") -> Iterator[Loopback]:
    """A server whose admin list is what `listed` says at each request."""

    def answer(request: Received) -> Behaviour:
        path = request.path.partition("?")[0]
        if path.endswith("/version"):
            return Reply(body=json.dumps({"version": version}).encode(), headers={"Content-Type": "application/json"})
        if path == "/api/v1/admin/actions/runners":
            found = listed()
            headers = {"Content-Type": "application/json", "X-Total-Count": str(len(found))}
            return Reply(body=json.dumps(found).encode(), headers=headers)
        return Reply(status=404, body=b'{"message":"not found"}', headers={"Content-Type": "application/json"})

    with loopback(answer) as server:
        yield server


def check(url: str, api: str, *arguments: str, environment: dict[str, str] | None = None) -> Ended:
    return doctor(
        "check",
        "--database",
        url,
        "--api-url",
        api,
        *arguments,
        environment={"RSD_API_TOKEN": SECRET, **(environment or {})},
    )


def test_two_witnesses_that_agree_are_healthy(world: World, url: str) -> None:
    """With the same runners in both, nothing is found and the instance is the API's."""
    with forgejo(lambda: items(world)) as server:
        ended = check(url, server.url, "--format", "json")
    assert ended.code == 0, ended
    report = json.loads(ended.out)
    assert (report["findings"], report["live_runners"], report["coverage"]) == ([], 2, "all")
    assert report["server"]["instance"] == f"{server.url}/"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda found: [item | {"owner_id": 1} if item["id"] == 2 else item for item in found],
         "runner 2: owner_id is 0 in the database and 1 over the API"),
        (lambda found: [item | {"name": "other"} if item["id"] == 1 else item for item in found],
         "runner 1: name is shared in the database and other over the API"),
        (lambda found: found[:1], "runner 2: the runner is there in the database and absent over the API"),
        (lambda found: [*found, found[0] | {"id": 9}], "runner 9: the runner is absent in the database and there over"),
        (lambda found: [item | {"uuid": "0"} for item in found], "uuid is"),
    ],
)  # fmt: skip
def test_a_lasting_difference_is_a_finding(
    world: World, url: str, change: Callable[[list[Item]], list[Item]], says: str
) -> None:
    """What both looks find is RSD017, with what each of the two said; a uuid is never shown."""
    with forgejo(lambda: change(items(world))) as server:
        ended = check(url, server.url)
    assert ended.code == 10, ended
    assert "RSD017 witnesses-disagree (error)" in ended.out
    assert says in ended.out
    assert all(str(item["uuid"]) not in ended.out for item in items(world))


def test_a_difference_that_passes_is_none(world: World, url: str) -> None:
    """A runner that was registered between the two reads is no disagreement: the second look clears it."""
    answers = iter([items(world)[:1]])
    with forgejo(lambda: next(answers, items(world))) as server:
        ended = check(url, server.url)
    assert ended.code == 0, ended
    assert "RSD017" not in ended.out


def test_a_failing_source_is_inconclusive_unless_optional(world: World, url: str) -> None:
    """A configured API that fails ends with 4; declared optional it is told and the rest is judged."""
    with loopback(lambda _: Reply(status=500)) as server:
        required = check(url, server.url, "--timeout", "0.5")
        optional = check(url, server.url, "--timeout", "0.5", "--optional", "api")
        by_variable = check(url, server.url, "--timeout", "0.5", environment={"RSD_OPTIONAL": "api"})
    assert required.code == 4
    assert "INCONCLUSIVE: could not see the runners over the API." in required.last_line
    for ended in (optional, by_variable):
        assert ended.code == 0, ended
        assert "not seen, optional: the runners over the API, from the api" in ended.out
    for ended in (required, optional):
        assert SECRET not in ended.out + ended.err


def test_two_failing_optional_sources_are_not_healthy(tmp_path: Path) -> None:
    """When nothing at all was observed the result is inconclusive, whatever was declared optional."""
    with loopback(lambda _: Reply(status=500)) as server:
        ended = check(
            f"sqlite:///{tmp_path}/missing.db",
            server.url,
            "--timeout",
            "0.5",
            "--optional",
            "api",
            "--optional",
            "database",
        )
    assert ended.code == 4, ended


def test_the_api_alone_finds_the_combined_scope(world: World) -> None:
    """From 15 on the admin list shows both ids, so the API alone is enough for the disease."""
    world.runner("sick-deploy", id=5, owner_id=1, repo_id=35)
    with forgejo(lambda: items(world)) as server:
        ended = doctor("check", "--api-url", server.url, environment={"RSD_API_TOKEN": SECRET})
    assert ended.code == 10, ended
    assert "id=5 sick-deploy owner_id=1 repo_id=35 deleted=NULL" in ended.out


def test_a_server_without_a_runner_list_is_said_and_not_healthy() -> None:
    """Up to 14 there is no runner list; that is not the same as no runners."""
    gone = Reply(status=404, body=b'{"message":"404 page not found"}', headers={"Content-Type": "application/json"})

    def answer(request: Received) -> Behaviour:
        if request.path.endswith("/version"):
            return Reply(body=b'{"version":"14.0.5+gitea-1.22.0"}', headers={"Content-Type": "application/json"})
        return gone

    with loopback(answer) as server:
        ended = doctor("check", "--api-url", server.url, environment={"RSD_API_TOKEN": SECRET})
    assert ended.code == 4
    assert "14" in ended.last_line
    assert "15" in ended.last_line


def test_inside_a_job_an_admin_token_is_called_dangerous(world: World, url: str) -> None:
    """A read:admin token can register an instance-wide runner, so a job that holds one is told (RSD021)."""
    with forgejo(lambda: items(world)) as server:
        ended = check(url, server.url, environment={"FORGEJO_ACTIONS": "true"})
        outside = check(url, server.url)
    assert "RSD021 powerful-token (warning)" in ended.out
    assert "RSD021" not in outside.out
