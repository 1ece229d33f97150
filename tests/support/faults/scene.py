"""A sick server of one engine, the host that repairs it, and what can be seen of both after something went wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from runner_scope_doctor.database.address import DatabaseAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.host.state import State, state_in
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.lock import Alive, is_held
from runner_scope_doctor.journal.standing import standing
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.standing import Standing
from support.command import Ended
from support.connection import FreshDatabase
from support.database_url import url_of
from support.definitions import columns, quoted, tables
from support.deploy_host import DeployHost, Logins, deploy_host, digest_in
from support.faults.driver import Driver
from support.faults.orders import Orders
from support.world import World, users_case

MAJOR = 15
SICK, OWNER, REPOSITORY = 5, 1, 35
"""Ids of the user's case."""
PATIENCE = "5"
"""Seconds, as --timeout has them."""
Table = tuple[tuple[Any, ...], ...]


class Row(Enum):
    """What the one row is; anything else, and any other row that moved, is an error at once."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A plan that is signed, and whether it raises the counter too."""

    digest: str
    signature: Path
    fenced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`original` is everything in the database while the row is sick."""

    engine: Engine
    database: FreshDatabase
    world: World
    host: DeployHost
    logins: Logins
    driver: Driver
    plain: Approved
    fenced: Approved
    original: Mapping[str, Table]

    @property
    def state(self) -> State:
        """Where the host keeps its journal, backups and receipts."""
        return state_in(self.host.state)

    def reset(self) -> None:
        """The row is sick and the host has two approved plans that nobody used."""
        for table, rows in everything(self.world).items():
            if rows != self.original[table]:
                self._write_anew(table)
        self.forget()

    def forget(self) -> None:
        """The host's two approved plans are unused again."""
        self.state.journal.unlink(missing_ok=True)
        ours = {self.state.plans / f"{plan.digest}.json" for plan in (self.plain, self.fenced)}
        for folder in (self.state.plans, self.state.backups, self.state.receipts):
            for file in set(folder.iterdir()) - ours:
                file.unlink()

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The arguments of a command on this host."""
        return (*arguments, "--host", str(self.host.configuration))

    def doctor(self, *arguments: str) -> Ended:
        """A command on this host, by a forked process."""
        return self.driver.run(self.command(*arguments))

    def apply_arguments(self, plan: Approved, *, patience: str = PATIENCE) -> tuple[str, ...]:
        """Those of an apply of that plan."""
        return self.command("apply", plan.digest, "--signature", str(plan.signature), "--timeout", patience)

    def apply(self, plan: Approved, orders: Orders | None = None, *, patience: str = PATIENCE) -> Ended:
        """Applies the plan to the end."""
        return self.driver.run(self.apply_arguments(plan, patience=patience), orders)

    def approved(self, *arguments: str) -> Approved:
        """A plan that this command makes now, signed by the reviewer."""
        ended = self.doctor(*arguments)
        assert ended.code == 0, ended.out + ended.err
        digest = digest_in(ended.out)
        fenced = "--with-counter-fence" in arguments
        return Approved(digest=digest, signature=self.host.signed(digest), fenced=fenced)

    def standing(self, plan: Approved) -> Standing:
        """Where the plan stands by the journal, whose whole chain is verified while it is read."""
        return standing(read_journal(self.state.journal), plan.digest)

    def nobody_is_at_it(self) -> bool:
        """Whether the lock is free."""
        return is_held(self.state.lock) is Alive.NO

    def row(self, plan: Approved) -> Row:
        """What the plan's row is once nobody holds it. Fails when it is neither, or when anything else moved."""
        self._wait_for_the_lock()
        found = everything(self.world)
        if found == self.original:
            return Row.OLD
        assert found == self.repaired(plan), "the row is neither old nor new, or another one moved"
        return Row.NEW

    def everything(self) -> dict[str, Table]:
        """All rows of all tables."""
        return everything(self.world)

    def repaired(self, plan: Approved) -> dict[str, Table]:
        """Everything as it is after that plan, and that alone, was carried out."""
        changed = dict(self.original)
        changed["action_runner"] = _with(self.original["action_runner"], _is_sick, "owner_id", 0)
        if plan.fenced:
            counters = self.original["action_tasks_version"]
            highest = max(dict(row)["version"] for row in counters)
            changed["action_tasks_version"] = _with(counters, _is_repositorys, "version", highest + 1)
        return changed

    def _wait_for_the_lock(self) -> None:
        """What a killed process had sent may still be carried out; it holds the row as long as it is."""
        if self.engine is Engine.SQLITE:
            self.world.execute("BEGIN IMMEDIATE")
        else:
            self.world.execute("BEGIN")
            self.world.rows(f"SELECT id FROM action_runner WHERE id = {SICK} FOR UPDATE")
        self.world.execute("COMMIT")

    def _write_anew(self, table: str) -> None:
        self.world.execute(f"DELETE FROM {quoted(self.engine, table)}")
        for row in self.original[table]:
            self.world.insert(table, **dict(row))


