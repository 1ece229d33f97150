"""`undo`, `status`, `receipts` and `backups`, from outside: the way back, where things stand, and what proves it."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.model.server import Engine
from support.command import doctor
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.world import World, users_case


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
def sqlite_host(private: Path, sqlite_database: FreshDatabase) -> DeployHost:
    """The user's case on SQLite, for what is about files alone."""
    users_case(World.create(sqlite_database.connection, Engine.SQLITE, 15))
    return deploy_host(private, one_login(sqlite_database.address))


def repaired(host: DeployHost) -> str:
    """The digest of a plan that was carried out."""
    digest = host.planned()
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    return digest


def owner_of_5(world: World) -> int:
    """`owner_id` of the user's row."""
    return int(world.rows("SELECT owner_id FROM action_runner WHERE id = 5")[0][0])


def test_a_repair_is_taken_back_by_a_plan_with_the_same_gate(host: DeployHost, world: World) -> None:
    """An undo is a plan: refused without an approval of its own, and with one the row is as it was before the repair."""
    digest = repaired(host)
    ended = host.doctor("undo", digest)
    assert ended.code == 0, ended.err
    undo = digest_in(ended.out)
    assert "owner_id    0 -> 1   <- the change" in ended.out
    refused = host.doctor("apply", undo)
    assert refused.code == 5
    assert "not approved" in refused.last_line
    assert owner_of_5(world) == 0
    done = host.doctor("apply", undo, "--signature", host.signed(undo))
    assert done.code == 0, done.err
    assert done.last_line.startswith("DONE: runner 5 has owner_id 1 again")
    assert owner_of_5(world) == 1
    assert done.last_line.endswith("To take it back: runner-scope-doctor plan")
    assert host.doctor("undo", undo).code == 5
    assert host.planned() not in (digest, undo)


def test_only_what_is_as_the_repair_left_it_is_taken_back(host: DeployHost, world: World) -> None:
    """A row somebody changed since, and a plan that was never carried out, have no way back."""
    unused = host.planned()
    assert host.doctor("undo", unused).code == 5
    assert host.doctor("undo", "5").code == 2
    digest = repaired(host)
    world.execute("UPDATE action_runner SET repo_id = 36 WHERE id = 5")
    ended = host.doctor("undo", digest)
    assert ended.code == 5
    assert "repo_id was 35 and is 36" in ended.last_line


def test_status_tells_where_everything_stands(host: DeployHost) -> None:
    """Settled with 0 before, between and after; a proposed plan is told, and open is only what was begun."""
    assert host.doctor("status").out == (
        f"SETTLED: nothing is open: there is no state directory {host.state}, which the first plan makes.\n"
    )
    digest = host.planned()
    proposed = host.doctor("status")
    assert (proposed.code, f"{digest} proposed: repair of runner 5 rs2000-deploy-host" in proposed.out) == (0, True)
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    done = host.doctor("status")
    assert done.code == 0
    assert done.out == f"{digest} repair of runner 5 rs2000-deploy-host: carried out\nSETTLED: nothing is open.\n"
    assert host.doctor("show", digest).last_line.startswith("USED: ")


def test_a_state_directory_that_others_can_write_is_not_believed(sqlite_host: DeployHost) -> None:
    """Whoever writes there can write a whole journal anew: nothing is called settled or verified, and the way out is told."""
    sqlite_host.planned()
    sqlite_host.state.chmod(0o777)
    for command in (("status",), ("receipts",), ("receipts", "verify"), ("backups",), ("backups", "verify")):
        ended = sqlite_host.doctor(*command)
        assert (ended.code, ended.out) == (3, ""), command
        assert f"chmod g-w,o-w {sqlite_host.state}" in ended.last_line


def test_a_missing_configuration_says_where_one_comes_from(tmp_path: Path) -> None:
    """The file itself is named, not a folder above it; without --host the two ways to get one are told."""
    named = doctor("status", "--host", tmp_path / "host.yml")
    assert named.code == 3
    assert named.last_line.startswith(f"REFUSED: {tmp_path}/host.yml: there is no such file")
    assert named.last_line.endswith("Next: Give the right path with --host.")
    if not Path("/etc/runner-scope-doctor/host.yml").exists():
        assert "docs/host.md" in doctor("status").last_line


def test_receipts_are_listed_shown_and_proven(host: DeployHost) -> None:
    """Each receipt, and the backup it names, is proven against the journal; a changed one is found."""
    digest = repaired(host)
    assert f"{digest} " in host.doctor("receipts").out
    shown = host.doctor("receipts", "show", digest)
    assert "approved by second-operator (Forgejo user 9): signature" in shown.out
    assert "37633331" not in shown.out
    verified = host.doctor("receipts", "verify")
    assert (verified.code, verified.last_line) == (
        0, "VERIFIED: the journal's chain, 1 receipt and the backups they name.",
    )  # fmt: skip
    file = host.state / "receipts" / f"{digest}.json"
    file.write_bytes(file.read_bytes().replace(b"second-operator", b"somebody-else00"))
    assert host.doctor("receipts", "verify").code == 10
    assert host.doctor("undo", digest).code == 3


