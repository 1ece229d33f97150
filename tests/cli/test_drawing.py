"""`check --format html=…` asks the database why jobs wait, by whatever login it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.access_page import Kind, login_with, page_grants
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.database_url import url_of
from support.empty_server import EmptyServer
from support.html_document import Node, document
from support.waiting_world import Corner, corner
from support.world import World


def staged(world: World) -> tuple[Corner, int, int]:
    """A combined runner and a healthy one of the whole server; a job that only the first could take, and its runner."""
    at = corner(world, "x")
    sick = at.runner(name="deploy-host", owner_id=at.owner, repo_id=at.repository)
    world.runner("shared", labels=("docker",), owner_id=0, repo_id=0, last_online=world.now)
    return at, at.job(), sick


def checked(url: str, folder: Path) -> tuple[Ended, Node]:
    """One check and its page."""
    ended = doctor("check", "--format", f"text,html={folder / 'report.html'}", environment={"RSD_DATABASE_URL": url})
    return ended, document((folder / "report.html").read_text(encoding="utf-8"))


def url(address: DatabaseAddress) -> str:
    return f"sqlite:///{address.path}" if isinstance(address, SqliteAddress) else url_of(address)


@pytest.mark.parametrize("major", [7, 11, 15, 16])
def test_each_waiting_job_is_drawn_with_its_reason(sqlite_database: FreshDatabase, tmp_path: Path, major: int) -> None:
    """In the words of `why`, whatever the version; healthy runners, which a check alone would not read, are drawn too."""
    at, job, sick = staged(World.create(sqlite_database.connection, Engine.SQLITE, major))
    ended, root = checked(url(sqlite_database.address), tmp_path)
    assert ended.code == 10
    shown = root.with_id(f"repository-{at.repository}")
    assert f"job {job} " in shown.text
    assert "why: combined-scope (RSD001) · deploy-host would fit, " in shown.text
    assert root.with_id(f"runner-{sick}") in list(shown)
    assert "shared" in root.with_id("instance").text


def test_every_engine_tells_the_same(any_engine_world: EmptyServer, over_tcp: DatabaseAddress, tmp_path: Path) -> None:
    """The reason and every runner, read from SQLite, PostgreSQL and MariaDB."""
    at, _, _ = staged(any_engine_world.create(15))
    _, root = checked(url(over_tcp), tmp_path)
    assert "why: combined-scope (RSD001)" in root.with_id(f"repository-{at.repository}").text
    assert len(root.all("li", "runner")) == 2


@pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])
def test_a_login_of_the_check_alone_draws_without_reasons(
    engine: Engine, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase], tmp_path: Path
) -> None:
    """What `why` needs beyond the check is missing: the page says so, how many jobs wait is told all the same, and verdict
    and exit code are those of a check that draws nothing."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    at, _, _ = staged(World.create(database.connection, engine, 15))
    login = url_of(login_with(server, database, page_grants(engine, 15, (Kind.REQUIRED, Kind.OPTIONAL))))
    ended, root = checked(login, tmp_path)
    assert ended.code == 10
    assert ended.last_line == doctor("check", environment={"RSD_DATABASE_URL": login}).last_line
    assert "Of waiting jobs not seen: why jobs wait. " in root.with_id("picture").text
    assert "1 job waits" in root.with_id(f"repository-{at.repository}").text


def test_a_database_that_did_not_answer_is_not_waited_for_twice(tmp_path: Path) -> None:
    """The page says INCONCLUSIVE, and of waiting jobs that they were not seen."""
    ended, root = checked(f"sqlite:///{tmp_path / 'nothing.db'}", tmp_path)
    assert ended.code == 4
    assert root.all("h1")[0].text.startswith("INCONCLUSIVE ")
    assert "Waiting jobs were not seen" in root.with_id("picture").text
    assert "Of waiting jobs" not in root.text
