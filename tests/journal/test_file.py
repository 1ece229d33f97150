"""The journal's file: made private, written at its end and synced, never through a detour, alive after a failed write."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runner_scope_doctor.journal import file as journal_file
from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import append, read_journal
from runner_scope_doctor.model.errors import JournalDamaged, RepairFailed, RepairRefused, SourceUnavailable
from runner_scope_doctor.model.journal import TornLine
from support.host_files import GIVES_AWAY, SOMEBODY
from support.journals import WHOLE_REPAIR, content_of, failed, proven, started, updating
from support.processes import plain_environment
from support.snapshots import NOW

WRITER = """
import resource, signal, sys
from pathlib import Path
from runner_scope_doctor.journal.file import append
from runner_scope_doctor.model.errors import DoctorError
from runner_scope_doctor.model.journal import Failed
path, limit, times = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    for number in range(times):
        append(path, Failed(plan="p", attempt=sys.argv[4], reason=str(number)), at=1)
except DoctorError as error:
    print(type(error).__name__, error.problem)
else:
    print("noted")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal may come to be."""
    return tmp_path / "journal.jsonl"


def writing(path: Path, *, limit: int, times: int = 1, name: str = "a") -> subprocess.Popen[str]:
    """A process that notes so many events; no file of it may become larger than `limit` bytes, 0 for any size."""
    package = Path(journal_file.__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(limit), str(times), name],
        env=plain_environment(PYTHONPATH=str(package)), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def outcome(process: subprocess.Popen[str]) -> str:
    """Its last words."""
    words, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return words.strip()


def test_a_file_that_is_not_there_is_an_empty_journal(path: Path) -> None:
    """Reading needs no file, also no folder, and makes none."""
    assert read_journal(path) == Journal(entries=(), torn=False)
    assert read_journal(path.parent / "missing" / "journal.jsonl") == Journal(entries=(), torn=False)
    assert list(path.parent.iterdir()) == []


def test_what_is_noted_is_read(path: Path) -> None:
    """A whole repair is found again entry for entry, in the bytes the chain prescribes."""
    entries = [append(path, event, at=NOW + second) for second, event in enumerate(WHOLE_REPAIR)]
    assert read_journal(path) == Journal(entries=tuple(entries), torn=False)
    assert path.read_bytes() == content_of(WHOLE_REPAIR)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_it_is_made_readable_and_writable_by_its_owner_alone(path: Path, mask: int) -> None:
    """The file is made with mode 0644 whatever the umask, and keeps it: others may read that nothing secret is in it."""
    before = os.umask(mask)
    try:
        append(path, started(), at=NOW)
        append(path, failed(), at=NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_it_is_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is synced after it is whole, and with the first line also the folder that holds the file's name."""
    synced: list[tuple[str, int]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append(("folder", 0) if stat.S_ISDIR(status.st_mode) else ("file", status.st_size))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    append(path, started(), at=NOW)
    first = path.stat().st_size
    append(path, failed(), at=NOW)
    assert synced == [("file", first), ("folder", 0), ("file", path.stat().st_size)]


def test_a_cut_at_every_byte_of_the_file(path: Path) -> None:
    """A file that ends anywhere in its last line is read, takes the next event, and its chain holds."""
    whole = content_of([started(), proven()])
    line = content_of([started()])
    for cut in range(len(line), len(whole)):
        path.write_bytes(whole[:cut])
        path.chmod(0o600)
        assert read_journal(path).torn is (len(line) < cut < len(whole) - 1)
        assert append(path, updating(), at=NOW) == read_journal(path).entries[-1]
        assert path.read_bytes().startswith(whole[:cut])


@pytest.mark.parametrize("room", [0, 1, 6, 100, -1])
def test_no_room(path: Path, room: int) -> None:
    """A write that ends early is a failed repair with the system's reason; what is there is read as torn, and once there
    is room the next event is noted."""
    entry = append(path, started(), at=NOW)
    before = path.read_bytes()
    size = len(before) + (room if room >= 0 else len(content_of([failed()])) // 2)
    assert outcome(writing(path, limit=size)) == f"RepairFailed {path}: the journal cannot be written: File too large."
    left = path.read_bytes()
    assert len(left) == size
    assert left.startswith(before)
    assert read_journal(path) == Journal(entries=(entry,), torn=size > len(before))
    assert outcome(writing(path, limit=size + 3)).startswith("RepairFailed")
    assert outcome(writing(path, limit=0)) == "noted"
    after = read_journal(path)
    assert not after.torn
    assert [type(entry.event) for entry in after.entries][1:-1] == [TornLine]
    assert path.read_bytes().startswith(left)


def test_a_disk_that_does_not_sync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing sync is a failed repair, and the next event is noted behind whatever was written."""

    def fsync(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fsync)
        with pytest.raises(RepairFailed, match="Input/output error"):
            append(path, started(), at=NOW)
    append(path, failed(), at=NOW)
    assert read_journal(path).entries[-1].event == failed()


def test_a_missing_folder(path: Path) -> None:
    """Without its folder nothing can be noted, which fails with the path."""
    below = path.parent / "missing" / "journal.jsonl"
    with pytest.raises(RepairFailed) as caught:
        append(below, started(), at=NOW)
    assert caught.value.problem == f"{below}: the journal cannot be written: No such file or directory."


def test_a_link_is_not_followed(path: Path) -> None:
    """A symbolic link, also to a good journal or to nowhere, is neither written nor read through."""
    real = path.parent / "real.jsonl"
    append(real, started(), at=NOW)
    before = real.read_bytes()
    for target in (real, path.parent / "nowhere"):
        path.symlink_to(target)
        with pytest.raises(RepairRefused, match="this is a symbolic link"):
            append(path, failed(), at=NOW)
        with pytest.raises(SourceUnavailable, match="cannot be read"):
            read_journal(path)
        path.unlink()
    assert real.read_bytes() == before
    assert not (path.parent / "nowhere").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_no_other_kind_of_file(path: Path, make: object) -> None:
    """A pipe or a folder in its place is refused at once, and nothing waits for its other end."""
    assert callable(make)
    make(path)
    with pytest.raises(RepairRefused, match="this is not a regular file"):
        append(path, started(), at=NOW)
    with pytest.raises(SourceUnavailable, match="it is not a regular file"):
        read_journal(path)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o660])
def test_a_file_others_may_write_is_refused(path: Path, mode: int) -> None:
    """What others could have written is not gone on with; it is left as it is and named with its mode."""
    append(path, started(), at=NOW)
    path.chmod(mode)
    before = path.read_bytes()
    with pytest.raises(RepairRefused) as caught:
        append(path, failed(), at=NOW)
    assert caught.value.problem == f"{path}: others than its owner may write it (mode {mode:04o})."
    assert caught.value.next_step.endswith(f"`chmod go-w {path}`.")
    assert path.read_bytes() == before


def test_a_file_others_may_read_is_written(path: Path) -> None:
    """It holds no secret, so an operator may let the check's account read it."""
    append(path, started(), at=NOW)
    path.chmod(0o644)
    append(path, failed(), at=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert len(read_journal(path).entries) == 2


@GIVES_AWAY
def test_somebody_elses_file_is_refused(path: Path) -> None:
    """A file of a user who is neither root nor the caller is refused although its mode is right."""
    append(path, started(), at=NOW)
    os.chown(path, SOMEBODY, SOMEBODY)
    with pytest.raises(RepairRefused, match=f"it belongs to the user id {SOMEBODY}"):
        append(path, failed(), at=NOW)


def test_a_damaged_journal_is_left_as_it_is(path: Path) -> None:
    """Nothing is noted behind a chain that does not hold, so that the damage stays to be looked at."""
    path.write_bytes(content_of([started(), failed()]).replace(b"the row was locked", b"the row was Locked"))
    path.chmod(0o600)
    before = path.read_bytes()
    for use in (lambda: append(path, started(), at=NOW), lambda: read_journal(path)):
        with pytest.raises(JournalDamaged, match=f"^{path}:2: this line of the journal was changed"):
            use()
    assert path.read_bytes() == before


def test_an_endless_file_is_not_read_whole(path: Path) -> None:
    """A file larger than any journal is refused before it fills the memory."""
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    path.chmod(0o600)
    for use in (lambda: append(path, started(), at=NOW), lambda: read_journal(path)):
        with pytest.raises(JournalDamaged, match="larger than 67108864 bytes"):
            use()


def test_processes_that_write_at_once(path: Path) -> None:
    """Three processes that note thirty events each leave one chain with all ninety, each process's in its order."""
    processes = [writing(path, limit=0, times=30, name=name) for name in "abc"]
    assert [outcome(process) for process in processes] == ["noted"] * 3
    events = [entry.event for entry in read_journal(path).entries]
    assert len(events) == 90
    for name in "abc":
        reasons = [event.reason for event in events if event.attempt == name]  # type: ignore[union-attr]  # all are Failed
        assert reasons == [str(number) for number in range(30)]


def test_a_writer_that_never_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process keeps the journal to itself the wait ends with a failed repair."""
    monkeypatch.setattr(journal_file, "PATIENCE", 0.05)
    append(path, started(), at=NOW)
    with journal_file.turn_file(path).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RepairFailed, match="another process has been writing"):
            append(path, failed(), at=NOW)
    append(path, failed(), at=NOW)
    assert len(read_journal(path).entries) == 2


def test_whoever_may_read_it_cannot_keep_it_from_its_writers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux lets everyone lock a file who can open it, and the journal is open to everyone: writers take a private one."""
    monkeypatch.setattr(journal_file, "PATIENCE", 0.05)
    append(path, started(), at=NOW)
    with path.open("rb") as reader:
        fcntl.flock(reader, fcntl.LOCK_EX)
        append(path, failed(), at=NOW)
    assert len(read_journal(path).entries) == 2
    assert stat.S_IMODE(journal_file.turn_file(path).stat().st_mode) == 0o600
