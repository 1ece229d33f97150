"""`request`: waits for the host's service and says what it says; knows when it knows nothing."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.command import ACTION, Ended, doctor
from support.scripted_service import GREETING, saying, scripted

DIGEST = "0123456789abcdef" * 4
REPAIR = ("repair", DIGEST, "415")
STATUS = "Next: On the host: runner-scope-doctor status"


def asked(path: Path, *arguments: str | Path) -> Ended:
    return doctor("request", *arguments, "--socket", path)


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 6, 7, 10])
def test_the_exit_code_is_the_services(code: int) -> None:
    """Its words go to standard output and standard error as they come, and nothing is added."""
    with scripted(saying(b"err journal: begun\nout DONE: 1 row\n", f"exit {code}\n".encode())) as path:
        assert asked(path, *REPAIR) == Ended(code, "DONE: 1 row\n", "journal: begun\n")


def test_the_request_is_sent_to_the_letter_and_only_to_who_greeted() -> None:
    """One line, after the greeting."""
    got: list[bytes] = []

    def play(connection: socket.socket) -> None:
        connection.settimeout(0.3)
        try:
            got.append(connection.recv(300))
        except TimeoutError:
            got.append(b"nothing yet")
        connection.sendall(GREETING)
        connection.settimeout(10)
        got.append(connection.recv(300))
        connection.sendall(b"exit 0\n")

    with scripted(play) as path:
        assert asked(path, "plan", "12").code == 0
        assert asked(path, *REPAIR).code == 0
        assert asked(path, "check").code == 0
    assert got == [
        b"nothing yet", b"plan 12\n", b"nothing yet", f"repair {DIGEST} 415\n".encode(), b"nothing yet", b"check\n"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "0"), ("plan", "12\n"), ("plan", "-1"), ("plan", "9" * 20), ("plan", "$(id)"),
        ("repair", DIGEST.upper(), "1"), ("repair", DIGEST[1:], "1"), ("repair", DIGEST + "\n", "1"), ("repair", "", "1"),
        ("repair", DIGEST, "1 2"), ("repair", DIGEST), ("check", "1"), (), ("repair", DIGEST, "1", "--wait", "2h"),
        ("repair", DIGEST, "1", "--host", "/planted/host.yml"), ("repair", DIGEST, "1", "--break-glass", "now"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_not_sent(arguments: tuple[str, ...]) -> None:
    """It ends with 2 before anybody is called: no digest in another spelling, no option for the host."""
    ended = doctor("request", *arguments, environment={"RSD_SOCKET": "/nonexistent/doctor.sock"})
    assert ended.code == 2
    assert "there is no socket" not in ended.err


BROKEN = {
    "closed": (b"",),
    "closed in the middle": (b"err journal: begun\n", b"out DO"),
    "cut before the code": (b"err journal: begun\n", b"exit"),
    "another line": (b"hello\n",),
    "a second greeting": (GREETING,),
    "a code without a meaning": (b"exit 1\n",),
    "a line that never ends": (b"out " + b"x" * 5_100_000,),
    "lines without end": ((b"out " + b"x" * 50_000 + b"\n") * 200,),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off_is_neither_success_nor_failure(answer: tuple[bytes, ...]) -> None:
    """A repair may have been made: 7, and where to look. What only looks is 4."""
    with scripted(saying(*answer)) as path:
        ended = asked(path, *REPAIR)
        assert ended.code == 7
        last = ended.err.splitlines()[-1]
        assert last.startswith("UNCERTAIN: The service ")
        assert f"The host goes on with `repair {DIGEST} 415` by itself. {STATUS}" in last
        if len(answer[0]) < 1000:
            assert asked(path, "plan", "1").code == 7
            assert asked(path, "check").code == 4


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        (b"", "the service hung up before it said anything. Next: Try again"),
        (b"SSH-2.0-OpenSSH_9.2\n", "who answers there is no runner-scope-doctor"),
        (b"exit 0\n", "who answers there is no runner-scope-doctor"),
        (b"runner-scope-doctor 9.0.0 protocol 2 snapshot 2\n", "Upgrade this side"),
        (b"runner-scope-doctor 9.0.0 protocol 1 snapshot 999\n", "Upgrade this side"),
        (b"runner-scope-doctor 0.0.1 protocol 0 snapshot 2\n", "Upgrade the host's side"),
        (b"runner-scope-doctor 0.0.1 protocol 1 snapshot 1\n", "Upgrade the host's side"),
    ],
)
def test_nothing_is_asked_of_one_who_speaks_otherwise(greeting: bytes, reason: str) -> None:
    """Another release or another program: 4, which side to upgrade, and no request was sent."""
    got: list[bytes] = []

    def play(connection: socket.socket) -> None:
        connection.sendall(greeting)
        if greeting:
            got.append(connection.recv(300))

    with scripted(play) as path:
        ended = asked(path, *REPAIR)
    assert (ended.code, ended.out, ended.err.count("\n")) == (4, "", 1)
    assert reason in ended.err
    assert set(got) <= {b""}


def test_nobody_there_is_said_with_what_to_do(tmp_path: Path) -> None:
    """No socket, one nobody listens on, a file, a path too long for one: 4 each, and the reason."""
    dead = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dead))
    (tmp_path / "file").touch()
    for path, reason in (
        (tmp_path / "no.sock", "there is no socket"),
        (dead, "nobody listens there. Next: On the host: systemctl start runner-scope-doctor.socket"),
        (tmp_path / "file", "nobody listens there"),
        (tmp_path / ("x" * 120), "path too long"),
    ):
        ended = asked(path, *REPAIR)
        assert ended.code == 4
        assert reason in ended.err


def test_the_socket_comes_from_the_variable_too() -> None:
    """RSD_SOCKET names it, the option wins."""
    with scripted(saying(b"exit 0\n")) as path:
        variable = {"RSD_SOCKET": str(path)}
        assert doctor("request", "plan", "1", environment=variable).code == 0
        assert doctor("request", "plan", "1", "--socket", "/nonexistent", environment=variable).code == 4


def test_hostile_words_of_the_service_stay_words() -> None:
    """No command for the runner's log, no terminal sequence, no second line, whatever the bytes."""
    evil = (
        b"out ::set-env name=PATH::/x\nerr ##[error]x\x1b[2J\nout \xff\xfe\0\rb\ndata :y\nout already \\x1b escaped\n"
    )
    with scripted(saying(evil + b"exit 0\n")) as path:
        ended = asked(path, "plan", "1")
    assert ended.out == (
        "\\x3a\\x3aset-env name=PATH\\x3a\\x3a/x\n\\\\xff\\\\xfe\\x00\\x0db\n\\x3ay\nalready \\x1b escaped\n"
    )
    assert ended.err == "\\x23\\x23[error]x\\x1b[2J\n"
    assert not re.search(r"^::|##\[|\x1b", ended.out + ended.err, re.MULTILINE)


