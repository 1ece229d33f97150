"""Faults of the host's disk: a small file system, a folder that cannot be written, a backup that something touches."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.faults.scene import Scene


class CannotMount(Exception):
    """This user may not mount a file system here. The text is the reason."""


@contextlib.contextmanager
def small_state(scene: Scene, size: str) -> Iterator[Path]:
    """The state directory on a file system of that size, with what was in it. Raises CannotMount."""
    directory = scene.state.directory
    kept = directory.with_name("state-kept")
    shutil.copytree(directory, kept)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "none", str(directory))
    except CannotMount:
        shutil.rmtree(kept)
        raise
    try:
        _copy(kept, directory)
        yield directory
    finally:
        _run("umount", str(directory))
        shutil.rmtree(kept)


class ReadOnly:
    """A folder that can be made one that nobody can write, root included, by what is opened from then on."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotMount."""
        self._folder = folder
        self._mounts = 0
        self.begin()
        self.end()

    def begin(self) -> None:
        """From now on."""
        _run("mount", "--bind", str(self._folder), str(self._folder))
        self._mounts += 1
        _run("mount", "-o", "remount,bind,ro", str(self._folder))

    def end(self) -> None:
        """Until now; no error when it never began."""
        while self._mounts:
            _run("umount", str(self._folder))
            self._mounts -= 1


@contextlib.contextmanager
def filled(folder: Path, *, leave: int) -> Iterator[None]:
    """The folder's file system with so many bytes free."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    try:
        yield
    finally:
        filler.unlink()


def the_backup(scene: Scene) -> Path:
    """The one that was just written."""
    (file,) = scene.state.backups.iterdir()
    return file


def deleted(scene: Scene) -> None:
    """Removes it."""
    the_backup(scene).unlink()


def altered(scene: Scene) -> None:
    """Changes one byte in its midst."""
    file = the_backup(scene)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def shortened(scene: Scene) -> None:
    """Takes its last line away."""
    file = the_backup(scene)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


def replaced(scene: Scene) -> None:
    """Puts an equal file in its place: a copy is not what was written."""
    file = the_backup(scene)
    content = file.read_bytes()
    other = file.with_name("other")
    other.write_bytes(content)
    other.chmod(0o600)
    other.rename(file)


def _copy(source: Path, target: Path) -> None:
    for found in source.iterdir():
        if found.is_dir():
            shutil.copytree(found, target / found.name)
        else:
            shutil.copy2(found, target / found.name)


def _run(*command: str) -> None:
    if os.geteuid() != 0 or shutil.which(command[0]) is None:
        raise CannotMount("only root can mount")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotMount(done.stderr.strip())
