"""Database servers as child processes: a folder that goes away, a start that is waited for, a stop that is sure."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 15.0
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  # a folder with a name nobody can guess is made in it
MEMORY_NEEDED = 3_000_000_000
"""Bytes that must be free there: two big test databases and some room. Ten times faster than a disk, where there is."""


class ServerUnavailable(Exception):
    """A real server of one engine cannot be had on this machine. The text is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A system account to run a server as, because PostgreSQL refuses to run as root."""

    user: int
    group: int


def fresh_folder(engine_name: str) -> Path:
    """A new empty folder with a short path, in memory where there is room. Other accounts may pass through it.

    A socket's path may have 107 bytes at most; programs may not be startable from here (`noexec`).
    """
    in_memory = MEMORY_FOLDER.is_dir() and shutil.disk_usage(MEMORY_FOLDER).free >= MEMORY_NEEDED
    place = MEMORY_FOLDER if in_memory and os.access(MEMORY_FOLDER, os.W_OK) else None
    return passable_folder(Path(tempfile.mkdtemp(prefix=f"rsd-{engine_name}-", dir=place)))


def passable_folder(folder: Path) -> Path:
    """The folder, now open for other accounts to pass through, but not to list."""
    folder.chmod(0o711)
    return folder


def free_port() -> int:
    """A TCP port nobody listened on a moment ago, on the loopback address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def completed(command: Sequence[str], account: Account | None, environment: Mapping[str, str]) -> None:
    """Runs a set-up command to its end. Raises ServerUnavailable with its last words when it fails."""
    user, group = (account.user, account.group) if account else (None, None)
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", user=user, group=group,
            extra_groups=[] if account else None, env=environment, cwd="/", timeout=120,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerUnavailable(f"{Path(command[0]).name} cannot run: {error}") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ServerUnavailable(f"{Path(command[0]).name} ended with {done.returncode}: {' '.join(words)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """A running server of ours, with the folders that are its own. `stop_signal` asks it not to wait for its clients."""

    process: subprocess.Popen[bytes]
    folders: tuple[Path, ...]
    stop_signal: signal.Signals

    def stop(self) -> None:
        """Ends the server and removes its folders."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


def started(
    command: Sequence[str],
    *,
    folders: tuple[Path, ...],
    account: Account | None,
    environment: Mapping[str, str],
    stop_signal: signal.Signals,
    answers: Callable[[], bool],
) -> ServerProcess:
    """Starts a server and waits until it answers. Its log is in the first folder.

    Raises ServerUnavailable with the end of that log.
    """
    log = folders[0] / "log"
    user, group = (account.user, account.group) if account else (None, None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, user=user, group=group,
            extra_groups=[] if account else None, env=environment, cwd="/", start_new_session=True,
        )  # fmt: skip
    server = ServerProcess(process=process, folders=folders, stop_signal=stop_signal)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers():
            return server
        time.sleep(0.01)
    words = log.read_text(errors="replace").strip().splitlines()[-3:]
    server.stop()
    raise ServerUnavailable(f"{Path(command[0]).name} did not start: {' '.join(words)}")


def plain_environment(**more: str) -> dict[str, str]:
    """An environment without anything of the caller's that a server or client library would obey."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **more}
