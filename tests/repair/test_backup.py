"""A backup is written whole, privately and for good, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from pathlib import Path

import pytest

from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.database.reader import Patience, Reader, Row
from runner_scope_doctor.database.statement import Scalar, Statement
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused, SourceUnavailable
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.table import DatabaseIdentity, SqliteFile
from runner_scope_doctor.repair.backup import BackupSubject, WrittenBackup, written_backup
from support.backups import CREATED, PATIENCE, PLAN, backed_up, names_in, private_backups
from support.connection import FreshDatabase, run
from support.host_files import GIVES_AWAY, SOMEBODY

SUBJECT = BackupSubject(
    identity=DatabaseIdentity(
        engine=Engine.SQLITE, name="/f.db", schema=None, place=SqliteFile(path="/f.db", device=1, inode=2), product=None
    ),
    forgejo="15.0.3",
    plan=PLAN,
    scope=BackupScope.RUNNER_TABLES,
)


class CutOff:
    """A reader whose server is gone after so many rows of a page."""

    engine, schema = Engine.SQLITE, None

    def __init__(self, reader: Reader, table: str) -> None:
        self._reader, self._table = reader, table

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """Reads, until it is about the rows of the table."""
        if "LIMIT :rows" in statement.text and f'"{self._table}"' in statement.text:
            raise SourceUnavailable("the server is gone.", next_step="Start it.")
        return self._reader.read(statement, **parameters)


def refused(address_of: FreshDatabase, folder: Path) -> RepairRefused:
    """Why no backup is written to this folder."""
    with pytest.raises(RepairRefused) as caught:
        backed_up(address_of.address, folder)
    assert caught.value.next_step
    return caught.value


def test_the_file_says_what_was_read(server: FreshDatabase, folder: Path) -> None:
    """Every line is JSON: what it is a backup of, each table with its definition, types and rows, and the hashes."""
    written = backed_up(server.address, folder)
    content = (folder / written.backup.name).read_bytes()
    assert content.isascii()
    header, *lines, end = [json.loads(line) for line in content.splitlines()]
    assert header["plan"] == PLAN
    assert (header["kind"], header["format"], header["engine"], header["forgejo"]) == ("backup", 1, "sqlite", "15.0.3")
    assert header["database"]["place"].startswith("file /")
    assert (header["created"], header["scope"]) == (CREATED, "runner-tables")
    heads = [line for line in lines if isinstance(line, dict) and line["kind"] == "table"]
    assert [head["name"] for head in heads] == ["action_runner", "action_runner_token", "action_tasks_version"]
    assert heads[0]["definition"].startswith("CREATE TABLE `action_runner`")
    assert heads[0]["columns"][:2] == [{"name": "id", "type": "INTEGER"}, {"name": "uuid", "type": "TEXT"}]
    assert [line[:1] + line[2:3] + line[4:6] for line in lines[1:4]] == [
        [1, "builder", 0, 0], [2, "tester", 0, 1], [3, "deploy-host", 1, 1],
    ]  # fmt: skip
    assert lines[4]["rows"] == 3
    before = content[: content.rindex(b"\n", 0, -1) + 1]
    assert end == {"kind": "end of backup", "tables": 3, "sha256": hashlib.sha256(before).hexdigest()}


def test_what_the_writer_remembers_is_the_file(server: FreshDatabase, folder: Path) -> None:
    """Name, size, hash, device and inode are those of the file; the name has the UTC time and the plan's first digits."""
    written = backed_up(server.address, folder)
    file = folder / written.backup.name
    status = file.lstat()
    assert re.fullmatch(r"20270115T080000Z-0123456789ab-[0-9a-f]{8}\.jsonl", file.name)
    assert (written.device, written.inode) == (status.st_dev, status.st_ino)
    assert written.backup.bytes == status.st_size
    assert written.backup.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [(table.name, table.rows) for table in written.backup.tables] == [
        ("action_runner", 3), ("action_runner_token", 1), ("action_tasks_version", 1),
    ]  # fmt: skip
    assert names_in(folder) == [file.name]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_the_file_is_private_whatever_the_umask(server: FreshDatabase, folder: Path, mask: int) -> None:
    """The file is a regular one of mode 0600 with one name, and nobody saw it with another mode."""
    before = os.umask(mask)
    try:
        written = backed_up(server.address, folder)
    finally:
        os.umask(before)
    status = (folder / written.backup.name).lstat()
    assert stat.S_ISREG(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert (status.st_nlink, status.st_uid) == (1, os.geteuid())


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770, 0o777, 0o500])
def test_a_loose_folder_is_refused(server: FreshDatabase, folder: Path, mode: int) -> None:
    """A folder others may look into is named with its mode, and nothing is written there."""
    folder.chmod(mode)
    problem = refused(server, folder).problem
    assert problem == f"{folder}: it has mode {mode:04o} and must have 0700, as backups hold secrets."
    folder.chmod(0o700)
    assert names_in(folder) == []


