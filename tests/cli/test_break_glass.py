"""`apply --break-glass`: for whom, with which reason, and that it leaves out the approval and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import Any

import pytest
import yaml

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.host.invoker import invoker, login_of
from support.command import ROOT, Ended
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.processes import fresh_folder
from support.socket_service import NEEDS_ANOTHER_USER, client, package_for_everyone
from support.sqlite_file import fresh_sqlite
from support.world import World, users_case

REASON = "alone on duty, deploys are down"
ROOT_USER = os.getuid() == 0
MYSELF = invoker({}).login if ROOT_USER else login_of(os.getuid())
MINE = "" if ROOT_USER else f"break_glass: {MYSELF}\n"
"""Root needs no line in host.yml, anybody else does."""
SICK, WELL = (1, 35), (0, 35)


@pytest.fixture
def world(sqlite_database: FreshDatabase) -> World:
    """The user's case on Forgejo 15."""
    return _sick(sqlite_database)


@pytest.fixture
def host(world: World, sqlite_database: FreshDatabase, private: Path) -> DeployHost:
    """A host on which whoever runs the tests may break the glass."""
    return deploy_host(private, one_login(sqlite_database.address), more=MINE)


def _sick(database: FreshDatabase) -> World:
    made = EmptyServer(engine=database.engine, address=database.address, database=database).create(15)
    users_case(made)
    return made


def scope(world: World) -> tuple[int, int]:
    owner, repository = world.rows("SELECT owner_id, repo_id FROM action_runner WHERE id = 5")[0]
    return int(owner), int(repository)


def broken(host: DeployHost, digest: str, *more: str | Path, reason: str = REASON, **environment: str) -> Ended:
    return host.doctor("apply", digest, "--break-glass", reason, *more, environment=environment)


def started(host: DeployHost) -> list[dict[str, Any]]:
    """What the journal notes of each beginning."""
    events = [json.loads(line)["event"] for line in (host.state / "journal.jsonl").read_text().splitlines()]
    return [event for event in events if event["kind"] == "started"]


def receipt(host: DeployHost, digest: str) -> Any:  # JSON of any form
    return json.loads((host.state / "receipts" / f"{digest}.json").read_bytes())


def test_it_leaves_out_the_approval_and_nothing_else(
    any_engine_world: EmptyServer, over_tcp: DatabaseAddress, private: Path
) -> None:
    """Root, or who is named: repaired, with a proven backup; journal, receipt and `receipts show` name who and why."""
    world = any_engine_world.create(15)
    users_case(world)
    host = deploy_host(private, one_login(over_tcp), more=MINE)
    digest = host.planned()
    assert host.doctor("apply", digest).code == 5
    ended = broken(host, digest)
    assert ended.code == 0, ended.out + ended.err
    assert scope(world) == WELL
    assert ended.err.splitlines()[0] == "not approved: the glass was broken, which the check shows for 30 days"
    assert ended.err.count("approved") == 1
    assert host.journal() == ["started", "backup-proven", "updating", "committed", "done"]
    (event,) = started(host)
    assert (event["approvals"], event["broken_glass"]) == ([], {"login": MYSELF, "reason": REASON})
    kept = receipt(host, digest)
    assert (kept["approvals"], kept["broken_glass"]) == ([], {"login": MYSELF, "reason": REASON})
    shown = host.doctor("receipts", "show", digest).out
    assert f'approved by nobody: {MYSELF} broke the glass, saying "{REASON}"' in shown
    assert host.doctor("receipts", "verify").code == 0
    assert host.doctor("backups", "verify").code == 0


def test_an_undo_works_too_and_is_told_likewise(host: DeployHost, world: World) -> None:
    """The way back has the same gate, and the same way around it."""
    digest = host.planned()
    assert broken(host, digest).code == 0
    undo = digest_in(host.doctor("undo", digest).out)
    assert host.doctor("apply", undo).code == 5
    ended = broken(host, undo, reason="the repair hit the wrong runner")
    assert ended.code == 0, ended.err
    assert scope(world) == SICK
    assert receipt(host, undo)["broken_glass"]["reason"] == "the repair hit the wrong runner"
    assert [event["direction"] for event in started(host)] == ["repair", "undo"]


