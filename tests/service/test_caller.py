"""Who calls, and from where."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys

import pytest

from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.service.caller import caller_uid, require_caller
from support.command import ACTION, doctor

NOBODY = pwd.getpwnam("nobody").pw_uid


def test_the_kernel_says_who_connected() -> None:
    """Not the caller: the user id is that of the process at the other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert caller_uid(ours) == os.getuid()


def test_root_and_the_named_accounts_may_call() -> None:
    """Logins are compared by the user id they have on this host."""
    require_caller(0, ())
    require_caller(NOBODY, ("daemon", "nobody"))


@pytest.mark.parametrize("logins", [(), ("daemon",), ("no-such-account", "NOBODY", str(NOBODY), "")])
def test_nobody_else_may(logins: tuple[str, ...]) -> None:
    """An account that is not there, a number and another spelling let nobody in."""
    with pytest.raises(RepairRefused, match=rf"nobody \(uid {NOBODY}\) may not use this socket"):
        require_caller(NOBODY, logins)


def test_an_account_without_a_name_is_called_by_its_number() -> None:
    """Also the number that Linux shows for a user id from outside of a container."""
    for uid in (4_123_456_789, 2**32 - 1):
        with pytest.raises(RepairRefused, match=f"uid {uid} may not"):
            require_caller(uid, ("nobody",))


def test_serve_is_not_for_the_command_line() -> None:
    """On a terminal, in a pipe or with nothing at all as standard input it says who starts it, and ends with 2."""
    ended = doctor("serve")
    assert ended.code == 2
    assert "Standard input is no connection of a Unix socket" in ended.err
    closed = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m runner_scope_doctor serve <&-"],
        env={"PYTHONPATH": str(ACTION), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (closed.returncode, "Standard input is no connection" in closed.stderr) == (2, True)


@pytest.mark.parametrize("kind", ["listening", "network"])
def test_another_socket_is_refused(kind: str) -> None:
    """One that only listens (Accept=no), and one of the network, whose other end has no user id."""
    with socket.socket(socket.AF_UNIX if kind == "listening" else socket.AF_INET) as one, socket.socket() as far:
        if kind == "network":
            far.bind(("127.0.0.1", 0))
            far.listen()
            one.connect(far.getsockname())
        else:
            one.bind(f"\0rsd-test-{os.getpid()}")
            one.listen()
        ended = subprocess.run(
            [sys.executable, "-m", "runner_scope_doctor", "serve"], stdin=one.fileno(), capture_output=True, text=True,
            env={"PYTHONPATH": str(ACTION), "PATH": "/usr/bin:/bin"}, timeout=30, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr.count("no connection of a Unix socket")) == (2, 1)