def test_a_linked_folder_is_refused(server: FreshDatabase, folder: Path) -> None:
    """Whoever can change a symbolic link could lead the secrets elsewhere."""
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert refused(server, link).problem == (
        f"{link}: the folder of the backups cannot be opened: it is a symbolic link."
    )
    assert names_in(folder) == []


def test_what_is_no_folder_is_refused(server: FreshDatabase, folder: Path) -> None:
    """A missing folder, or a file in its place, is a sentence with the way out."""
    (folder / "file").touch()
    assert refused(server, folder / "file").problem.endswith("cannot be opened: Not a directory.")
    missing = refused(server, folder / "none")
    assert missing.problem.endswith("cannot be opened: No such file or directory.")
    assert f"install -d -m 0700 {folder / 'none'}" in missing.next_step


@GIVES_AWAY
def test_somebody_elses_folder_is_refused(server: FreshDatabase, folder: Path) -> None:
    """The owner of a folder could replace what is in it."""
    os.chown(folder, SOMEBODY, -1)
    assert f"it belongs to user id {SOMEBODY}" in refused(server, folder).problem


@pytest.mark.parametrize("table", ["action_runner", "action_tasks_version"])
def test_a_read_error_leaves_nothing(server: FreshDatabase, folder: Path, table: str) -> None:
    """When the server goes away in the middle, no part of a backup stays, and it is said that nothing was changed."""
    with opened_for_backup(server.address, PATIENCE) as reader, pytest.raises(RepairFailed) as caught:
        written_backup(CutOff(reader, table), SUBJECT, folder, now=CREATED)
    assert caught.value.problem == (
        "The backup could not be read from the server: the server is gone. Nothing was changed on the server."
    )
    assert caught.value.next_step == "Start it."
    assert names_in(folder) == []


def test_a_locked_database_is_a_failure(server: FreshDatabase, folder: Path) -> None:
    """A writer that holds SQLite's lock longer than the patience ends the backup, not the program."""
    run(server.connection, "BEGIN EXCLUSIVE")
    with opened_for_backup(server.address, Patience(0.1)) as reader, pytest.raises(RepairFailed, match="locked"):
        written_backup(reader, SUBJECT, folder, now=CREATED)
    assert names_in(folder) == []


@pytest.mark.parametrize("broken", ["fsync", "rename", "fchmod"])
def test_a_file_system_error_leaves_nothing(
    server: FreshDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """An error of the disk at any step, also while it is synced, is told with its number and leaves no file."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, broken, fails)
    with pytest.raises(RepairFailed) as caught:
        backed_up(server.address, folder)
    assert "Input/output error (errno 5). Nothing was changed on the server." in caught.value.problem
    assert names_in(folder) == []


def test_file_and_folder_are_synced(server: FreshDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file reaches the disk before it gets its name, and the name before the backup counts as written."""
    steps: list[str] = []
    sync, rename = os.fsync, os.rename

    def noted_sync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def noted_rename(source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        steps.append("name")
        rename(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "rename", noted_rename)
    backed_up(server.address, folder)
    assert steps == ["file", "name", "folder"]


def test_an_interrupt_leaves_nothing(server: FreshDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while writing removes what was begun."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backed_up(server.address, folder)
    assert names_in(folder) == []


def test_short_writes_are_gone_on_with(server: FreshDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes a few bytes at a time gets them all."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, bytes(content[:100])))
    written: WrittenBackup = backed_up(server.address, folder)
    content = (folder / written.backup.name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == written.backup.sha256


@pytest.mark.parametrize("now", [-62_200_000_000, 300_000_000_000, 2**70])
def test_an_impossible_clock_is_a_sentence(server: FreshDatabase, folder: Path, now: int) -> None:
    """A clock beyond all calendars ends with exit code 6's error and not with a traceback."""
    with pytest.raises(RepairFailed, match="clock"):
        backed_up(server.address, folder, now=now)
    assert names_in(folder) == []


def test_two_backups_of_one_second_are_two_files(server: FreshDatabase, folder: Path) -> None:
    """A backup never replaces another, also not when the clock stands still."""
    names = {backed_up(server.address, folder).backup.name for _ in range(3)}
    assert len(names) == 3
    assert names_in(folder) == sorted(names)


def test_secrets_are_in_no_sentence(server: FreshDatabase, folder: Path) -> None:
    """What the writer remembers shows no value of a row."""
    run(server.connection, "UPDATE action_runner SET token_hash = 'top-secret-' || id")
    written = backed_up(server.address, folder)
    assert "top-secret" in (folder / written.backup.name).read_text()
    assert "top-secret" not in repr(written)


def test_a_backup_elsewhere_is_the_same_but_for_its_name(server: FreshDatabase, folder: Path) -> None:
    """Two backups of the same rows have the same hashes of their columns."""
    other = folder.parent / "other"
    other.mkdir()
    first, second = backed_up(server.address, folder), backed_up(server.address, private_backups(other))
    assert first.backup.tables == second.backup.tables
