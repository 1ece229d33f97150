"""`check --journal`: a repaired row that is sick again is told apart from one that is sick for the first time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.world import World, users_case

REGISTER_AGAIN = "UPDATE action_runner SET owner_id = 1 WHERE id = 5"


@pytest.fixture
def world(sqlite_database: FreshDatabase) -> World:
    """The user's case on Forgejo 15."""
    found = EmptyServer(
        engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database
    ).create(15)
    users_case(found)
    return found


@pytest.fixture
def host(world: World, sqlite_database: FreshDatabase, private: Path) -> DeployHost:
    """A host on which the row was repaired a moment ago."""
    made = deploy_host(private, one_login(sqlite_database.address))
    applied(made, made.planned())
    return made


def applied(host: DeployHost, digest: str) -> str:
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    return digest


def checked(host: DeployHost, *more: str | Path, instance: str = "https://git.example.org/") -> Ended:
    """The check of the host's server with the host's journal."""
    url = (host.folder / "check.url").read_text().strip()
    return doctor("check", "--database", url, "--instance", instance, "--journal", host.state / "journal.jsonl", *more)


def codes(report: Path) -> list[str]:
    return [finding["code"] for finding in json.loads(report.read_text())["findings"]]


def test_a_repaired_row_that_is_sick_again_names_its_receipt(host: DeployHost, world: World) -> None:
    """Healthy after the repair; registered again by provisioning it is RSD022 with the digest of the repair's plan."""
    assert checked(host).code == 0
    world.execute(REGISTER_AGAIN)
    ended = checked(host)
    assert ended.code == 10
    digest = next((host.state / "receipts").iterdir()).stem
    assert "RSD022 scope-recurred (error)" in ended.out
    assert digest in ended.out
    assert "forgejo-cli actions register" in ended.out
    assert ended.last_line.startswith("UNHEALTHY: RSD001 ")
    assert "1 further finding" in ended.last_line


def test_without_a_journal_it_is_sick_as_for_the_first_time(host: DeployHost, world: World) -> None:
    """And so it is with the journal of another instance's repairs."""
    world.execute(REGISTER_AGAIN)
    url = (host.folder / "check.url").read_text().strip()
    assert "RSD022" not in doctor("check", "--database", url).out
    assert "RSD022" not in checked(host, instance="https://other.example.org/").out


def test_after_an_undo_it_has_not_recurred(host: DeployHost) -> None:
    """Who takes a repair back wants the row as it was."""
    digest = next((host.state / "receipts").iterdir()).stem
    applied(host, digest_in(host.doctor("undo", digest).out))
    ended = checked(host)
    assert ended.code == 10
    assert "RSD022" not in ended.out


def test_a_snapshot_carries_the_repairs(host: DeployHost, world: World, tmp_path: Path) -> None:
    """Judged elsewhere, without host and journal, the same is found in the same words."""
    world.execute(REGISTER_AGAIN)
    seen, here, there = tmp_path / "seen.json", tmp_path / "here.json", tmp_path / "there.json"
    checked(host, "--save-snapshot", seen, "--format", f"json={here}")
    ended = doctor("check", "--snapshot", seen, "--format", f"json={there}")
    assert ended.code == 10
    assert codes(there) == ["RSD001", "RSD022"]
    first: dict[str, Any] = json.loads(here.read_text())
    second: dict[str, Any] = json.loads(there.read_text())
    assert first["findings"] == second["findings"]


@pytest.mark.parametrize(
    ("journal", "reason"),
    [
        ("changed", "this line of the journal was changed after it was written"),
        ("folder", "it is not a regular file"),
        ("missing", "the folder of this journal is not there"),
    ],
)
def test_a_journal_that_is_not_believed_leaves_the_verdict_open(
    host: DeployHost, world: World, tmp_path: Path, journal: str, reason: str
) -> None:
    """A healthy server is inconclusive then, a sick one stays unhealthy, and both say what was not seen."""
    file = {"changed": tmp_path / "journal.jsonl", "folder": tmp_path, "missing": tmp_path / "no" / "journal.jsonl"}[
        journal
    ]
    if journal == "changed":
        file.write_bytes((host.state / "journal.jsonl").read_bytes().replace(b'"runner_id":5', b'"runner_id":6'))
    url = (host.folder / "check.url").read_text().strip()
    healthy = doctor("check", "--database", url, environment={"RSD_JOURNAL": str(file)})
    assert healthy.code == 4
    assert healthy.last_line.startswith("INCONCLUSIVE: could not see whether a repaired row is sick again. ")
    assert reason in healthy.last_line
    world.execute(REGISTER_AGAIN)
    sick = doctor("check", "--database", url, environment={"RSD_JOURNAL": str(file)})
    assert sick.code == 10
    assert "not seen: whether a repaired row is sick again, from the journal" in sick.out


def test_the_journal_is_never_written_over(host: DeployHost) -> None:
    """A report or a snapshot that would replace it is refused, and so is a journal beside a snapshot."""
    journal = host.state / "journal.jsonl"
    before = journal.read_bytes()
    assert checked(host, "--save-snapshot", journal).code == 2
    assert checked(host, "--format", f"json={journal}").code == 2
    assert doctor("check", "--snapshot", host.folder / "seen.json", "--journal", journal).code == 2
    assert journal.read_bytes() == before
