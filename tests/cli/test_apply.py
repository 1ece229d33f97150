"""`apply`, from outside: nothing without an approval of that very plan, exactly one row, a proven backup, a receipt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from support.deploy_host import MAKER, REVIEWER, DeployHost, deploy_host, one_login
from support.empty_server import EmptyServer
from support.world import World, users_case


@pytest.fixture
def world(any_engine_world: EmptyServer) -> World:
    """The user's case on Forgejo 15, on each engine, beside a healthy runner."""
    found = any_engine_world.create(15)
    users_case(found)
    found.runner("shared-builder", id=6)
    found.counter(0, 35, 7)
    return found


@pytest.fixture
def host(world: World, over_tcp: DatabaseAddress, private: Path) -> DeployHost:
    """A host whose every login may do everything."""
    return deploy_host(private, one_login(over_tcp))


def rows_of(world: World) -> tuple[object, object]:
    """Everything in the tables a repair could touch."""
    return world.rows("SELECT * FROM action_runner ORDER BY id"), world.rows("SELECT * FROM action_tasks_version")


def scopes(world: World) -> list[tuple[int, int, int]]:
    """Id, owner and repository of every row."""
    return [tuple(row) for row in world.rows("SELECT id, owner_id, repo_id FROM action_runner ORDER BY id")]


def test_an_approved_plan_changes_one_row_and_leaves_a_receipt(host: DeployHost, world: World) -> None:
    """Signed by another person than its maker: the row is repaired, everything else is as before, the check is healthy."""
    digest = host.planned()
    ended = host.doctor("apply", digest, "--signature", host.signed(digest))
    assert ended.code == 0, ended.out + ended.err
    assert scopes(world) == [(4, 0, 35), (5, 0, 35), (6, 0, 0)]
    assert ended.last_line.startswith(
        "DONE: runner 5 belongs to repository 35 alone. Nobody watched whether it picks up. Next: "
    )
    assert host.journal() == ["started", "backup-proven", "updating", "committed", "done"]
    receipt = json.loads((host.state / "receipts" / f"{digest}.json").read_bytes())
    assert receipt["approvals"][0]["login"] == REVIEWER
    assert receipt["verification"]["gone"] == ["RSD001"]
    assert receipt["verification"]["new"] == []
    assert [(one["matched"], one["changed"]) for one in receipt["statements"]] == [(1, 1)]
    assert (host.state / "backups" / receipt["backup"]).stat().st_mode & 0o777 == 0o600
    assert host.doctor("plan").out.startswith("NOTHING TO REPAIR")


def test_without_an_approval_nothing_is_written(host: DeployHost, world: World) -> None:
    """No signature, one of the maker's, one of another plan, one for another purpose: refused, nothing touched or noted."""
    before = rows_of(world)
    digest = host.planned()
    other = host.planned("--with-counter-fence")
    wrong = {
        "no signature": (),
        "made the plan": ("--signature", host.signed(digest, MAKER)),
        "not of this plan": ("--signature", host.signed(other)),
        "namespace": ("--signature", host.signed(digest, namespace="file")),
    }
    for reason, arguments in wrong.items():
        ended = host.doctor("apply", digest, *arguments)
        assert ended.code == 5, reason
        assert ended.last_line.startswith("REFUSED: The plan is not approved."), ended.last_line
    assert rows_of(world) == before
    assert host.journal() == []
    assert list((host.state / "backups").iterdir()) == []


def test_a_plan_that_this_host_did_not_make_is_refused(host: DeployHost, world: World, tmp_path: Path) -> None:
    """A plan written by hand could name another maker, so that its maker may sign it: only stored plans are carried out."""
    before = rows_of(world)
    digest = host.planned()
    content = host.plan_file(digest).read_bytes()
    forged = tmp_path / "forged.json"
    forged.write_bytes(content.replace(b'"maker":{"forgejo_id":7', b'"maker":{"forgejo_id":9'))
    ended = host.doctor("apply", forged, "--signature", host.signature_of(forged, MAKER))
    assert ended.code == 5
    assert "was not made on this host" in ended.last_line
    assert host.doctor("apply", "0" * 64).code == 5
    assert rows_of(world) == before
    copy = tmp_path / "copy.json"
    copy.write_bytes(content)
    assert host.doctor("apply", copy, "--signature", host.signature_of(copy)).code == 0


def test_the_same_plan_again_is_done_once(host: DeployHost, world: World) -> None:
    """The same signature is told of the receipt and ends with 0; another person's is refused; nothing is written again."""
    digest = host.planned()
    signature = host.signed(digest)
    assert host.doctor("apply", digest, "--signature", signature).code == 0
    world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    again = host.doctor("apply", digest, "--signature", signature)
    assert again.code == 0
    assert again.last_line.startswith("ALREADY DONE: runner 5 was repaired, and belonged to repository 35 alone at ")
    refused = host.doctor("apply", digest, "--signature", host.signed(digest, "third-operator"))
    assert refused.code == 5
    assert "carried out already" in refused.last_line
    assert scopes(world)[1] == (5, 1, 35)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM action_runner WHERE id = 5", "is gone"),
        ("UPDATE action_runner SET deleted = 1778752131 WHERE id = 5", "is gone or was deleted"),
        ("UPDATE action_runner SET owner_id = 0 WHERE id = 5", "repaired already"),
        ("UPDATE action_runner SET owner_id = 0, repo_id = 0 WHERE id = 5", "owner_id was 1 and is 0"),
        ("UPDATE action_runner SET repo_id = 36 WHERE id = 5", "repo_id was 35 and is 36"),
        ("UPDATE action_runner SET name = 'renamed' WHERE id = 5", "name was rs2000-deploy-host and is renamed"),
        (
            "UPDATE action_runner SET uuid = '37633331-3539-3165-3862-363732323561' WHERE id = 5",
            "its uuid is another one",
        ),
        ("UPDATE action_runner SET token_hash = 'another' WHERE id = 5", "registered again"),
    ],
)
def test_a_row_that_changed_since_is_refused(host: DeployHost, world: World, statement: str, reason: str) -> None:
    """Changed, deleted, renamed, registered again or moved between plan and apply: 5, each with its own sentence."""
    digest = host.planned()
    signature = host.signed(digest)
    world.execute(statement)
    before = rows_of(world)
    ended = host.doctor("apply", digest, "--signature", signature)
    assert ended.code == 5, ended.out + ended.err
    assert reason in ended.last_line
    assert rows_of(world) == before
    assert host.journal() == []


def test_what_moves_by_itself_does_not_matter(host: DeployHost, world: World) -> None:
    """Heartbeats, labels and versions are written all the time; the plan stays usable."""
    digest = host.planned()
    world.execute(
        "UPDATE action_runner SET last_online = last_online + 9, last_active = 5, updated = updated + 9, version = 'v13', "
        'agent_labels = \'["deploy","more"]\' WHERE id = 5'
    )
    world.runner("new-one")
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    assert world.rows("SELECT last_active, version FROM action_runner WHERE id = 5")[0] == (5, "v13")


def test_the_fence_raises_one_counter(host: DeployHost, world: World) -> None:
    """With the fence the repository's counter stands above every other, and no other counter moved."""
    world.counter(0, 0, 40)
    digest = host.planned("--with-counter-fence")
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    found = world.rows("SELECT repo_id, version FROM action_tasks_version ORDER BY repo_id")
    assert [tuple(row) for row in found] == [(0, 40), (35, 41)]