@pytest.mark.parametrize(
    "reason",
    [
        "", " " * 30, "too short", "  too short    ", "x" * 201, "alone on duty\ndeploys are down", "alone on duty\x1b[31m!",
        "alone on duty \u202enwod era syolped", "alone on duty\u2028down", "alone on duty\x7f",
    ],
)  # fmt: skip
def test_a_reason_that_is_none_is_wrong_usage(host: DeployHost, world: World, reason: str) -> None:
    """Missing, short, long, of several lines, with control characters or turned letters: 2, nothing noted or touched."""
    digest = host.planned()
    ended = broken(host, digest, reason=reason)
    assert ended.code == 2
    assert "reason of 10 to 200 printable characters" in ended.last_line
    assert scope(world) == SICK
    assert host.journal() == []


def test_the_page_says_how_long_a_reason_may_be(host: DeployHost) -> None:
    """docs/repair.md and the refusal name the same two numbers."""
    page = (ROOT / "docs" / "repair.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"The reason has (\d+) to (\d+) characters", page)
    assert f"reason of {said[0]} to {said[1]} printable" in broken(host, "0" * 64, reason="x").last_line


def test_the_longest_reason_is_shown_whole(host: DeployHost) -> None:
    """Every letter that was let in is in the receipt's text, blanks around it are not."""
    digest, reason = host.planned(), "ä" + "b" * 198 + "c"
    assert broken(host, digest, reason=f"  {reason} ").code == 0
    assert f'saying "{reason}"' in host.doctor("receipts", "show", digest).out


def test_a_variable_breaks_nothing(host: DeployHost, world: World) -> None:
    """RSD_BREAK_GLASS, which whoever starts the process could set unseen, is no word of the person who runs it."""
    digest = host.planned()
    ended = host.doctor("apply", digest, environment={"RSD_BREAK_GLASS": REASON})
    assert ended.code == 5
    assert "not approved" in ended.last_line
    assert host.doctor("apply", digest, "--break-glass").code == 2
    assert scope(world) == SICK
    assert host.journal() == []


def test_it_goes_with_no_approval(host: DeployHost, world: World) -> None:
    """A signature or a run beside it is wrong usage; a run that stands in a variable is not looked at."""
    digest = host.planned()
    for more in (("--signature", host.signed(digest)), ("--run", "415")):
        ended = broken(host, digest, *more)
        assert ended.code == 2
        assert "stands in the place of every approval" in ended.last_line
    assert scope(world) == SICK
    assert broken(host, digest, RSD_RUN="no number").code == 0


def test_every_other_condition_holds(host: DeployHost, world: World) -> None:
    """A row that changed since, another host's plan, and a plan that was used: refused as with an approval."""
    digest = host.planned()
    world.execute("UPDATE action_runner SET token_hash = 'another' WHERE id = 5")
    ended = broken(host, digest)
    assert ended.code == 5
    assert "registered again" in ended.last_line
    assert broken(host, "0" * 64).code == 5
    assert host.journal() == []
    fresh = host.planned()
    assert broken(host, fresh).code == 0
    world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    again = broken(host, fresh)
    assert again.code == 5
    assert "carried out already" in again.last_line
    assert scope(world) == SICK


def test_an_expired_plan_is_refused_all_the_same(world: World, sqlite_database: FreshDatabase, private: Path) -> None:
    """An emergency makes a new plan, of the row as it is now."""
    host = deploy_host(private, one_login(sqlite_database.address), more=f"{MINE}plan_valid_for: 1s\n")
    digest = host.planned()
    time.sleep(2)
    ended = broken(host, digest)
    assert ended.code == 5
    assert "The plan has expired." in ended.last_line
    assert scope(world) == SICK
    assert host.journal() == []


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHost:
    """A host in a folder that every account may enter; what belongs to whom, a test chooses."""

    host: DeployHost
    world: World
    database: Path
    package: Path

    def given_to(self, login: str) -> None:
        """The state directory, the URLs and the database's folder become that account's."""
        owned = [self.host.state, self.database.parent, *self.host.folder.glob("*.url")]
        for top in owned:
            for path in (top, *top.rglob("*")):
                os.chown(path, getpwnam(login).pw_uid, getpwnam(login).pw_gid)

    def broken_by(self, login: str, digest: str, prefix: tuple[str, ...] = ()) -> Ended:
        """That account breaks the glass, in a process of its own."""
        process = client(
            self.package, "apply", digest, "--break-glass", REASON, "--host", self.host.configuration, login=login,
            prefix=prefix,
        )  # fmt: skip
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err
        return Ended(process.returncode, out, err)


@pytest.fixture
def open_host(request: pytest.FixtureRequest) -> Iterator[OpenHost]:
    """`break_glass` names the account that the test's parameter says, or nobody at all."""
    named = getattr(request, "param", None)
    folder = fresh_folder("glass")
    for name in ("server", "etc"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
    with package_for_everyone() as package, fresh_sqlite(folder / "server" / "forgejo.db") as database:
        # the system's Python need not have it
        shutil.copytree(Path(yaml.__file__).parent, package / "yaml", ignore=shutil.ignore_patterns("__pycache__"))
        world = _sick(database)
        more = "" if named is None else f"break_glass: {named}\n"
        host = deploy_host(folder / "etc", one_login(database.address), more=more)
        yield OpenHost(host=host, world=world, database=folder / "server" / "forgejo.db", package=package)
    shutil.rmtree(folder)


@NEEDS_ANOTHER_USER
@pytest.mark.parametrize("open_host", ["nobody"], indirect=True)
def test_the_account_that_is_named_may(open_host: OpenHost) -> None:
    """Its own user id, no root; the receipt names it, whatever the file that the kernel keeps of logins was made to say."""
    digest = open_host.host.planned()
    open_host.given_to("nobody")
    # Linux lets a process that no login began write there whom it likes
    forging = ("sh", "-c", 'echo 1 2>/dev/null > /proc/self/loginuid; exec "$@"', "sh")
    ended = open_host.broken_by("nobody", digest, forging)
    assert ended.code == 0, ended.out + ended.err
    assert scope(open_host.world) == WELL
    assert receipt(open_host.host, digest)["broken_glass"] == {"login": "nobody", "reason": REASON}


@NEEDS_ANOTHER_USER
@pytest.mark.parametrize(
    ("open_host", "owner", "who"),
    [("nobody", "nobody", "root and nobody"), ("nobody", "daemon", "root and nobody"), (None, "daemon", "root alone")],
    indirect=["open_host"],
)
def test_an_account_that_is_not_named_is_refused(open_host: OpenHost, owner: str, who: str) -> None:
    """`daemon` (uid 1), a stranger or the very account of the service: 5 with the reason, and nothing is touched."""
    digest = open_host.host.planned()
    open_host.given_to(owner)
    ended = open_host.broken_by("daemon", digest)
    assert ended.code == 5
    assert ended.last_line.startswith(f"REFUSED: The glass is for {who}, by {open_host.host.configuration}, ")
    assert "this runs as the user id 1." in ended.last_line
    assert scope(open_host.world) == SICK
    assert open_host.host.journal() == []


@NEEDS_ANOTHER_USER
def test_root_goes_on_as_the_account_of_the_service(open_host: OpenHost) -> None:
    """As install-host sets a host up, state and database are the service's: root repairs, and leaves nothing of its own."""
    digest = open_host.host.planned()
    open_host.given_to("nobody")
    ended = open_host.broken_by("root", digest)
    assert ended.code == 0, ended.out + ended.err
    assert scope(open_host.world) == WELL
    assert receipt(open_host.host, digest)["broken_glass"] == {"login": invoker({}).login, "reason": REASON}
    places = (open_host.host.state, open_host.database.parent)
    owners = {path.stat().st_uid for place in places for path in (place, *place.rglob("*"))}
    assert owners == {getpwnam("nobody").pw_uid}


@NEEDS_ANOTHER_USER
def test_root_does_not_go_on_where_that_account_cannot_read_the_program(open_host: OpenHost) -> None:
    """Modules are loaded as they are needed, and a repair must not find out in its middle that they cannot be."""
    digest = open_host.host.planned()
    open_host.given_to("nobody")
    open_host.package.chmod(0o700)
    ended = open_host.broken_by("root", digest)
    assert ended.code == 5
    assert "nobody, and that account may not read this program" in ended.last_line
    assert scope(open_host.world) == SICK
    assert open_host.host.journal() == []


@NEEDS_ANOTHER_USER
@pytest.mark.parametrize("open_host", ["no-such-account"], indirect=True)
def test_a_name_that_no_account_has_lets_nobody_in(open_host: OpenHost) -> None:
    """Root alone may then, and the refusal names what stands in the file."""
    digest = open_host.host.planned()
    open_host.given_to("nobody")
    ended = open_host.broken_by("nobody", digest)
    assert ended.code == 5
    assert "The glass is for root and no-such-account" in ended.last_line
    assert open_host.broken_by("root", digest).code == 0
