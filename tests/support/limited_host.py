"""A sick server with accounts, and a deploy host whose logins have the grants of the pages and no other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from support.access_case import CONTRACT, Address, Server
from support.access_page import login_with, page_grants
from support.command import doctor
from support.connection import FreshDatabase
from support.database_url import url_of
from support.deploy_host import DeployHost, Logins, deploy_host
from support.repair_page import Account, Part, account_with, nothing_for_everyone, repair_grants
from support.world import World, users_case

KEPT = CONTRACT.replace("    max_wait: 15m\n", "")
"""A contract that the repaired server keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedHost:
    """`check`, `backup` and `repair` are the ways of the three logins."""

    server: Server
    database: FreshDatabase
    world: World
    host: DeployHost
    check: Address
    backup: Address
    repair: Address

    def rows(self) -> object:
        """Everything in the tables a repair could touch."""
        runners = self.world.rows("SELECT * FROM action_runner ORDER BY id")
        return runners, self.world.rows("SELECT * FROM action_tasks_version ORDER BY id")

    def scopes(self) -> list[tuple[object, ...]]:
        """Id, owner and repository of every runner."""
        return list(self.world.rows("SELECT id, owner_id, repo_id FROM action_runner ORDER BY id"))

    def log_in(self, account: Account, address: Address) -> None:
        """Lets that connection of the host lead there."""
        (self.host.folder / f"{account.value}.url").write_text(f"{url_of(address)}\n")

    def checked(self) -> int:
        """The exit code of the check, by the check's own login."""
        contract = self.host.folder / "runner-scope.yml"
        return doctor("check", "--contract", contract, environment={"RSD_DATABASE_URL": url_of(self.check)}).code


def limited_host(server: Server, database: FreshDatabase, major: int, folder: Path, *parts: Part) -> LimitedHost:
    """The user's case with a healthy runner, a token and counters beside it, in an empty database of that version."""
    world = World.create(database.connection, database.engine, major)
    users_case(world)
    world.runner("shared-builder", id=6)
    world.counter(0, 0, 40)
    world.counter(0, 35, 7)
    world.insert("action_runner_token", id=1, token="registers")
    nothing_for_everyone(database)
    grants = repair_grants(database.engine, major, *parts)
    check = login_with(server, database, page_grants(database.engine, major))
    backup = account_with(server, database, Account.BACKUP, grants)
    repair = account_with(server, database, Account.REPAIR, grants)
    host = deploy_host(folder, Logins(check=check, backup=backup, repair=repair), contract=KEPT)
    return LimitedHost(
        server=server, database=database, world=world, host=host, check=check, backup=backup, repair=repair
    )
