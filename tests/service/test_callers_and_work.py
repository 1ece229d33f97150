"""Real callers of a real service behind a real socket: whatever they do, the work is done and its lock is let go.

The service is started for each connection as systemd starts it; its work is `support/socket_service_child.py`.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from support.command import ACTION
from support.socket_service import (
    CHILD,
    NEEDS_ACTIVATE,
    NEEDS_ANOTHER_USER,
    Service,
    client,
    lines_of,
    package_for_everyone,
    service,
    wait_for,
)

pytestmark = NEEDS_ACTIVATE
DIGEST = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    """The client's code, for any account."""
    with package_for_everyone() as folder:
        yield folder


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    """The service, whose work leaves its traces in `tmp_path`."""
    with service(CHILD, tmp_path) as made:
        yield made


def held(folder: Path) -> bool:
    """Whether somebody is at a repair."""
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def repair(tenths: int) -> str:
    return f"repair {DIGEST} {tenths}"


@pytest.mark.parametrize("how", ["stopped", "killed", "hung up", "never reads", "half closed"])
def test_a_repair_outlives_its_caller(served: Service, tmp_path: Path, how: str) -> None:
    """Frozen, gone, silent or deaf in the middle of it: the repair ends when it should, and its lock is free."""
    with ExitStack() as stack:
        process = _caller(served, tmp_path, stack, how)
        begun = time.monotonic()
        wait_for((tmp_path / repair(10)).exists)
        assert time.monotonic() - begun < 5
        wait_for(lambda: not held(tmp_path))
        if how == "stopped":
            assert process is not None
            process.send_signal(signal.SIGCONT)
            _, err = process.communicate(timeout=20)
            assert process.returncode == 6
            assert len(err.splitlines()) > 100
    assert len(served.answer(f"{repair(1)}\n".encode())) > 2


