"""`plan` and `show`, from outside: what is written down, who may make it, what is refused, and that nothing changes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.model.server import Engine
from support.command import doctor
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.host_files import GIVES_AWAY, SOMEBODY
from support.world import World, users_case

UUID_OF_RUNNER_5 = "7d3c0c5e-1f4a-4b6e-9a51-000000000002"


@pytest.fixture
def world(any_engine_world: EmptyServer) -> World:
    """The user's case on Forgejo 15, on each engine."""
    found = any_engine_world.create(15)
    users_case(found)
    return found


@pytest.fixture
def host(world: World, over_tcp: DatabaseAddress, private: Path) -> DeployHost:
    """A host whose every login may do everything."""
    return deploy_host(private, one_login(over_tcp))


@pytest.fixture
def sqlite_host(private: Path, sqlite_database: FreshDatabase) -> tuple[World, DeployHost]:
    """The user's case on SQLite, for what is the same on every engine."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    users_case(world)
    return world, deploy_host(private, one_login(sqlite_database.address))


def rows_of(world: World) -> object:
    """Everything in the tables a repair could touch."""
    return world.rows("SELECT * FROM action_runner ORDER BY id"), world.rows("SELECT * FROM action_tasks_version")


def test_the_users_row_is_planned_for(host: DeployHost, world: World) -> None:
    """The plan names row, change, guard and digest, is stored under its digest for its owner alone, and nothing changed."""
    before = rows_of(world)
    ended = host.doctor("plan")
    assert ended.code == 0, ended.err
    digest = digest_in(ended.out)
    content = host.plan_file(digest).read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest
    assert host.plan_file(digest).stat().st_mode & 0o777 == 0o600
    plan = json.loads(content)
    assert (plan["before"]["id"], plan["before"]["owner_id"], plan["after"]["owner_id"]) == (5, 1, 0)
    assert plan["before"]["uuid"] == UUID_OF_RUNNER_5
    assert plan["maker"]["forgejo_id"] == 7
    assert plan["expires"] - plan["created"] == 24 * 3600
    assert len(plan["before"]["token_hash"]) == 64
    assert plan["before"]["token_hash"] != f"{2:064x}"
    assert UUID_OF_RUNNER_5 not in ended.out
    assert ended.last_line.startswith("PROPOSED: nothing was changed. Next: let another person read and approve")
    assert rows_of(world) == before
    assert host.journal() == []


def test_the_same_plan_is_returned_and_not_made_twice(host: DeployHost, world: World) -> None:
    """While an unexpired identical plan lies there it is shown again; another one is made once the row is another."""
    first = host.planned()
    assert host.planned() == first
    world.execute("UPDATE action_runner SET last_online = last_online + 100, version = 'v13' WHERE id = 5")
    assert host.planned() == first
    world.execute("UPDATE action_runner SET name = 'renamed' WHERE id = 5")
    assert host.planned() != first
    assert len(list((host.state / "plans").iterdir())) == 2


def test_with_nothing_to_repair_it_says_so(host: DeployHost, world: World) -> None:
    """A healthy server ends with 0, a sentence, and no plan."""
    world.execute("UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    ended = host.doctor("plan")
    assert (ended.code, ended.out) == (
        0, "NOTHING TO REPAIR: no live runner has a combined scope. Nothing was written.\n",
    )  # fmt: skip
    assert list((host.state / "plans").iterdir()) == []


def test_several_rows_want_a_name(sqlite_host: tuple[World, DeployHost]) -> None:
    """With two combined rows none is chosen silently; --runner chooses."""
    world, host = sqlite_host
    second = world.runner("builder", owner_id=1, repo_id=35)
    ended = host.doctor("plan")
    assert ended.code == 5
    assert "2 runners have a combined scope" in ended.last_line
    assert "--runner ID" in ended.last_line
    digest = host.planned("--runner", str(second))
    assert json.loads(host.plan_file(digest).read_bytes())["before"]["id"] == second
    assert host.doctor("plan", "--runner", "6x").code == 2
    assert host.doctor("plan", "--runner", "4").code == 5


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM repository", "does not exist"),
        ("UPDATE action_runner SET owner_id = -1 WHERE id = 5", "not a positive number"),
        ("ALTER TABLE action_runner ADD COLUMN extra TEXT", "extra"),
        ("CREATE TRIGGER more AFTER UPDATE ON action_runner BEGIN DELETE FROM repository; END", "trigger more"),
        ("UPDATE forgejo_sem_ver SET version = '17.0.0+gitea-1.22.0'", "version"),
    ],
)
def test_another_shape_is_refused(sqlite_host: tuple[World, DeployHost], statement: str, reason: str) -> None:
    """An unknown row, table or version gets no plan: 5, the reason, and a way out."""
    world, host = sqlite_host
    world.execute(statement)
    ended = host.doctor("plan")
    assert ended.code == 5, ended.out + ended.err
    assert ended.last_line.startswith("REFUSED: ")
    assert reason in ended.last_line
    assert " Next: " in ended.last_line
    assert list((host.state / "plans").iterdir()) == []


def test_a_gitea_database_is_refused(sqlite_host: tuple[World, DeployHost]) -> None:
    """A combined row of Gitea is not ours to repair: Gitea 1.24 does so itself."""
    world, host = sqlite_host
    for table in ("forgejo_sem_ver", "forgejo_version", "forgejo_migration"):
        world.execute(f"DROP TABLE {table}")
    ended = host.doctor("plan")
    assert ended.code == 5
    assert "Gitea" in ended.last_line


def test_the_fence_is_added_only_when_asked_for(host: DeployHost, world: World) -> None:
    """The second statement is part of the digest and visible, and wants a counter that is there."""
    without = host.planned()
    refused = host.doctor("plan", "--with-counter-fence")
    assert refused.code == 5
    assert "no work counter" in refused.last_line
    world.counter(0, 35, 7)
    ended = host.doctor("plan", "--with-counter-fence")
    assert ended.code == 0, ended.err
    assert digest_in(ended.out) != without
    assert "UPDATE action_tasks_version SET version" in ended.out
    assert "UPDATE (version) on action_tasks_version" in ended.out
    assert "action_tasks_version" not in host.doctor("show", without).out


def test_the_database_that_cannot_be_reached_is_no_healthy_one(sqlite_host: tuple[World, DeployHost]) -> None:
    """Could not look is 4, never "nothing to repair"."""
    _, host = sqlite_host
    (host.folder / "check.url").write_text("sqlite:////nonexistent/forgejo.db\n")
    ended = host.doctor("plan")
    assert ended.code == 4
    assert ended.last_line.startswith("INCONCLUSIVE: ")


def test_two_logins_of_two_databases_are_refused(sqlite_host: tuple[World, DeployHost], tmp_path: Path) -> None:
    """A check of one database and a backup of another would prove nothing."""
    world, host = sqlite_host
    world.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    (host.folder / "backup.url").write_text(f"sqlite:///{tmp_path}/copy.db\n")
    ended = host.doctor("plan")
    assert ended.code == 5
    assert "different databases" in ended.last_line


@GIVES_AWAY
def test_an_unmapped_maker_is_refused_while_self_review_is_prevented(sqlite_host: tuple[World, DeployHost]) -> None:
    """Root through sudo stands for the login that asked for it; who is mapped to nobody makes no plan, unless anyone may
    approve their own."""
    _, host = sqlite_host
    somebody = {"SUDO_UID": str(SOMEBODY)}
    ended = host.doctor("plan", environment=somebody)
    assert ended.code == 5
    assert "maps the login nobody to nobody" in ended.last_line
    host.configuration.write_text(host.configuration.read_text() + "prevent_self_review: false\n")
    assert host.doctor("plan", environment=somebody).code == 0


@GIVES_AWAY
def test_a_person_cannot_pass_for_a_timer(sqlite_host: tuple[World, DeployHost]) -> None:
    """--unattended names no person, so that nobody is kept from approving: it is refused to whoever is logged in."""
    _, host = sqlite_host
    digest = host.planned("--unattended")
    assert json.loads(host.plan_file(digest).read_bytes())["maker"]["forgejo_id"] is None
    assert "by no person" in host.doctor("show", digest).out
    ended = host.doctor("plan", "--unattended", environment={"SUDO_UID": str(SOMEBODY)})
    assert ended.code == 5
    assert "is logged in" in ended.last_line


def test_a_loose_configuration_is_refused(sqlite_host: tuple[World, DeployHost]) -> None:
    """host.yml or a URL file that its group may write is named, and nothing is believed."""
    _, host = sqlite_host
    for file in (host.folder / "check.url", host.configuration):
        file.chmod(0o664)
        ended = host.doctor("plan")
        assert ended.code == 3
        assert f"{file}: it may be written by its group (mode 0664)." in ended.last_line
        file.chmod(0o600)


@pytest.mark.parametrize("column", ["uuid = NULL", "uuid = x'00ff'"])
def test_a_row_of_values_that_no_forgejo_writes_is_refused(sqlite_host: tuple[World, DeployHost], column: str) -> None:
    """SQLite keeps any type in any column; such a row is an unknown shape, and not something that was not seen."""
    world, host = sqlite_host
    world.execute(f"UPDATE action_runner SET {column} WHERE id = 5")
    ended = host.doctor("plan")
    assert ended.code == 5
    assert "Runner 5 holds values of types that Forgejo never writes." in ended.last_line


def test_showing_works_from_a_file_and_by_digest(sqlite_host: tuple[World, DeployHost], tmp_path: Path) -> None:
    """A reviewer reads a copy of the plan on a machine without any configuration; the host knows more."""
    _, host = sqlite_host
    digest = host.planned()
    copy = tmp_path / "plan.json"
    copy.write_bytes(host.plan_file(digest).read_bytes())
    away = doctor("show", copy)
    assert away.code == 0
    assert f"plan {digest}\n" in away.out
    assert "whether it was used is not known here" in away.last_line
    here = host.doctor("show", digest)
    assert "owner_id    1 -> 0   <- the change" in here.out
    assert UUID_OF_RUNNER_5 not in here.out
    assert f"ssh-keygen -Y sign -f KEY -n runner-scope-doctor-plan {host.plan_file(digest)}" in here.out
    assert here.last_line.startswith("PROPOSED: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b'"owner_id":0', b'"owner_id":2'),
        lambda content: content + b" ",
        lambda content: content.replace(b"{", b'{"x":1,', 1),
        lambda content: content.replace(b'"schema_version":1', b'"schema_version":2'),
        lambda content: content.replace(b'"created":', b'"created":1' + b"0" * 400),
        lambda content: content * 2,
        lambda content: b"\x00" * (1 << 20),
    ],
)
def test_an_edited_plan_is_refused(sqlite_host: tuple[World, DeployHost], change: object) -> None:
    """A stored plan that was changed is not that plan any more: 3, a sentence, never a traceback."""
    _, host = sqlite_host
    digest = host.planned()
    file = host.plan_file(digest)
    assert callable(change)
    file.write_bytes(change(file.read_bytes()))
    ended = host.doctor("show", digest)
    assert ended.code == 3
    assert ended.last_line.startswith("REFUSED: ")


def test_a_plan_file_swapped_for_a_link_is_refused(sqlite_host: tuple[World, DeployHost]) -> None:
    """What a link leads to is not what was stored."""
    _, host = sqlite_host
    digest = host.planned()
    file = host.plan_file(digest)
    os.rename(file, host.folder / "elsewhere.json")
    file.symlink_to(host.folder / "elsewhere.json")
    ended = host.doctor("show", digest)
    assert ended.code == 3
    assert "symbolic link" in ended.last_line
