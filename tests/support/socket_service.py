"""The host's service behind a real socket, started for each connection as systemd does it, and callers of all kinds."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.command import ACTION
from support.processes import fresh_folder

ACTIVATE = shutil.which("systemd-socket-activate")
NEEDS_ACTIVATE = pytest.mark.skipif(
    ACTIVATE is None, reason="NOT TESTED: systemd-socket-activate, which starts the service as systemd does, is missing"
)
SYSTEM_PYTHON = Path("/usr/bin/python3.11")
"""Other accounts can start it; the tests' own may lie below root's home."""
NEEDS_ANOTHER_USER = pytest.mark.skipif(
    os.geteuid() != 0 or not SYSTEM_PYTHON.exists() or shutil.which("setpriv") is None,
    reason="NOT TESTED: another account as the caller needs root, setpriv and /usr/bin/python3.11",
)
CHILD = Path(__file__).with_name("socket_service_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A socket that is listened on. `path` is the socket's; `log` holds what the service says to its own side."""

    path: Path
    log: Path

    def answer(self, request: bytes) -> list[str]:
        """What a caller reads who sends these bytes and no more."""
        with self.connected() as connection:
            connection.sendall(request)
            return lines_of(connection)

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A connection on which nothing was sent yet."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(str(self.path))
            yield connection


@contextmanager
def service(*command: str | Path) -> Iterator[Service]:
    """Listens until the end of the block; each connection starts `python COMMAND` with the socket as input and output."""
    assert ACTIVATE is not None
    folder = fresh_folder("socket")
    path, log = folder / "doctor.sock", folder / "log"
    environment = (f"PYTHONPATH={ACTION}", "PYTHONDONTWRITEBYTECODE=1")
    listen = (ACTIVATE, "-l", str(path), "--accept", "--inetd")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*listen, *(f"--setenv={one}" for one in environment), sys.executable, *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(path.exists)
        path.chmod(0o666)
        yield Service(path=path, log=log)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def package_for_everyone() -> Iterator[Path]:
    """A folder with a copy of the package that other accounts can import; the checkout may lie below root's home."""
    folder = fresh_folder("package")
    try:
        folder.chmod(0o755)
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ACTION / "runner_scope_doctor", folder / "runner_scope_doctor", ignore=unwanted)
        yield folder
    finally:
        shutil.rmtree(folder)


def client(
    package: Path,
    *arguments: str | Path,
    login: str,
    prefix: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Starts a command as another account of the host, in a session of its own."""
    account = ("setpriv", f"--reuid={login}", "--clear-groups", *prefix)
    return subprocess.Popen(
        [*account, SYSTEM_PYTHON, "-m", "runner_scope_doctor", *arguments],
        env={"PYTHONPATH": str(package), "PATH": "/usr/bin:/bin", **(environment or {})},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Until the condition holds. Fails the test when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def lines_of(connection: socket.socket) -> list[str]:
    """All lines to the end of the connection, a reset included."""
    content = b""
    try:
        while piece := connection.recv(65536):
            content += piece
    except ConnectionResetError:
        pass
    return content.decode().splitlines()
