"""What the tool this product grew out of could not be merged without: each of its conditions as a test that is named after it."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runner_scope_doctor.cli.apply import run_announced
from runner_scope_doctor.cli.arguments import parser
from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.backups import listed, restored, verified
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.database_url import url_of
from support.definitions import quoted, tables
from support.deploy_host import DeployHost, deploy_host, one_login
from support.empty_server import EmptyServer
from support.world import World, users_case

MAJOR = 15
CONTRACT = "version: 1\nrunners:\n  - {name: rs2000-deploy-host, scope: {repository: platform-team/platform, id: 35}}\n"


@pytest.fixture
def world(any_engine_world: EmptyServer) -> World:
    """The user's case on Forgejo 15, on each engine, with counters and a healthy runner beside it."""
    found = any_engine_world.create(MAJOR)
    users_case(found)
    found.runner("shared-builder", id=6)
    found.counter(0, 0, 40)
    found.counter(0, 35, 7)
    found.insert("action_runner_token", id=1, token="registers")
    return found


@pytest.fixture
def host(world: World, over_tcp: DatabaseAddress, private: Path) -> DeployHost:
    """A host whose every login may do everything, so that no grant is what prevents a write."""
    return deploy_host(private, one_login(over_tcp), contract=CONTRACT)


def every_row(world: World) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables; on PostgreSQL with each row's version, which a write of the same values moves too."""
    version = "ctid, xmin, " if world.engine is Engine.POSTGRES else ""
    return {
        table: sorted(world.rows(f"SELECT {version}t.* FROM {quoted(world.engine, table)} AS t"), key=repr)
        for table in tables(MAJOR)
    }


def bytes_on_disk(address: DatabaseAddress) -> object:
    """SQLite's file by hash, inode and time of its last change, and what lies beside it; nothing for a server."""
    if not isinstance(address, SqliteAddress):
        return None
    status = address.path.stat()
    beside = sorted(file.name for file in address.path.parent.iterdir() if file.name.startswith(address.path.name))
    return hashlib.sha256(address.path.read_bytes()).hexdigest(), status.st_ino, status.st_mtime_ns, beside


def test_nothing_is_written_without_an_explicit_apply(
    host: DeployHost, world: World, over_tcp: DatabaseAddress, tmp_path: Path
) -> None:
    """No other command changes a byte of the server's, nor does an apply that lacks an approval, whatever it finds."""
    url = f"sqlite:///{over_tcp.path}" if isinstance(over_tcp, SqliteAddress) else url_of(over_tcp)
    contract = host.folder / "runner-scope.yml"
    before = every_row(world), bytes_on_disk(over_tcp)
    digest = host.planned()
    fenced = host.planned("--with-counter-fence")
    look = ("check", "--contract", contract, "--sample", "1s", "--save-snapshot", tmp_path / "snapshot.json")
    commands: tuple[tuple[object, ...], ...] = (
        (10, *look),
        (10, "check"),
        (0, "plan"),
        (0, "show", digest),
        (0, "show", host.plan_file(fenced)),
        (0, "explain", "RSD001"),
        (0, "contract", "lint", contract),
        (10, "contract", "init"),
        (0, "contract", "schema"),
        (0, "status"),
        (0, "receipts"),
        (0, "backups"),
        (5, "apply", digest),
        (0, "apply-approved"),
        (0, "host", "admins"),
        (10 if world.engine is not Engine.SQLITE else 0, "host", "self-test"),
        (0, "why"),
        (0, "completion", "bash"),
        (0, "grants", "--engine", "sqlite", "--for", "repair"),
        (2, "serve"),
        (4, "request", "check", "--socket", tmp_path / "nothing.sock"),
        (5, "apply", fenced, "--signature", host.signed(digest)),
        (5, "undo", digest),
    )
    assert {str(command) for _, command, *_ in commands} == set(commands_of(parser()))
    for code, *arguments in commands:
        ended = host.doctor(*map(str, arguments), environment={"RSD_DATABASE_URL": url})
        assert ended.code == code, (arguments, ended.out + ended.err)
        assert (every_row(world), bytes_on_disk(over_tcp)) == before, arguments
    assert host.journal() == []


def test_never_more_than_one_row(host: DeployHost, world: World) -> None:
    """With two sick rows no plan is for both, and an apply changes one column of one row of the whole database."""
    world.runner("second", id=7, owner_id=1, repo_id=35)
    refused = host.doctor("plan")
    assert refused.code == 5
    assert "2 runners have a combined scope" in refused.last_line
    before = everything_by_row(world)
    digest = host.planned("--runner", "5")
    assert host.doctor("apply", digest, "--signature", host.signed(digest)).code == 0
    after = everything_by_row(world)
    assert before.keys() == after.keys()
    changed = {key: (old, after[key]) for key, old in before.items() if old != after[key]}
    assert changed == {("action_runner", 5, "owner_id"): (1, 0)}


def everything_by_row(world: World) -> dict[tuple[str, object, str], object]:
    """Each value of each table by table, id and column; tables without an id by place."""
    found: dict[tuple[str, object, str], object] = {}
    for table in tables(MAJOR):
        cursor = world.connection.cursor()
        cursor.execute(f"SELECT * FROM {quoted(world.engine, table)}")
        names = [column[0] for column in cursor.description]
        for place, row in enumerate(cursor.fetchall()):
            values = dict(zip(names, row, strict=True))
            found |= {(table, values.get("id", place), name): value for name, value in values.items()}
        cursor.close()
    return found


