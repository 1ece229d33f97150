"""Runs of the command that are forked from a process which has the product loaded: a black box still, without the half second
that an interpreter and the drivers need to start. One such process for each process of the tests."""

from __future__ import annotations

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ACTION = TESTS.parent / "action"
_STARTING = 60
"""Seconds."""


def forked(arguments: Sequence[str], environment: Mapping[str, str], timeout: float) -> tuple[int, str, str]:
    """Exit code, standard output and standard error. Raises TimeoutExpired."""
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        line.settimeout(timeout)
        line.connect(_nursery())
        asked = json.dumps({"arguments": [*arguments], "environment": {**environment}, "folder": os.getcwd()})
        socket.send_fds(line, [len(asked).to_bytes(8, "big")], [out.fileno(), err.fileno()])
        line.sendall(asked.encode("ascii"))
        try:
            answer = line.recv(64)
        except TimeoutError as error:
            raise subprocess.TimeoutExpired(["runner-scope-doctor", *arguments], timeout) from error
        assert answer, "the run was ended from outside"
        out.seek(0)
        err.seek(0)
        return int(answer), out.read().decode("utf-8"), err.read().decode("utf-8")


@functools.cache
def _nursery() -> str:
    """The path of the socket of this process's own nursery, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="rsd-")
    path = f"{folder.name}/s"
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "support.nursery", path, str(ours)],
        env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": f"{ACTION}{os.pathsep}{TESTS}"},
        pass_fds=[ours], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(ours)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def end() -> None:
        os.close(theirs)
        process.wait(_STARTING)
        folder.cleanup()

    atexit.register(end)
    return path
