"""Backups are listed, verified and pruned, and a person can get the rows back."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.model.errors import RepairFailed, RepairRefused
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.backup import WrittenBackup
from runner_scope_doctor.repair.backups import ListedBackup, listed, pruned, restored, verified, withdraw
from support.backups import CREATED, PLAN, backed_up, forged, names_in
from support.command import ROOT
from support.connection import FreshDatabase, run
from support.scale import many_runners
from support.world import World

DAY = 86_400


@pytest.fixture
def three(server: FreshDatabase, folder: Path) -> tuple[str, ...]:
    """The names of three backups, a day apart, the oldest first."""
    return tuple(backed_up(server.address, folder, now=CREATED + days * DAY).backup.name for days in range(3))


def test_an_empty_folder_has_none(folder: Path) -> None:
    """Nothing is listed where nothing is."""
    assert listed(folder) == ()
    assert pruned(folder, keep=(), created_before=CREATED) == ()


def test_they_are_listed_by_their_names(server: FreshDatabase, folder: Path) -> None:
    """Time and plan of a backup are in its name; the oldest comes first, whichever was written first."""
    second = backed_up(server.address, folder, now=CREATED + DAY, plan="f" * 64)
    first = backed_up(server.address, folder)
    (folder / "notes.txt").touch()
    (folder / f".{first.backup.name}.partial").touch()
    assert listed(folder) == (
        ListedBackup(name=first.backup.name, created=CREATED, plan=PLAN[:12], bytes=first.backup.bytes),
        ListedBackup(name=second.backup.name, created=CREATED + DAY, plan="f" * 12, bytes=second.backup.bytes),
    )


def test_a_loose_backup_is_named(three: tuple[str, ...], folder: Path) -> None:
    """A backup that others could read, or that is a link, is not listed as if nothing were."""
    (folder / three[1]).chmod(0o644)
    with pytest.raises(RepairRefused, match=f"{three[1]}: it has mode 0644"):
        listed(folder)
    (folder / three[1]).unlink()
    (folder / three[1]).symlink_to(folder / three[0])
    with pytest.raises(RepairRefused, match="not a regular file"):
        listed(folder)


def test_a_whole_backup_is_verified(server: FreshDatabase, folder: Path) -> None:
    """What is read back long afterwards is what the writer remembered."""
    written = backed_up(server.address, folder)
    assert verified(folder, written.backup.name, sha256=None) == written.backup
    assert verified(folder, written.backup.name, sha256=written.backup.sha256) == written.backup


def test_a_damaged_backup_is_not(server: FreshDatabase, folder: Path) -> None:
    """The file, line and damage are named."""
    name = backed_up(server.address, folder).backup.name
    file = folder / name
    file.write_bytes(file.read_bytes().replace(b"deploy-host", b"deploy-hosT", 1))
    with pytest.raises(RepairFailed) as caught:
        verified(folder, name, sha256=None)
    assert caught.value.problem == (
        f"{file}:6: the backup is damaged: action_runner.name gives other values than its hash is of."
    )


def test_a_forged_backup_needs_the_hash_of_the_journal(server: FreshDatabase, folder: Path) -> None:
    """A file that was written anew as a whole agrees with itself; only the hash kept elsewhere tells."""
    written = backed_up(server.address, folder)
    forged(folder / written.backup.name, lambda records: records.remove(records[3]))
    assert verified(folder, written.backup.name, sha256=None).tables[0].rows == 2
    with pytest.raises(RepairFailed, match="another one than was proven"):
        verified(folder, written.backup.name, sha256=written.backup.sha256)


@pytest.mark.parametrize("name", ["", ".", "..", "../../etc/passwd", "notes.txt", "x/y", "\x00", "a" * 300])
def test_what_is_no_name_of_a_backup_is_refused(folder: Path, name: str) -> None:
    """No other file is ever opened, whatever a caller names."""
    with pytest.raises(RepairFailed, match="not the name of a backup"):
        verified(folder, name, sha256=None)
    with pytest.raises(RepairFailed, match="not the name of a backup"):
        restored(folder, name, folder.parent / "target", sha256=None)
    assert not (folder.parent / "target").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\n", "Expecting value"),
        (b"5\n", "neither a row nor a record"),
        (b"[" * 100_000 + b"\n", "nested too deep"),
        (b"[" + b"9" * 5_000 + b"]\n", "integer string conversion"),
        (b"[1.5]\n", "holds the number 1.5"),
        (b"[NaN]\n", "holds the number NaN"),
        (b'{"kind":"table","kind":"table"}\n', "a key twice"),
        (b'{"kind":"backup","format":2}\n', "of format 2, and this program reads format 1"),
        (b'{"kind":"backup","format":1}\n', "no header"),
        (b'{"kind":"magic"}\n', "no record of a backup"),
        (b'{"kind":"table","name":"action_x; DROP","definition":"","columns":[]}\n', "does not begin with a header"),
        ("[é]\n".encode(), "can't decode byte"),
        (b"\xff\xfe\n", "can't decode byte"),
    ],
)
def test_a_hostile_file_is_a_sentence(server: FreshDatabase, folder: Path, line: bytes, said: str) -> None:
    """Whatever a file with the name of a backup holds, no traceback comes of it."""
    name = backed_up(server.address, folder).backup.name
    (folder / name).write_bytes(line)
    with pytest.raises(RepairFailed) as caught:
        verified(folder, name, sha256=None)
    assert said in caught.value.problem
    assert f"{name}:1: the backup is damaged:" in caught.value.problem


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name":"action_runner",', b'"name":"action_runner\\" (x); --",'),
        (b'"name":"action_runner",', b'"name":"user",'),
        (b'{"name":"uuid",', b'{"name":"uu\\"id",'),
        (b'{"name":"uuid",', b'{"name":"id",'),
        (b'{"name":"uuid",', b'{"name":"row number",'),
    ],
)
def test_a_hostile_name_gets_into_no_statement(server: FreshDatabase, folder: Path, old: bytes, new: bytes) -> None:
    """Names of tables and columns in a file are not believed either."""
    name = backed_up(server.address, folder).backup.name
    file = folder / name
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    with pytest.raises(RepairFailed, match=r"names a table or column as no backup does|a column twice"):
        verified(folder, name, sha256=None)


def with_end(lines: list[bytes], *, tables: int) -> bytes:
    """The lines with an end whose hash is right."""
    body = b"".join(lines)
    digest = hashlib.sha256(body).hexdigest().encode()
    return body + b'{"kind":"end of backup","tables":%d,"sha256":"%s"}\n' % (tables, digest)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: with_end(lines, tables=2), "it says 2 tables and has 3"),
        (lambda lines: with_end([*lines, *lines[1:]], tables=6), "it has a table twice"),
        (lambda lines: with_end([*lines, b"[1]\n"], tables=3), "there is something else than a table"),
        (lambda lines: with_end([*lines[:2], b"[1]\n", *lines[2:]], tables=3), "it has 1 values for 18 columns"),
        (lambda lines: with_end([*lines[:5], lines[1], *lines[5:]], tables=3), "the rows of a table do not end"),
        (
            lambda lines: with_end([*lines[:5], re.sub(rb',"[0-9a-f]{64}"]', b"]", lines[5]), *lines[6:]], tables=3),
            "action_runner has 18 columns and 17 hashes",
        ),
        (
            lambda lines: with_end(lines, tables=3).replace(b'"forgejo":"15.0.3"', b'"forgejo":"15.0.4"'),
            "the hash of all lines before is another one",
        ),
    ],
    ids=["tables", "twice", "stray", "values", "no-tail", "hashes", "header"],
)
def test_a_file_that_does_not_agree_with_itself(
    server: FreshDatabase, folder: Path, change: Callable[[list[bytes]], bytes], said: str
) -> None:
    """Each count and hash in the file is looked at by itself, whether or not the others are right."""
    name = backed_up(server.address, folder).backup.name
    lines = (folder / name).read_bytes().splitlines(keepends=True)[:-1]
    (folder / name).write_bytes(with_end(lines, tables=3))
    verified(folder, name, sha256=None)
    (folder / name).write_bytes(change(lines))
    with pytest.raises(RepairFailed) as caught:
        verified(folder, name, sha256=None)
    assert said in caught.value.problem


def test_pruning_keeps_the_latest_and_what_is_needed(three: tuple[str, ...], folder: Path) -> None:
    """Old backups go, never the latest, never one an undo needs, never one that is not old."""
    assert pruned(folder, keep=(), created_before=CREATED) == ()
    assert pruned(folder, keep={three[0]}, created_before=CREATED + 10 * DAY) == (three[1],)
    assert names_in(folder) == sorted([three[0], three[2]])
    assert pruned(folder, keep=(), created_before=CREATED + 10 * DAY) == (three[0],)
    assert pruned(folder, keep=(), created_before=CREATED + 10 * DAY) == ()
    assert names_in(folder) == [three[2]]


def test_pruning_touches_nothing_else(three: tuple[str, ...], folder: Path) -> None:
    """A file of a person's own stays; what a killed process left unfinished goes."""
    (folder / "notes.txt").touch()
    left = sorted([f".{three[0]}.partial", ".0011223344556677.scratch"])
    for name in left:
        (folder / name).touch()
    assert list(pruned(folder, keep=(), created_before=0)) == left
    assert names_in(folder) == sorted([*three, "notes.txt"])


