"""A backup is proven, or nothing is changed: whatever happened to the file since it was written is found."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.database.exact.scratch_store import ScratchStore
from runner_scope_doctor.database.exact.values import ExactValue
from runner_scope_doctor.model.backup import BackupScope, ProvenBackup
from runner_scope_doctor.model.errors import RepairFailed
from runner_scope_doctor.repair import backup_files, backup_records, cell_text, column_hashes
from runner_scope_doctor.repair.backup import WrittenBackup
from runner_scope_doctor.repair.backup_records import Record, SavedRow, TableHead, TableTail
from runner_scope_doctor.repair.proof import proven
from support.backups import CREATED, backed_up, forged, names_in
from support.connection import FreshDatabase, run
from support.host_files import GIVES_AWAY, SOMEBODY


@pytest.fixture
def written(server: FreshDatabase, folder: Path) -> WrittenBackup:
    """A backup that was just written."""
    return backed_up(server.address, folder)


def failure(folder: Path, written: WrittenBackup) -> str:
    """Why the backup is not proven, without what every such sentence begins with."""
    before = names_in(folder)
    with pytest.raises(RepairFailed) as caught:
        proven(folder, written)
    assert names_in(folder) == before
    assert "Nothing was changed on the server." in caught.value.next_step
    beginning = "The backup could not be proven. "
    assert caught.value.problem.startswith(beginning)
    return caught.value.problem.removeprefix(beginning).removeprefix(str(folder / written.backup.name))


def test_an_untouched_backup_is_proven(written: WrittenBackup, folder: Path) -> None:
    """What was written is what is found, and nothing is left beside it."""
    assert proven(folder, written) == ProvenBackup(backup=written.backup)
    assert names_in(folder) == [written.backup.name]


def test_a_deleted_file(written: WrittenBackup, folder: Path) -> None:
    """A backup that is gone proves nothing."""
    (folder / written.backup.name).unlink()
    assert failure(folder, written) == ": the backup cannot be opened: No such file or directory."


@pytest.mark.parametrize("keep", [0, 1, 100, -1, -30])
def test_a_cut_file(written: WrittenBackup, folder: Path, keep: int) -> None:
    """A file that ends too early, in a line or between two, is found, also when it is empty."""
    file = folder / written.backup.name
    file.write_bytes(file.read_bytes()[:keep])
    said = failure(folder, written)
    assert "the backup is damaged: it is cut off" in said or "the file ends before its end" in said


def test_a_file_without_its_last_line(written: WrittenBackup, folder: Path) -> None:
    """Every line being whole is not enough."""
    file = folder / written.backup.name
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    assert "the file ends before its end" in failure(folder, written)


def test_something_behind_the_end(written: WrittenBackup, folder: Path) -> None:
    """A file that goes on after its end is another one."""
    with (folder / written.backup.name).open("ab") as file:
        file.write(b"\n")
    assert "something stands behind its end" in failure(folder, written)


def test_any_flipped_byte(written: WrittenBackup, folder: Path) -> None:
    """One bit in any of 300 places, and every byte of the last line, is found."""
    file = folder / written.backup.name
    content = file.read_bytes()
    chosen = random.Random(7)
    last = range(content.rindex(b"\n", 0, -1) + 1, len(content))
    for place in [*(chosen.randrange(len(content)) for _ in range(300)), *last]:
        altered = bytearray(content)
        altered[place] ^= 1 << chosen.randrange(8)
        file.write_bytes(altered)
        failure(folder, written)
    file.write_bytes(content)
    proven(folder, written)


def without_row(records: list[Record]) -> None:
    """Takes the combined runner out."""
    records.remove(next(one for one in records if isinstance(one, SavedRow) and one.values[2:3] == ("deploy-host",)))


def with_value(index: int, old: ExactValue, new: ExactValue) -> Callable[[list[Record]], None]:
    """Puts another value into the combined runner."""

    def change(records: list[Record]) -> None:
        for place, one in enumerate(records):
            if isinstance(one, SavedRow) and one.values[2:3] == ("deploy-host",):
                assert one.values[index] == old
                records[place] = SavedRow((*one.values[:index], new, *one.values[index + 1 :]))

    return change


def with_head(change: Callable[[TableHead], TableHead]) -> Callable[[list[Record]], None]:
    """Changes what the file says of its first table."""

    def changed(records: list[Record]) -> None:
        assert isinstance(records[0], TableHead)
        records[0] = change(records[0])

    return changed


def without_table(records: list[Record]) -> None:
    """Takes the last table out."""
    begin = max(place for place, one in enumerate(records) if isinstance(one, TableHead))
    end = max(place for place, one in enumerate(records) if isinstance(one, TableTail))
    del records[begin : end + 1]


def swapped_rows(records: list[Record]) -> None:
    """Puts the first two rows in the other order."""
    records[1], records[2] = records[2], records[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_row, ": action_runner has 2 rows, and 3 were read."),
        (swapped_rows, ": action_runner.id gives other values than were read."),
        (with_value(2, "deploy-host", "deploy-hosT"), ": action_runner.name gives other values than were read."),
        (with_value(4, 1, 0), ": action_runner.owner_id gives other values than were read."),
        (with_value(4, 1, True), ": action_runner.owner_id gives other values than were read."),
        (with_value(4, 1, 1.0), ": action_runner.owner_id gives other values than were read."),
        (with_value(17, None, 0), ": action_runner.deleted gives other values than were read."),
        (with_value(6, "", b""), ": action_runner.description gives other values than were read."),
        (without_table, ": it has other tables than were read."),
        (
            with_head(lambda head: replace(head, definition=head.definition.replace("UNIQUE", ""))),
            ": action_runner has another definition than was read.",
        ),
        (
            with_head(lambda head: replace(head, columns=(("id", "TEXT"), *head.columns[1:]))),
            ": action_runner has other columns than were read.",
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) and value.__name__ != "change" else None,
)
def test_a_forger_who_makes_every_hash_right_again(
    written: WrittenBackup, folder: Path, change: Callable[[list[Record]], None], said: str
) -> None:
    """The file agreeing with itself is not enough: what was read from the server is remembered, and not from the file."""
    forged(folder / written.backup.name, change)
    assert failure(folder, written) == said


def test_a_forger_who_changes_nothing_is_no_forger(written: WrittenBackup, folder: Path) -> None:
    """The forging of these tests itself makes a good file, so that the refusals above are for the changes."""
    forged(folder / written.backup.name, lambda records: None)
    assert proven(folder, written).backup == written.backup


def test_a_removed_row_with_only_the_last_hash_made_right(written: WrittenBackup, folder: Path) -> None:
    """Counts and hashes of the table itself find what the hash of the file no longer does."""
    file = folder / written.backup.name
    *lines, _ = file.read_bytes().splitlines(keepends=True)
    del lines[3]
    body = b"".join(lines)
    end = b'{"kind":"end of backup","tables":3,"sha256":"%s"}\n' % hashlib.sha256(body).hexdigest().encode()
    file.write_bytes(body + end)
    assert "action_runner ends with 3 rows of action_runner and has 2" in failure(folder, written)


def test_another_header(written: WrittenBackup, folder: Path) -> None:
    """A forged version of Forgejo or database, which no column holds, is found by the bytes."""
    file = folder / written.backup.name
    file.write_bytes(file.read_bytes().replace(b'"forgejo":"15.0.3"', b'"forgejo":"15.0.4"', 1))
    forged(file, lambda records: None)
    assert failure(folder, written) == ": its bytes are others than were written."


def test_a_symbolic_link(written: WrittenBackup, folder: Path) -> None:
    """A link to the very same content is refused: it could lead elsewhere a moment later."""
    file = folder / written.backup.name
    moved = file.rename(folder.parent / "moved")
    file.symlink_to(moved)
    assert "the backup cannot be opened: Too many levels of symbolic links" in failure(folder, written)


def test_a_copy_in_its_place(written: WrittenBackup, folder: Path) -> None:
    """The same bytes in another file are not the file that was synced."""
    file = folder / written.backup.name
    copy = folder.parent / "copy"
    shutil.copy2(file, copy)
    copy.chmod(0o600)
    copy.rename(file)
    assert failure(folder, written) == ": this is another file than was written."


def test_another_backup_in_its_place(server: FreshDatabase, written: WrittenBackup, folder: Path) -> None:
    """A whole and valid backup of another time is not this one, be it moved here or written into the file."""
    other = folder / backed_up(server.address, folder, now=CREATED + 3600).backup.name
    file = folder / written.backup.name
    file.write_bytes(other.read_bytes())
    assert "its plan or time is not that of its name, so it is another backup" in failure(folder, written)
    other.rename(file)
    assert failure(folder, written) == ": this is another file than was written."


def test_a_backup_of_the_same_moment_in_its_place(server: FreshDatabase, written: WrittenBackup, folder: Path) -> None:
    """Plan and second being the same, the rows tell them apart."""
    run(server.connection, "UPDATE action_runner SET owner_id = 0 WHERE id = 3")
    other = backed_up(server.address, folder)
    (folder / written.backup.name).write_bytes((folder / other.backup.name).read_bytes())
    assert failure(folder, written) == ": action_runner.owner_id gives other values than were read."


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o400, 0o700])
def test_another_mode(written: WrittenBackup, folder: Path, mode: int) -> None:
    """A file that others could read is no private backup any more."""
    (folder / written.backup.name).chmod(mode)
    assert failure(folder, written) == f": it has mode {mode:04o} and must have 0600, as backups hold secrets."


def test_a_second_name(written: WrittenBackup, folder: Path) -> None:
    """A hard link elsewhere lets the file be changed without the folder."""
    os.link(folder / written.backup.name, folder.parent / "second")
    assert "the file has 2 names (hard links)" in failure(folder, written)


@GIVES_AWAY
def test_another_owner(written: WrittenBackup, folder: Path) -> None:
    """A file of somebody else can be changed by them at any time."""
    os.chown(folder / written.backup.name, SOMEBODY, -1)
    assert f"it belongs to user id {SOMEBODY}" in failure(folder, written)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_no_regular_file(written: WrittenBackup, folder: Path, kind: str) -> None:
    """What is no file is refused at once; a pipe nobody writes to holds nothing up."""
    file = folder / written.backup.name
    file.unlink()
    os.mkfifo(file, 0o600) if kind == "pipe" else file.mkdir(mode=0o700)
    assert failure(folder, written).endswith("this is not a regular file, as every backup is.")


def test_a_loose_folder(written: WrittenBackup, folder: Path) -> None:
    """The folder is looked at again as well."""
    folder.chmod(0o755)
    assert "it has mode 0755 and must have 0700" in failure(folder, written)


def test_a_fault_of_the_writer_is_found(server: FreshDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that loses a blank at the end of a text writes a file that agrees with itself, and it is not proven."""
    right = cell_text.cell_text

    def wrong(value: ExactValue) -> str:
        return right(value.rstrip() if isinstance(value, str) else value)

    run(server.connection, "UPDATE action_runner SET description = 'two words ' WHERE id = 2")
    monkeypatch.setattr(backup_records, "cell_text", wrong)
    written = backed_up(server.address, folder)
    monkeypatch.undo()
    assert "action_runner.description gives other values than its hash is of" in failure(folder, written)
    forged(folder / written.backup.name, lambda records: None)
    assert failure(folder, written) == ": action_runner.description gives other values than were read."


