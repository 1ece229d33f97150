"""A line to the database that dies in the middle of a look: what was not seen is said, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Address, Server
from support.access_page import Kind, login_with, page_grants
from support.broken_line import broken_line
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.database_url import url_of
from support.html_document import Node, document
from support.waiting_world import corner
from support.world import World

WITH_WHY = (Kind.REQUIRED, Kind.OPTIONAL, Kind.WAITING)
AFTER_THE_LOOK = 2
"""The last words of a connection, said when everything was seen: that the transaction ends, and that the connection does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A job that waits for a healthy runner, and the login that may see all of it."""

    login: Address
    job: int
    repository: int

    def run(self, *words: str | Path, cut: dict[int, int] | None = None) -> tuple[Ended, list[int]]:
        """One command over a line that breaks after so many words of a connection, and how many each one carried."""
        with broken_line(self.login.port) as line:
            line.carries |= cut or {}
            ended = doctor(*words, environment={"RSD_DATABASE_URL": url_of(replace(self.login, port=line.port))})
            return ended, [pair.asked for pair in line.pairs]


@pytest.fixture(params=list(SERVERS), ids=[engine.value for engine in SERVERS])
def staged(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> Staged:
    """On each engine that is reached over a line."""
    engine: Engine = request.param
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    at = corner(World.create(database.connection, engine, 16), "x")
    at.runner(owner_id=at.owner)
    return Staged(
        login=login_with(server, database, page_grants(engine, 16, WITH_WHY)), job=at.job(), repository=at.repository
    )


def cuts(said: int, *, every: int) -> list[int]:
    """Places in a look of so many words, from the first one to the one that asks for the last rows."""
    last = said - AFTER_THE_LOOK - 1
    return [*range(0, last, every), last]


def test_why_over_a_line_that_dies_is_inconclusive(staged: Staged) -> None:
    """Wherever it dies, from the greeting to the last question: exit code 4 and one sentence with a next step, no answer."""
    ended, (said,) = staged.run("why", "--job", str(staged.job))
    assert (ended.code, ended.last_line.split(". ")[0]) == (0, f"EXPLAINED: job {staged.job}: fitting-runner-idle")
    for cut in cuts(said, every=5):
        ended, carried = staged.run("why", "--job", str(staged.job), cut={0: cut})
        assert (ended.code, ended.out, carried) == (4, "", [cut]), (cut, ended)
        (line,) = ended.err.splitlines()
        assert line.startswith("INCONCLUSIVE: ")
        assert " could not be read: " in line
        assert line.endswith(" Next: Check host, port and that the server runs.")


def page(folder: Path) -> Node:
    """The page that a check wrote."""
    return document((folder / "report.html").read_text(encoding="utf-8"))


def test_a_picture_over_a_line_that_dies_says_that_jobs_were_not_seen(staged: Staged, tmp_path: Path) -> None:
    """The check's own look was whole, so its verdict stands; the picture, which looks once more, draws no job, says that why
    jobs wait was not seen, and nowhere that none waits."""
    words = ("check", "--format", f"text,html={tmp_path / 'report.html'}")
    whole, (_, said) = staged.run(*words)
    assert f"job {staged.job} " in page(tmp_path).with_id(f"repository-{staged.repository}").text
    for cut in cuts(said, every=10):
        (tmp_path / "report.html").unlink()
        ended, (_, carried) = staged.run(*words, cut={1: cut})
        assert carried == cut
        assert (ended.code, ended.last_line, ended.err) == (whole.code, whole.last_line, "")
        shown = page(tmp_path).with_id("picture").text
        assert "Of waiting jobs not seen: why jobs wait. " in shown
        assert " could not be read: " in shown
        assert f"job {staged.job} " not in shown


def test_a_check_over_a_line_that_dies_before_its_picture_is_inconclusive(staged: Staged, tmp_path: Path) -> None:
    """Where its own look was cut short there is no verdict, and the page says of waiting jobs that they were not seen."""
    words = ("check", "--format", f"text,html={tmp_path / 'report.html'}")
    _, (said, _) = staged.run(*words)
    ended, _ = staged.run(*words, cut={0: said // 2})
    assert ended.code == 4
    assert ended.last_line.startswith("INCONCLUSIVE: ")
    root = page(tmp_path)
    assert root.all("h1")[0].text.startswith("INCONCLUSIVE ")
    assert "\nWaiting jobs were not seen: " in root.with_id("picture").text
