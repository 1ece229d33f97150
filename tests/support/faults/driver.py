"""Starts runs of the product that can be watched, halted and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.command import ACTION, ROOT, Ended
from support.faults.child import GO_ON, HALTED, READY
from support.faults.orders import Orders

SECONDS = 60
"""How long anything is waited for."""
KILLED = -int(signal.SIGKILL)


@dataclass(slots=True)
class Running:
    """One run of the command. `reached` has the checkpoints it announced, as far as they were read."""

    number: int
    output: int
    errors: int
    control: socket.socket
    line: socket.socket
    reached: list[Checkpoint] = field(default_factory=list)

    def until_it_waits(self) -> bool:
        """Whether it waits to be told to go on; False when it ended before it came to that."""
        while (said := self.control.recv(64)) not in (READY, HALTED):
            if not said:
                return False
            self.reached.append(Checkpoint[said.decode()])
        return True

    def until(self, checkpoint: Checkpoint) -> None:
        """Waits until it has announced that checkpoint, or has ended before."""
        while checkpoint not in self.reached and (said := self.control.recv(64)):
            self.reached.append(Checkpoint[said.decode()])

    def go_on(self) -> None:
        """Lets a waiting run go on."""
        self.control.send(GO_ON)

    def kill(self) -> None:
        """kill -9, also of one that has ended: its number is not given away before `ended`."""
        os.kill(self.number, signal.SIGKILL)

    def ended(self) -> Ended:
        """Waits for the end. To be called once."""
        self.line.send(json.dumps({"wait": self.number}).encode())
        code = json.loads(self.line.recv(64))
        while said := self.control.recv(64):
            if said not in (READY, HALTED):
                self.reached.append(Checkpoint[said.decode()])
        self.control.close()
        out, err = (_read(descriptor) for descriptor in (self.output, self.errors))
        assert "Traceback" not in out + err, out + err
        assert code != 1, err
        return Ended(code, out, err)


@dataclass(frozen=True, slots=True)
class Driver:
    """The line to the process that forks the runs. Not for several threads at once."""

    line: socket.socket

    def start(self, arguments: Sequence[str | Path], orders: Orders | None = None) -> Running:
        """Starts a run and returns at once."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(SECONDS)
        (output, out), (errors, err) = os.pipe(), os.pipe()
        asked = {"orders": (orders or Orders()).to_text(), "arguments": [str(one) for one in arguments]}
        socket.send_fds(self.line, [json.dumps(asked).encode()], [out, err, theirs.fileno()])
        theirs.close()
        os.close(out)
        os.close(err)
        number = json.loads(self.line.recv(64))
        return Running(number=number, output=output, errors=errors, control=ours, line=self.line)

    def run(self, arguments: Sequence[str | Path], orders: Orders | None = None) -> Ended:
        """A whole run."""
        return self.start(arguments, orders).ended()


@contextmanager
def driver() -> Iterator[Driver]:
    """A forking process for the while."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(SECONDS)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "support.faults.breeder", str(theirs.fileno())],
            env=_environment(), pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        try:
            yield Driver(ours)
        finally:
            ours.close()
            process.wait(SECONDS)


def alone(arguments: Sequence[str | Path], orders: Orders) -> int:
    """The same in a fresh process with its own interpreter, as a person starts it; returns how it ended."""
    ended = subprocess.run(
        [sys.executable, "-m", "support.faults.child", orders.to_text(), *map(str, arguments)],
        env=_environment(), capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.returncode


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, (ACTION, ROOT / "tests"))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as stream:
        return stream.read()