def everything(world: World) -> dict[str, Table]:
    """All rows of all tables; a row is its columns' names and values."""
    return {table: _table(world, table) for table in tables(world.major)}


def _table(world: World, table: str) -> Table:
    names = columns(table, world.major)
    listed = ", ".join(quoted(world.engine, name) for name in names)
    rows = world.rows(f"SELECT {listed} FROM {quoted(world.engine, table)}")
    return tuple(sorted((tuple(zip(names, row, strict=True)) for row in rows), key=repr))


def _with(rows: Table, wanted: Any, column: str, value: int) -> Table:
    changed = (
        tuple((name, value if name == column else old) for name, old in row) if wanted(dict(row)) else row
        for row in rows
    )
    return tuple(sorted(changed, key=repr))


def _is_sick(row: dict[str, Any]) -> bool:
    return bool(row["id"] == SICK)


def _is_repositorys(row: dict[str, Any]) -> bool:
    return bool((row["owner_id"], row["repo_id"]) == (0, REPOSITORY))


def sick_world(database: FreshDatabase) -> World:
    """The user's case beside a healthy runner, a registration token and two counters."""
    world = World.create(database.connection, database.engine, MAJOR)
    users_case(world)
    world.runner("shared-builder", id=6)
    world.insert("action_runner_token", id=1, token="registers", owner_id=OWNER)
    world.counter(0, 0, 41)
    world.counter(0, REPOSITORY, 7)
    return world


@contextmanager
def scene(folder: Path, database: FreshDatabase, logins: Logins, driver: Driver) -> Iterator[Scene]:
    """Sets server and host up in an empty database and an empty folder, with both plans made and signed."""
    world = sick_world(database)
    yield scene_on(folder, database, world, logins, driver)


def scene_on(folder: Path, database: FreshDatabase, world: World, logins: Logins, driver: Driver) -> Scene:
    """A host of its own on a server that is there already."""
    host = deploy_host(folder, logins)
    write_urls(host, logins)
    nothing = Approved(digest="", signature=folder)
    bare = Scene(
        engine=database.engine, database=database, world=world, host=host, logins=logins, driver=driver,
        plain=nothing, fenced=nothing, original=everything(world),
    )  # fmt: skip
    plain, fenced = bare.approved("plan"), bare.approved("plan", "--with-counter-fence")
    return Scene(
        engine=database.engine, database=database, world=world, host=host, logins=logins, driver=driver,
        plain=plain, fenced=fenced, original=bare.original,
    )  # fmt: skip


def write_urls(host: DeployHost, logins: Logins) -> None:
    """Without TLS: PyMySQL makes a context of its own for each connection, which costs more than all the rest."""
    for purpose in ("check", "backup", "repair"):
        address: DatabaseAddress = getattr(logins, purpose)
        if not isinstance(address, SqliteAddress):
            query = "?sslmode=disable" if isinstance(address, PostgresAddress) else "?tls=false"
            (host.folder / f"{purpose}.url").write_text(f"{url_of(address, query=query)}\n")


def logins_on(address: DatabaseAddress, repair: DatabaseAddress) -> Logins:
    """Everything may be seen, and changed only what a repair needs."""
    return Logins(check=address, backup=address, repair=repair)


def emptied(folder: Path) -> Path:
    """The folder, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    return folder