MORE_ROWS = {
    Engine.SQLITE: (
        "CREATE TRIGGER more AFTER UPDATE ON action_runner BEGIN UPDATE action_tasks_version SET version = 0; END",
    ),
    Engine.MYSQL: (
        "CREATE TRIGGER more AFTER UPDATE ON action_runner FOR EACH ROW UPDATE action_tasks_version SET version = 0",
    ),
    Engine.POSTGRES: (
        "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN UPDATE action_tasks_version SET version = 0; RETURN NEW; END'",
        "CREATE TRIGGER more AFTER UPDATE ON action_runner FOR EACH ROW EXECUTE FUNCTION more()",
    ),
}
"""A trigger by which one changed row changes others."""
OTHER_SHAPE = dict.fromkeys(Engine, ("ALTER TABLE action_runner ADD COLUMN extra INTEGER",))


@pytest.mark.parametrize("statements", [MORE_ROWS, OTHER_SHAPE], ids=["trigger", "column"])
def test_never_an_unexpected_shape(host: DeployHost, world: World, statements: dict[Engine, tuple[str, ...]]) -> None:
    """A table that is not as Forgejo makes it is neither planned for nor changed, approved or not."""
    digest = host.planned()
    signature = host.signed(digest)
    for statement in statements[world.engine]:
        world.execute(statement)
    before = every_row(world)
    for arguments in (("plan",), ("apply", digest, "--signature", str(signature))):
        ended = host.doctor(*arguments)
        assert ended.code == 5, ended.out + ended.err
        assert " Next: " in ended.last_line
    assert every_row(world) == before
    assert host.journal() == []


@dataclass(slots=True, kw_only=True)
class Witness:
    """Looks at row, journal and backup at every step of an apply, over a connection of its own."""

    host: DeployHost
    world: World
    folder: Path
    owners: dict[Checkpoint, object] = field(default_factory=dict)
    saved: dict[Checkpoint, object] = field(default_factory=dict)

    def look(self, checkpoint: Checkpoint) -> None:
        self.owners[checkpoint] = self.world.rows("SELECT owner_id FROM action_runner WHERE id = 5")[0][0]
        self.saved[checkpoint] = self._owner_in_backup(checkpoint)

    def _owner_in_backup(self, checkpoint: Checkpoint) -> object:
        """The row's owner in the backup that the journal names; None while it names none."""
        journal = self.host.state / "journal.jsonl"
        lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
        events = [json.loads(line)["event"] for line in lines]
        for event in events:
            if event["kind"] == "backup-proven":
                backups = self.host.state / "backups"
                assert [one.name for one in listed(backups)] == [event["backup"]]
                verified(backups, event["backup"], sha256=event["sha256"])
                target = self.folder / f"{checkpoint.value}.sqlite3"
                restored(backups, event["backup"], target, sha256=event["sha256"])
                with closing(sqlite3.connect(target)) as store:
                    return store.execute("SELECT owner_id FROM action_runner WHERE id = 5").fetchone()[0]
        return None


def test_backup_before_update(
    host: DeployHost, world: World, private: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the transaction begins the journal names a backup that verifies and holds the sick row, and the row is sick."""
    (private / "seen").mkdir()
    witness = Witness(host=host, world=world, folder=private / "seen")
    digest = host.planned()
    monkeypatch.setenv("RSD_HOST", str(host.configuration))
    run_announced(parser().parse_args(["apply", digest, "--signature", str(host.signed(digest))]), witness.look)
    assert "DONE: " in capsys.readouterr().out
    steps = list(Checkpoint)
    assert [step for step in steps if step in witness.owners] == steps
    committed, proven = steps.index(Checkpoint.COMMITTED), steps.index(Checkpoint.BACKUP_PROVEN)
    assert proven < steps.index(Checkpoint.UPDATING) < steps.index(Checkpoint.UPDATED) < committed
    assert [int(str(witness.owners[step])) for step in steps] == [1] * committed + [0] * (len(steps) - committed)
    assert [witness.saved[step] for step in steps] == [None] * proven + [1] * (len(steps) - proven)


def commands_of(grammar: ArgumentParser) -> Iterator[str]:
    """Every command there is."""
    for action in grammar._actions:
        if isinstance(action, _SubParsersAction):
            yield from action.choices


def options_of(grammar: ArgumentParser) -> Iterator[str]:
    """Every option of a command and of the commands below it."""
    for action in grammar._actions:
        yield from action.option_strings
        if isinstance(action, _SubParsersAction):
            for command in action.choices.values():
                yield from options_of(command)


def test_there_is_no_way_to_force_it(host: DeployHost, world: World) -> None:
    """No command has an option that skips a condition, and none is heeded from the environment."""
    options = set(options_of(parser()))
    assert {"--signature", "--runner", "--contract"} <= options
    skipping = re.compile(r"force|yes|skip|unsafe|override|ignore|no-(backup|approval|verify|check)|^-f$|^-y$")
    assert [option for option in options if skipping.search(option)] == []
    digest = host.planned()
    before = every_row(world)
    assert host.doctor("apply", digest, "--force").code == 2
    assert host.doctor("apply", digest, environment={"RSD_FORCE": "1", "RSD_YES": "1", "RSD_NO_BACKUP": "1"}).code == 5
    assert every_row(world) == before