def _caller(served: Service, folder: Path, stack: ExitStack, how: str) -> subprocess.Popen[str] | None:
    """Asks for a repair of one second and misbehaves once it has begun."""
    if how in ("stopped", "killed"):
        command = [
            sys.executable,
            "-m",
            "runner_scope_doctor",
            "request",
            *repair(10).split(),
            "--socket",
            str(served.path),
        ]
        process = stack.enter_context(
            subprocess.Popen(
                command, env={"PYTHONPATH": str(ACTION)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        wait_for((folder / "lock").exists)
        process.send_signal(signal.SIGSTOP if how == "stopped" else signal.SIGKILL)
        return process
    connection = stack.enter_context(served.connected())
    connection.sendall(f"{repair(10)}\n".encode())
    if how == "half closed":
        connection.shutdown(socket.SHUT_WR)
    wait_for((folder / "lock").exists)
    if how == "hung up":
        connection.close()
    return None


@NEEDS_ANOTHER_USER
@pytest.mark.parametrize("limits", ["ulimit -f 0", "ulimit -t 1", "ulimit -v 60000", "ulimit -n 8", "trap '' PIPE HUP"])
def test_limits_and_signals_of_the_caller_are_its_own(
    served: Service, package: Path, tmp_path: Path, limits: str
) -> None:
    """The service writes files, opens descriptors and uses time as if the caller had no limits at all."""
    process = client(
        package, "request", *repair(3).split(), "--socket", served.path, login="nobody",
        prefix=("sh", "-c", f'{limits}; exec "$@"', "sh"),
    )  # fmt: skip
    process.communicate(timeout=30)
    # with too little memory or too few descriptors the client itself may not get as far as asking
    if process.returncode != 6:
        assert limits in ("ulimit -v 60000", "ulimit -n 8")
        served.answer(f"{repair(3)}\n".encode())
    wait_for((tmp_path / repair(3)).exists)


@NEEDS_ANOTHER_USER
def test_nothing_of_the_callers_environment_is_the_services(served: Service, package: Path, tmp_path: Path) -> None:
    """Another account, every name a job can set: none of it is there where the work is done."""
    (tmp_path / "json.py").write_text("raise SystemExit('planted')\n")
    hostile = {
        "GITHUB_ACTOR": "ops-lead", "FORGEJO_ACTOR": "ops-lead", "GITHUB_RUN_ID": "1", "RSD_HOST": "/planted/host.yml",
        "SUDO_UID": "0", "LD_PRELOAD": str(tmp_path / "evil.so"), "PYTHONHOME": "", "HOME": str(tmp_path), "LANG": "planted",
    }  # fmt: skip
    process = client(package, "request", "check", "--socket", served.path, login="nobody", environment=hostile)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 6, err
    seen = json.loads(out)
    assert not set(seen) & (set(hostile) - {"HOME", "PYTHONHOME"})
    assert seen.get("HOME") != str(tmp_path)
    assert str(package) not in seen.get("PYTHONPATH", "")


@NEEDS_ANOTHER_USER
def test_the_wrong_account_is_refused_before_it_is_heard(served: Service, package: Path, tmp_path: Path) -> None:
    """`daemon` is none of the callers: 5, the reason, and no work; `nobody` is one."""
    process = client(package, "request", "plan", "1", "--socket", served.path, login="daemon")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (5, "")
    assert "daemon (uid 1) may not use this socket" in err
    assert not (tmp_path / "plan 1").exists()
    process = client(package, "request", "plan", "1", "--socket", served.path, login="nobody")
    process.communicate(timeout=30)
    assert process.returncode == 6
    assert (tmp_path / "plan 1").exists()


def test_a_hundred_callers_at_once_are_all_answered(served: Service) -> None:
    """Each by a service of its own, each with every line."""
    with ExitStack() as stack:
        connections = [stack.enter_context(served.connected()) for _ in range(100)]
        for number, connection in enumerate(connections):
            connection.sendall(f"plan {number + 1}\n".encode())
        # Side by side: a caller that does not read for five seconds is given up, and so is one that waits for its turn here.
        answers = stack.enter_context(ThreadPoolExecutor(100)).map(lines_of, connections)
        for number, lines in enumerate(answers):
            assert (len(lines), lines[-1]) == (number + 3, "exit 6")


HOSTILE = {
    "a megabyte without an end": b"check" * 200_000,
    "NULs": b"\0" * 300,
    "a NUL behind the word": b"check\0\n",
    "two requests": b"check\ncheck\n",
    "an option": b"plan 1 --runner 5\n",
    "a shell": b"plan 1; id\n",
    "a digest in capitals": f"repair {DIGEST.upper()} 1\n".encode(),
    "Windows": b"check\r\n",
    "another protocol": b"GET / HTTP/1.1\r\n\r\n",
    "no UTF-8": b"\xff\xfe\n",
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_request_is_refused_at_once(served: Service, tmp_path: Path, sent: bytes) -> None:
    """2, one sentence without a word of the caller's, nothing done."""
    with served.connected() as connection:
        with suppress(OSError):  # it hangs up on the megabyte
            connection.sendall(sent)
        greeting, reason, end = lines_of(connection)
    assert greeting.startswith("runner-scope-doctor ")
    assert reason.startswith("err REFUSED: The ")
    assert end == "exit 2"
    assert list(tmp_path.iterdir()) == []


def test_silence_and_a_drip_end_after_five_seconds(served: Service, tmp_path: Path) -> None:
    """Half a line, nothing at all, and a byte now and then: refused in time, all at once and each by itself; who closes at once
    is no error."""
    with ExitStack() as stack:
        silent, half, drip, gone = (stack.enter_context(served.connected()) for _ in range(4))
        gone.close()
        half.sendall(b"che")
        begun = time.monotonic()
        while time.monotonic() - begun < 4.5:
            drip.sendall(b"x")
            time.sleep(0.5)
        for connection in (silent, half, drip):
            assert lines_of(connection)[1].startswith("err REFUSED: The caller did not send a whole line in time.")
        assert 4.5 < time.monotonic() - begun < 9
    assert list(tmp_path.iterdir()) == []
    assert served.answer(b"plan 1\n")[-1] == "exit 6"
    assert "Traceback" not in served.log.read_text()


def test_a_deaf_caller_holds_a_service_for_seconds_only(served: Service, tmp_path: Path) -> None:
    """Ten megabytes that nobody reads: the work is done at once, and the service ends soon after."""
    with served.connected() as connection:
        connection.sendall(b"plan 10000\n")
        wait_for((tmp_path / "plan 10000").exists)
        wait_for(lambda: "died with code 6" in served.log.read_text(), seconds=12)
        assert not any(line.startswith("exit") for line in lines_of(connection))


def test_the_log_names_the_caller_and_the_request(served: Service) -> None:
    """An operator can read afterwards who asked for what, whatever became of the caller."""
    with served.connected() as connection:
        connection.sendall(f"{repair(1)}\n".encode())
    wait_for(lambda: f"{repair(1)}, asked for by uid {os.getuid()}\n" in served.log.read_text())
