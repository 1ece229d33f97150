"""What the commands of the pages print, each of them run once for all tests of the docs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.command import ROOT
from support.deploy_host import MAKER, SECOND_REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import Terms, gate
from support.host_files import folder_of_the_operator
from support.page_sessions import (
    Scene,
    a_healthy_runner_too,
    offline_since_the_upgrade,
    printed_by,
    scene,
    waiting_jobs,
)
from support.pages import Page, blocks, every_page, shown
from support.sqlite_file import fresh_sqlite

ON_15 = {"1. Look", "3. Make the plan", "4. Have it approved", "5. Carry it out", "6. Prove it", "Nobody could look"}
BUILDER = "version: 1\nundeclared: ignore\nrunners:\n  - name: shared-builder\n    scope: instance\n"


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], str]:
    """By page and line of a command in a block of the language `console`: what it printed."""
    pages = {page.name: page for page in every_page()}
    folder = folder_of_the_operator(tmp_path_factory.mktemp("pages"))
    return {
        **_readme(pages["README.md"], folder / "readme"),
        **_runbook(pages["docs/runbook.md"], folder),
        **_repair(pages["docs/repair.md"], folder),
        **_compare(pages["docs/contract.md"], folder / "compare"),
    }


def _readme(page: Page, folder: Path) -> dict[tuple[str, int], str]:
    with scene(folder, 15, waiting_jobs) as there:
        return printed_by(page, {"Runner scope doctor"}, there)


def _runbook(page: Page, folder: Path) -> dict[tuple[str, int], str]:
    with scene(folder / "on-15", 15, waiting_jobs) as there:
        found = printed_by(page, ON_15, there)
        there.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
        found |= printed_by(page, {"It came back", "Before an upgrade to 16"}, there)
    with scene(folder / "on-16", 16, offline_since_the_upgrade) as there:
        return found | printed_by(page, {"On Forgejo 16"}, there)


def _repair(page: Page, folder: Path) -> dict[tuple[str, int], str]:
    with scene(folder / "repair", 15, a_healthy_runner_too) as there:
        found = printed_by(page, {"The way"}, there)
    noted = folder / "noted"
    noted.mkdir()
    with fresh_sqlite(noted / "forgejo.db") as database:
        assert isinstance(database.address, SqliteAddress)
        server = EmptyServer(engine=Engine.SQLITE, address=database.address, database=database)
        terms = Terms(reviewers=(MAKER, "second-operator", SECOND_REVIEWER), required=2)
        made = gate(server, one_login(database.address), noted, terms)
        digest = made.host.planned()
        run = made.dispatch(digest)
        (one,) = (one for block in blocks(page) if block.section == "By the workflow" for one in shown(block))
        digests = {one.command.split()[2]: digest, "--run 12": f"--run {run}"}
        there = Scene(folder=noted, world=made.world, database=database, host=made.host, digests=digests)
        return found | printed_by(page, {"By the workflow"}, there)


def _compare(page: Page, folder: Path) -> dict[tuple[str, int], str]:
    with scene(folder, 15, waiting_jobs) as there:
        work = folder / "work"
        work.mkdir()
        shutil.copy(ROOT / "docs" / "example" / "snapshot.json", work)
        (work / "old.yml").write_text(BUILDER, encoding="utf-8")
        (work / "runner-scope.yml").write_text(
            f"{BUILDER}{chr(10) * 5}  - name: builder\n    scope: instance\n", encoding="utf-8"
        )
        return printed_by(page, {"`contract compare`"}, there)
