"""One repair at a time on a host, and none that is dead."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner_scope_doctor.journal import lock as lock_module
from runner_scope_doctor.journal.lock import Alive, is_held, repair_lock
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused, SourceUnavailable
from support.processes import plain_environment

HOLDER = """
import subprocess, sys
from pathlib import Path
from runner_scope_doctor.journal.lock import repair_lock
with repair_lock(Path(sys.argv[1])):
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], close_fds=False)
    print("held", flush=True)
    child.wait()
print("released", flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a lock may come to be."""
    return tmp_path / "repair.lock"


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock, with a child of its own that lives until the pipe that both read is closed."""
    package = Path(lock_module.__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], env=plain_environment(PYTHONPATH=str(package)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.stdin.close()


def test_another_process_is_refused(path: Path) -> None:
    """While one process holds the lock another is refused and told so; afterwards it has it."""
    with holder(path) as process:
        assert is_held(path) is Alive.YES
        with pytest.raises(RepairRefused) as caught, repair_lock(path):
            raise AssertionError("two processes hold the lock")
        assert caught.value.problem == f"Another repair is in progress on this host: {path} is locked."
        assert "runner-scope-doctor status" in caught.value.next_step
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert process.stdout.readline() == "released\n"
    assert is_held(path) is Alive.NO
    with repair_lock(path):
        assert is_held(path) is Alive.YES


def test_it_dies_with_its_process(path: Path) -> None:
    """A holder that is killed holds nothing any more, although a program it started lives on."""
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        with pytest.raises(BlockingIOError):  # an open pipe: the child that shares it is alive
            os.read(process.stdout.fileno(), 1)
        assert is_held(path) is Alive.NO
        with repair_lock(path) as held:
            assert held.path == path


def test_the_same_process_is_refused_too(path: Path) -> None:
    """The lock is of the one who took it, not of the process: nobody takes it a second time by mistake."""
    with repair_lock(path), pytest.raises(RepairRefused), repair_lock(path):
        raise AssertionError("the lock was taken twice")
    assert is_held(path) is Alive.NO


def test_an_error_ends_it(path: Path) -> None:
    """What goes wrong while it is held, an OSError too, comes out as it is and leaves the lock free."""
    with pytest.raises(OSError, match="of the repair"), repair_lock(path):
        raise OSError("of the repair")
    assert is_held(path) is Alive.NO


def test_asking_changes_nothing(path: Path) -> None:
    """Who asks makes no file, and is never taken for a repair by one who starts at the same moment."""
    assert is_held(path) is Alive.NO
    assert not path.exists()
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            is_held(path)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(50):
            with repair_lock(path):
                pass
    finally:
        ended.set()
        for asker in askers:
            asker.join()


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_the_file_is_private_and_stays(path: Path, mask: int) -> None:
    """Its file has mode 0600 and is never deleted, as two could then hold a lock of the same name."""
    before = os.umask(mask)
    try:
        with repair_lock(path):
            first = path.stat()
        with repair_lock(path):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(first.st_mode) == 0o600
    assert path.stat().st_ino == first.st_ino


def test_a_link_or_a_loose_file_is_refused(path: Path) -> None:
    """A lock somebody else can swap or hold is none."""
    path.symlink_to("elsewhere")
    with pytest.raises(RepairRefused, match="symbolic link"), repair_lock(path):
        raise AssertionError("a link was followed")
    with pytest.raises(SourceUnavailable, match="cannot be told"):
        is_held(path)
    assert not (path.parent / "elsewhere").exists()
    path.unlink()
    path.touch()
    path.chmod(0o666)
    with pytest.raises(RepairRefused, match="may write it"), repair_lock(path):
        raise AssertionError("a loose file was taken")


def test_no_folder_to_lock_in(path: Path) -> None:
    """Without its folder the lock cannot be taken, which fails with the path."""
    below = path.parent / "missing" / "repair.lock"
    with pytest.raises(RepairFailed, match="the lock of repairs cannot be taken: No such file"), repair_lock(below):
        raise AssertionError("a lock without a file was taken")
    path.mkdir()
    with pytest.raises(SourceUnavailable, match="not a regular file"):
        is_held(path)