def test_only_the_very_file_that_was_written_is_withdrawn(server: FreshDatabase, folder: Path) -> None:
    """An attempt takes away what it wrote and nothing else: not one that was altered, an equal copy, a link, or another's."""
    other, mine = backed_up(server.address, folder), backed_up(server.address, folder)
    file = folder / mine.backup.name
    content, aside = file.read_bytes(), folder / "aside"
    file.write_bytes(content.replace(b"deploy-host", b"deploy-hosT", 1))
    withdraw(folder, mine)
    file.write_bytes(content)
    file.rename(aside)
    file.write_bytes(content)
    file.chmod(0o600)
    withdraw(folder, mine)
    assert file.read_bytes() == content
    aside.rename(file)
    os.link(file, aside)
    with pytest.raises(RepairRefused, match="2 names"):
        withdraw(folder, mine)
    aside.unlink()
    withdraw(folder, mine)
    assert names_in(folder) == [other.backup.name]
    with pytest.raises(RepairFailed, match="cannot be opened"):
        withdraw(folder, mine)


def test_a_killed_writer_leaves_nothing_that_looks_like_a_backup(server: FreshDatabase, folder: Path) -> None:
    """`kill -9` in the middle of writing: no backup is listed, and pruning removes the piece."""
    program = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from support.backups import backed_up\n"
        "from runner_scope_doctor.database.address import SqliteAddress\n"
        "sync = os.fsync\n"
        "def stopped(descriptor):\n"
        "    print('written', flush=True); time.sleep(60)\n"
        "os.fsync = stopped\n"
        "backed_up(SqliteAddress(path=Path(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    path = run(server.connection, "PRAGMA database_list")[0][2]
    with subprocess.Popen(
        [sys.executable, "-c", program, path, str(folder)],
        env={"PYTHONPATH": f"{ROOT / 'action'}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.send_signal(signal.SIGKILL)
    (piece,) = names_in(folder)
    assert piece.endswith(".jsonl.partial")
    assert listed(folder) == ()
    assert pruned(folder, keep=(), created_before=0) == (piece,)


def test_the_rows_can_be_had_back(server: FreshDatabase, folder: Path, tmp_path: Path) -> None:
    """A restored file is plain SQLite with the rows as they were, private, and says how the tables were made."""
    run(server.connection, "UPDATE action_runner SET name = CAST(x'62ff' AS TEXT), description = x'00' WHERE id = 2")
    written = backed_up(server.address, folder)
    target = tmp_path / "restored.db"
    assert restored(folder, written.backup.name, target, sha256=written.backup.sha256) == written.backup
    assert stat.S_IMODE(target.lstat().st_mode) == 0o600
    assert names_in(folder) == [written.backup.name]
    connection = sqlite3.connect(target)
    connection.text_factory = bytes
    try:
        columns = "id, uuid, name, owner_id, repo_id, description, token_hash, last_online, deleted"
        rows = connection.execute(f"SELECT {columns} FROM action_runner ORDER BY id").fetchall()
        definition = connection.execute('SELECT definition FROM "saved tables" ORDER BY "table"').fetchall()[0][0]
        assert connection.execute("PRAGMA integrity_check").fetchone() == (b"ok",)
    finally:
        connection.close()
    source = sqlite3.connect(run(server.connection, "PRAGMA database_list")[0][2])
    source.text_factory = bytes
    try:
        assert rows == source.execute(f"SELECT {columns} FROM action_runner ORDER BY id").fetchall()
    finally:
        source.close()
    assert definition.startswith(b"CREATE TABLE `action_runner`")


def test_nothing_is_replaced_by_restoring(server: FreshDatabase, folder: Path, tmp_path: Path) -> None:
    """A file, or a link to somewhere, in the target's place stays as it is."""
    name = backed_up(server.address, folder).backup.name
    target, link = tmp_path / "mine", tmp_path / "link"
    target.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    for taken in (target, link, tmp_path / "none" / "file"):
        with pytest.raises(RepairFailed, match="cannot be made"):
            restored(folder, name, taken, sha256=None)
    assert target.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
    assert names_in(folder) == [name]


def test_a_damaged_backup_is_not_restored(server: FreshDatabase, folder: Path, tmp_path: Path) -> None:
    """What cannot be verified leaves no file that somebody could take for the rows."""
    written = backed_up(server.address, folder)
    with pytest.raises(RepairFailed, match="another one than was proven"):
        restored(folder, written.backup.name, tmp_path / "target", sha256="0" * 64)
    file = folder / written.backup.name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RepairFailed, match="cut off"):
        restored(folder, written.backup.name, tmp_path / "target", sha256=None)
    assert not (tmp_path / "target").exists()
    assert names_in(folder) == [written.backup.name]


def test_ten_thousand_runners_take_seconds(server: FreshDatabase, folder: Path) -> None:
    """A large server is saved and verified well within a person's patience."""
    world = World(connection=server.connection, engine=Engine.SQLITE, major=15, now=CREATED)
    many_runners(world, 10_000)
    begun = time.monotonic()
    written: WrittenBackup = backed_up(server.address, folder)
    backup = verified(folder, written.backup.name, sha256=written.backup.sha256)
    assert backup.tables[0].rows == 10_003
    assert time.monotonic() - begun < 10
    assert os.stat(folder / written.backup.name).st_size == backup.bytes