def test_the_wait_has_an_end() -> None:
    """A service that says nothing more for a second is left alone after one, with 7; a drip of lines does not help."""
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        connection.recv(300)
        while not stop.wait(0.2):
            connection.sendall(b"err still at it\n")

    begun = time.monotonic()
    with scripted(drip) as path:
        ended = asked(path, *REPAIR, "--wait", "1s")
        stop.set()
    assert ended.code == 7
    assert "did not send a whole line in time" in ended.err
    assert time.monotonic() - begun < 10


def test_ctrl_c_says_that_the_host_goes_on() -> None:
    """Whoever stops waiting has stopped nothing, and is told so."""
    waiting = threading.Event()

    def play(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        connection.recv(300)
        connection.sendall(b"err journal: begun\n")
        waiting.wait(20)

    with scripted(play) as path:
        command = [sys.executable, "-m", "runner_scope_doctor", "request", *REPAIR, "--socket", str(path)]
        process = subprocess.Popen(
            command, env={"PYTHONPATH": str(ACTION)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert process.stderr.readline() == "journal: begun\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        waiting.set()
    assert process.returncode == 7
    assert err.startswith("UNCERTAIN: Interrupted while waiting for the service. The host goes on with")
    assert STATUS in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to write to on this system")
def test_the_code_is_waited_for_though_nobody_reads() -> None:
    """A full disk under the log does not end the wait; that the words were lost is told as it always is, by 4 and a sentence."""
    seen = threading.Event()

    def play(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        connection.recv(300)
        connection.sendall(b"out one\nout two\nexit 0\n")
        connection.settimeout(10)
        if connection.recv(1) == b"":
            seen.set()

    with scripted(play) as path, open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "runner_scope_doctor", "request", *REPAIR, "--socket", str(path)]
        environment = {"PYTHONPATH": str(ACTION), "PATH": os.environ["PATH"]}
        ended = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n"), seen.is_set()) == (4, 1, True)
    assert "no room is left" in ended.stderr
