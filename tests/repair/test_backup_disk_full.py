"""A full disk ends a backup or its proof with a sentence, and leaves no piece of a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner_scope_doctor.model.errors import RepairFailed, RepairRefused
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair import backup_files
from runner_scope_doctor.repair.proof import proven
from support.backups import CREATED, backed_up, names_in
from support.command import ROOT
from support.connection import FreshDatabase, run
from support.scale import many_runners
from support.world import World

MEBIBYTE = 1 << 20
LIMITED = """
import resource, signal, sys
from pathlib import Path
from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.errors import DoctorError
from support.backups import backed_up
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    backed_up(SqliteAddress(path=Path(sys.argv[1])), Path(sys.argv[2]))
except DoctorError as error:
    print(type(error).__name__, error.problem)
else:
    print("written")
"""


@pytest.fixture
def big(server: FreshDatabase) -> FreshDatabase:
    """The server with 10,000 runners more, whose backup takes two megabytes."""
    many_runners(World(connection=server.connection, engine=Engine.SQLITE, major=15, now=CREATED), 10_000)
    return server


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A private folder that is a file system of its own, of as many bytes as the test asks for."""
    folder = tmp_path / "small"
    folder.mkdir(mode=0o700)
    mount, bytes_asked = shutil.which("mount"), int(request.param)
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    options = f"size={bytes_asked},mode=0700"
    done = subprocess.run([mount, "-t", "tmpfs", "-o", options, "none", folder], check=False, capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.decode(errors='replace').strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("limit", [0, 1, 4_096, MEBIBYTE, MEBIBYTE + 1, 2 * MEBIBYTE])
def test_a_size_limit_ends_the_backup(big: FreshDatabase, folder: Path, limit: int) -> None:
    """A write that comes back short, then none at all: nothing is left, and the number of the error is told."""
    path = run(big.connection, "PRAGMA database_list")[0][2]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path, folder, str(limit)],
        env={"PYTHONPATH": f"{ROOT / 'action'}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == (
        f"RepairFailed {folder}: the backup could not be written: File too large (errno 27). "
        "Nothing was changed on the server."
    )
    assert names_in(folder) == []


@pytest.mark.parametrize("small_disk", [MEBIBYTE // 2], indirect=True)
def test_a_disk_without_any_room_is_refused(server: FreshDatabase, small_disk: Path) -> None:
    """Where nothing can ever fit, nothing is begun."""
    with pytest.raises(RepairRefused) as caught:
        backed_up(server.address, small_disk)
    assert "has 524288 bytes free, too few for any backup. Nothing was changed." in caught.value.problem
    assert names_in(small_disk) == []


@pytest.mark.parametrize("small_disk", [MEBIBYTE * 3 // 2], indirect=True)
def test_a_disk_that_fills_up(big: FreshDatabase, small_disk: Path) -> None:
    """A disk that is full in the middle of the backup has as much room afterwards as before."""
    before = shutil.disk_usage(small_disk).free
    with pytest.raises(RepairFailed) as caught:
        backed_up(big.address, small_disk)
    assert caught.value.problem == (
        f"{small_disk}: the backup could not be written: No space left on device (errno 28). "
        "Nothing was changed on the server."
    )
    assert names_in(small_disk) == []
    assert shutil.disk_usage(small_disk).free == before


@pytest.mark.parametrize("small_disk", [MEBIBYTE * 5], indirect=True)
def test_a_disk_that_fills_up_while_proving(
    big: FreshDatabase, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for the backup and not for the store: not proven, the store gone, the backup still there."""
    # SQLite holds two megabytes in memory before it writes the first page.
    many_runners(World(connection=big.connection, engine=Engine.SQLITE, major=15, now=CREATED), 10_000)
    monkeypatch.setattr(backup_files, "_MOST_IN_MEMORY", 0)
    written = backed_up(big.address, small_disk)
    with pytest.raises(RepairFailed) as caught:
        proven(small_disk, written)
    assert "The scratch store in which the backup is proven cannot be used: database or disk is full" in (
        caught.value.problem
    )
    assert names_in(small_disk) == [written.backup.name]
    monkeypatch.undo()
    proven(small_disk, written)


@pytest.mark.parametrize("small_disk", [MEBIBYTE * 2], indirect=True)
def test_a_disk_without_room_for_another_file(server: FreshDatabase, small_disk: Path) -> None:
    """A file system that has bytes and takes no further file is told as it is."""
    subprocess.run(["mount", "-o", "remount,nr_inodes=2", small_disk], check=True)
    (small_disk / "last").touch()
    with pytest.raises(RepairFailed, match=r"No space left on device \(errno 28\)"):
        backed_up(server.address, small_disk)


@pytest.mark.parametrize("small_disk", [MEBIBYTE * 2], indirect=True)
def test_a_read_only_folder(server: FreshDatabase, small_disk: Path) -> None:
    """A file system that was mounted read-only is told as it is."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(RepairFailed, match=r"Read-only file system \(errno 30\)"):
        backed_up(server.address, small_disk)