def test_a_fault_of_the_reader_is_found(written: WrittenBackup, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that takes NULL for an empty text does not prove anything."""
    right = cell_text.cell_value
    monkeypatch.setattr(backup_records, "cell_value", lambda parsed: "" if parsed is None else right(parsed))
    assert "gives other values than its hash is of" in failure(folder, written)


def test_the_proof_rests_on_the_store(written: WrittenBackup, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes are of what the store gives back, not of what was parsed: a store that forgets is found out."""
    rows = ScratchStore.rows
    monkeypatch.setattr(ScratchStore, "rows", lambda store, table: iter(list(rows(store, table))[:-1]))
    assert "action_runner ends with 3 rows of action_runner and has 2" in failure(folder, written)


def test_a_big_backup_is_proven_in_a_private_file(
    written: WrittenBackup, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store of a big backup is a file of mode 0600 in the same folder, alone, and gone afterwards."""
    seen: list[tuple[str, int]] = []
    rows_of = column_hashes.ColumnHashes.sha256

    def looking(hashes: column_hashes.ColumnHashes) -> tuple[str, ...]:
        seen.extend((name, (folder / name).stat().st_mode & 0o777) for name in names_in(folder) if name.startswith("."))
        return rows_of(hashes)

    monkeypatch.setattr(backup_files, "_MOST_IN_MEMORY", 0)
    monkeypatch.setattr(column_hashes.ColumnHashes, "sha256", looking)
    proven(folder, written)
    assert {mode for _, mode in seen} == {0o600}
    assert len({name for name, _ in seen}) == 1
    assert names_in(folder) == [written.backup.name]
    forged(folder / written.backup.name, without_row)
    assert failure(folder, written) == ": action_runner has 2 rows, and 3 were read."


def test_all_actions_are_proven_too(server: FreshDatabase, folder: Path) -> None:
    """The larger scope goes the same way."""
    written = backed_up(server.address, folder, scope=BackupScope.ALL_ACTIONS)
    assert len(proven(folder, written).backup.tables) == 7
