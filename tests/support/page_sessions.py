"""Runs the commands of a page, in their order and as they stand there, on a small server and host that are as the page says."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.deploy_host import REVIEWER, DeployHost, deploy_host, one_login
from support.drift import arguments_of
from support.pages import Page, Shown, blocks, shown
from support.polling_runner import polling
from support.sqlite_file import fresh_sqlite
from support.world import World, users_case

SICK, REPOSITORY = 5, 35
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(slots=True, kw_only=True)
class Scene:
    """A sick Forgejo on SQLite and its deploy host, in one folder. `digests` has the plan of this run by the page's digest."""

    folder: Path
    world: World
    database: FreshDatabase
    host: DeployHost
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def places(self) -> Mapping[str, str]:
        """What stands in a page for a path of this folder; the longer one first."""
        return {
            "/var/lib/runner-scope-doctor": f"{self.folder}/state",
            "/var/lib/forgejo/data/forgejo.db": f"{self.folder}/forgejo.db",
            "/etc/forgejo/app.ini": f"{self.folder}/app.ini",
            "/etc/runner-scope-doctor": f"{self.folder}",
        }

    def run(self, one: Shown) -> str:
        """What the command prints, with the page's paths in it. Another program than ours is run by bash."""
        command = one.command
        for of_page, real in (*self.places.items(), *self.digests.items()):
            command = command.replace(of_page, real)
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        with contextlib.chdir(work):
            printed = self._printed(command)
        for digest in _DIGEST.findall("\n".join(one.output)):
            if digest not in self.digests and (made := re.search(r"^plan ([0-9a-f]{64})$", printed, re.MULTILINE)):
                self.digests[digest] = made[1]
        for of_page, real in self.places.items():
            printed = printed.replace(real, of_page)
        return re.sub(rf"\bby {pwd.getpwuid(os.getuid()).pw_name}\b", "by root", printed)

    def _printed(self, command: str) -> str:
        arguments = arguments_of(command)
        if arguments is None:
            line = command.removeprefix("sudo ").replace(" KEY ", f" {self.host.key(REVIEWER)} ")
            subprocess.run(["bash", "-c", line], check=True, capture_output=True)
            return ""
        watched = "--watch" in arguments and "0s" not in arguments
        with polling(self.database, self.world, SICK) if watched else contextlib.nullcontext():
            done: Ended = doctor(*arguments, environment={"RSD_HOST": str(self.host.configuration)})
        return done.err + done.out  # progress is told on standard error, before what is printed at the end


@contextlib.contextmanager
def scene(folder: Path, major: int, prepared: Callable[[World], None]) -> Iterator[Scene]:
    """The user's case on that version of Forgejo, with what `prepared` adds. The folder's path is trusted."""
    folder.mkdir(mode=0o755)
    with fresh_sqlite(folder / "forgejo.db") as database:
        world = World.create(database.connection, Engine.SQLITE, major)
        users_case(world)
        world.counter(0, REPOSITORY, 7)
        prepared(world)
        assert isinstance(database.address, SqliteAddress)
        host = deploy_host(folder, one_login(database.address))
        (folder / "app.ini").write_text(
            f"[server]\nROOT_URL = https://git.example.org/\n[database]\nDB_TYPE = sqlite3\nPATH = {folder}/forgejo.db\n"
        )
        yield Scene(folder=folder, world=world, database=database, host=host)


def printed_by(page: Page, sections: set[str], where: Scene) -> dict[tuple[str, int], str]:
    """What each command in the blocks `console` of these sections prints, by page and line."""
    return {
        (page.name, one.line): where.run(one)
        for block in blocks(page)
        if block.language == "console" and block.section in sections
        for one in shown(block)
        if one.output or not one.command.startswith("scripts/")
    }


def a_healthy_runner_too(world: World) -> None:
    """Beside the sick one."""
    world.runner("shared-builder", id=6, labels=("docker",))


def waiting_jobs(world: World) -> None:
    """Two deployments wait for the sick runner, beside a healthy one; it was seen two seconds ago."""
    a_healthy_runner_too(world)
    for minutes in (192, 10):
        world.job(REPOSITORY, runs_on=("deploy",), name="deploy", updated=int(time.time()) - 60 * minutes)
    world.execute(f"UPDATE action_runner SET last_online = {int(time.time()) - 2} WHERE id = {SICK}")


def offline_since_the_upgrade(world: World) -> None:
    """As on 16: the rows are there, and the sick runner was not heard of since the upgrade."""
    waiting_jobs(world)
    world.execute(f"UPDATE action_runner SET last_online = {int(time.time()) - 5400} WHERE id = {SICK}")
