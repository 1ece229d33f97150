"""`python -m support.nursery SOCKET PIPE`: loads the product and forks a run of it for each connection, until the pipe closes."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
from typing import NoReturn

import runner_scope_doctor


def main() -> None:
    """Serves until whoever started it is gone."""
    path, pipe = sys.argv[1], int(sys.argv[2])
    for module in pkgutil.walk_packages(runner_scope_doctor.__path__, "runner_scope_doctor."):
        if module.name != "runner_scope_doctor.__main__":
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(path)
        door.listen(128)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while pipe not in select.select([door.fileno(), pipe], [], [])[0]:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                os.close(pipe)
                _attend(line)
            line.close()


def _attend(line: socket.socket) -> NoReturn:
    """Waits for one run, and says how it ended as `subprocess` does."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, descriptors, _, _ = socket.recv_fds(line, 8, 2)
    asked = json.loads(_whole(line, int.from_bytes(size, "big")))
    number = os.fork()
    if number == 0:
        line.close()
        _run(asked, *descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    _, status = os.waitpid(number, 0)
    line.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _whole(line: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        content += line.recv(size)
    return content


def _run(asked: dict[str, object], out: int, err: int) -> NoReturn:
    """What `python -m runner_scope_doctor` does, with standard streams as Python makes them where no locale is set."""
    from runner_scope_doctor.cli.main import main as command

    arguments, environment = asked["arguments"], asked["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(asked["folder"]))
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, out, err)):
        os.dup2(descriptor, number)
        if descriptor > 2:
            os.close(descriptor)
    sys.stdin = os.fdopen(0, encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.argv = ["runner-scope-doctor", *arguments]
    code = command(arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 120
    os._exit(code)


if __name__ == "__main__":
    main()
