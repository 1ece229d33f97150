"""`check --journal`: a repaired row that is sick again is told apart from one that is sick for the first time."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner_scope_doctor.host.invoker import invoker, login_of
from runner_scope_doctor.journal.chain import addition
from runner_scope_doctor.model.approval import BrokenGlass
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.journals import started
from support.world import World, users_case

REGISTER_AGAIN = "UPDATE action_runner SET owner_id = 1 WHERE id = 5"
GLASS = "alone on duty, deploys are down"
ME = invoker({}).login if os.getuid() == 0 else login_of(os.getuid())


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


@pytest.fixture
def glass(world: World, sqlite_database: FreshDatabase, private: Path) -> DeployHost:
    """A host on which somebody broke the glass a moment ago."""
    more = "" if os.getuid() == 0 else f"break_glass: {ME}\n"
    made = deploy_host(private, one_login(sqlite_database.address), more=more)
    assert made.doctor("apply", made.planned(), "--break-glass", GLASS).code == 0
    return made


def test_broken_glass_is_told_by_every_check(glass: DeployHost, world: World) -> None:
    """A warning that names who and why, on the healthy server, on the sick one, and when the runner is gone."""
    for statement in ("SELECT 1", REGISTER_AGAIN, "DELETE FROM action_runner WHERE id = 5"):
        world.execute(statement)
        ended = checked(glass)
        assert "RSD023 glass-broken (warning)" in ended.out
        assert f'"{GLASS}"' in ended.out
        assert f"{ME} broke the glass at " in ended.out
    assert "RSD023" not in checked(glass, instance="https://other.example.org/").out


def test_broken_glass_alone_is_unhealthy_for_who_wants_that(glass: DeployHost) -> None:
    """Exit code 0 with a warning, 10 with --fail-on warning; told without the journal it is nothing."""
    assert checked(glass).code == 0
    assert checked(glass, "--fail-on", "warning").code == 10
    url = (glass.folder / "check.url").read_text().strip()
    assert doctor("check", "--database", url, "--fail-on", "warning").code == 0


@pytest.mark.parametrize(("days", "shown"), [(29, True), (31, False)])
def test_broken_glass_is_told_for_thirty_days(glass: DeployHost, tmp_path: Path, days: int, shown: bool) -> None:
    """The look of a later day, by the time that its snapshot carries."""
    file = tmp_path / "seen.json"
    assert checked(glass, "--save-snapshot", file).code == 0
    seen = json.loads(file.read_text())
    seen["taken_at"] += days * 86400
    file.write_text(json.dumps(seen))
    ended = doctor("check", "--snapshot", file, "--fail-on", "warning")
    assert ended.code == (10 if shown else 0), ended.out
    assert ("RSD023" in ended.out) == shown


def test_hostile_words_in_a_journal_act_on_nobody(host: DeployHost, tmp_path: Path) -> None:
    """Whoever wrote the journal: no login, reason or name of it is a command of the job's log, in any format."""
    journal = tmp_path / "journal.jsonl"
    evil = "x\n::error::gone\r##[error]gone \x1b[31m\u202e"
    broken = replace(
        started(), instance="https://git.example.org/", runner_name=evil, plan=evil, approvals=(),
        broken_glass=BrokenGlass(login=evil, reason=evil),
    )  # fmt: skip
    journal.write_bytes(addition(b"", broken, at=int(time.time()), file="journal.jsonl").content)
    url = (host.folder / "check.url").read_text().strip()
    report, saved = tmp_path / "report.json", tmp_path / "seen.json"
    for environment in ({}, {"GITHUB_ACTIONS": "true"}):
        ended = doctor(
            "check", "--database", url, "--journal", journal, "--format", f"text,json={report}", "--save-snapshot", saved,
            environment=environment,
        )  # fmt: skip
        assert ended.code == 0, ended.err
        assert "RSD023" in ended.out
        for line in (ended.out + report.read_text() + saved.read_text()).split("\n"):
            ours = line.startswith(("::group::", "::endgroup::", "::warning", "::error", "::stop-commands"))
            assert "::error::gone" not in line
            assert ours or "::" not in line
            assert "##[" not in line
            assert all(character.isprintable() for character in line)


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
    assert healthy.last_line.startswith("INCONCLUSIVE: could not see whether a repaired row is sick again, or a plan")
    assert reason in healthy.last_line
    world.execute(REGISTER_AGAIN)
    sick = doctor("check", "--database", url, environment={"RSD_JOURNAL": str(file)})
    assert sick.code == 10
    assert (
        "not seen: whether a repaired row is sick again, or a plan was begun without an approval, from the journal"
        in sick.out
    )


def test_the_journal_is_never_written_over(host: DeployHost) -> None:
    """A report or a snapshot that would replace it is refused, and so is a journal beside a snapshot."""
    journal = host.state / "journal.jsonl"
    before = journal.read_bytes()
    assert checked(host, "--save-snapshot", journal).code == 2
    assert checked(host, "--format", f"json={journal}").code == 2
    assert doctor("check", "--snapshot", host.folder / "seen.json", "--journal", journal).code == 2
    assert journal.read_bytes() == before