def test_counts_that_are_lost_are_called_unknown(sqlite_host: DeployHost) -> None:
    """The process died between its commit and the receipt: the receipt of the next apply names each statement that was run,
    and says that nobody knows what the engine counted, which is neither no statement nor no row."""
    digest = sqlite_host.planned()
    command = ("apply", digest, "--signature", sqlite_host.signed(digest))
    assert sqlite_host.doctor(*command).code == 0
    assert "clear-owner: 1 row matched, 1 changed" in sqlite_host.doctor("receipts", "show", digest).out
    journal, receipt = sqlite_host.state / "journal.jsonl", sqlite_host.state / "receipts" / f"{digest}.json"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    receipt.unlink()
    assert sqlite_host.doctor(*command).code == 0
    shown = sqlite_host.doctor("receipts", "show", digest).out
    assert "  clear-owner: what the engine counted is not known\n" in shown
    assert json.loads(receipt.read_bytes())["statements"] == [
        {"purpose": "clear-owner", "matched": None, "changed": None}
    ]


@pytest.mark.parametrize("folder", ["receipts", "backups"])
def test_a_wrong_folder_is_called_what_it_is(sqlite_host: DeployHost, folder: str) -> None:
    """Gone, replaced by a link or open to others: the folder of the receipts is never called that of the backups."""
    digest = repaired(sqlite_host)
    place, aside = sqlite_host.state / folder, sqlite_host.folder / "aside"
    ask = ("receipts", "show", digest) if folder == "receipts" else ("backups", "verify")
    place.chmod(0o750)
    loose = sqlite_host.doctor(*ask)
    assert f"{place}: it has mode 0750 and must have 0700, as {folder} hold secrets." in loose.last_line
    place.chmod(0o700)
    place.rename(aside)
    place.symlink_to(aside)
    linked = sqlite_host.doctor(*ask)
    assert f"{place}: the folder of the {folder} cannot be opened: it is a symbolic link." in linked.last_line
    assert "Next: Put it back, or name the right state directory in host.yml" in linked.last_line
    proving = sqlite_host.doctor("receipts", "verify")
    assert proving.code != 0
    assert str(place) in proving.out + proving.err


def test_a_changed_journal_is_found(sqlite_host: DeployHost) -> None:
    """One changed letter in the journal ends every command that trusts it with 7."""
    digest = repaired(sqlite_host)
    journal = sqlite_host.state / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"second-operator", b"Second-operator", 1))
    for command in (("status",), ("receipts",), ("backups", "verify"), ("apply", digest), ("undo", digest)):
        ended = sqlite_host.doctor(*command)
        assert ended.code == 7, command
        assert ended.last_line.startswith("UNCERTAIN: ")


def test_backups_are_listed_verified_read_and_pruned(host: DeployHost, world: World) -> None:
    """The backup holds the row as it was; a damaged one is found; what an undo needs is never pruned."""
    repaired(host)
    (backup,) = (host.state / "backups").iterdir()
    assert backup.name in host.doctor("backups").out
    assert host.doctor("backups", "verify").code == 0
    target = host.folder / "readable.db"
    assert host.doctor("backups", "restore", backup.name, target).code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(target)) as connection:
        row = connection.execute("SELECT owner_id, repo_id, token_hash FROM action_runner WHERE id = 5").fetchone()
    assert row == (1, 35, world.rows("SELECT token_hash FROM action_runner WHERE id = 5")[0][0])
    pruned = host.doctor("backups", "prune", "--older-than", "1s")
    assert (pruned.code, backup.exists()) == (0, True)
    backup.write_bytes(backup.read_bytes().replace(b"rs2000", b"rs2001", 1))
    assert host.doctor("backups", "verify").code == 10
    assert host.doctor("receipts", "verify").code == 10


@pytest.mark.parametrize("command", ["receipts", "backups"])
def test_the_host_can_be_named_before_the_action_and_behind_it(sqlite_host: DeployHost, command: str) -> None:
    """Either place counts, without a variable, for each action; where both name one, the last one does, as for any option."""
    repaired(sqlite_host)
    right, wrong = str(sqlite_host.configuration), str(sqlite_host.folder / "gone.yml")
    for action in ("list", "verify", *(("prune",) if command == "backups" else ())):
        asked = [
            (["--host", right, action], 0),
            ([action, "--host", right], 0),
            (["--host", wrong, action, "--host", right], 0),
            (["--host", wrong, action], 3),
            ([action, "--host", wrong], 3),
            (["--host", right, action, "--host", wrong], 3),
        ]
        assert [(words, doctor(command, *words).code) for words, _ in asked] == asked
    assert doctor(command, "--host", right).code == 0


def test_older_backups_go_and_the_latest_stays(sqlite_host: DeployHost) -> None:
    """After repair, undo and repair only the last backup is needed; the others are pruned once they are old enough."""
    for _ in range(2):
        digest = repaired(sqlite_host)
        undo = digest_in(sqlite_host.doctor("undo", digest).out)
        assert sqlite_host.doctor("apply", undo, "--signature", sqlite_host.signed(undo)).code == 0
    assert len(list((sqlite_host.state / "backups").iterdir())) == 4
    assert sqlite_host.doctor("backups", "prune").out.startswith("PRUNED: 0 backups")
    time.sleep(2)
    assert sqlite_host.doctor("backups", "prune", "--older-than", "1s").code == 0
    left = {file.name for file in (sqlite_host.state / "backups").iterdir()}
    last = [
        json.loads(line)["event"].get("backup")
        for line in (sqlite_host.state / "journal.jsonl").read_text().splitlines()
    ]
    assert [name for name in last if name][-1] in left
    assert len(left) <= 2  # two made within one second may both be the latest by their names
    assert sqlite_host.doctor("receipts", "verify").code == 0
