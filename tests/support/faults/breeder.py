"""A small process that has the whole product loaded and forks a child for each run, which takes milliseconds.

It opens no database itself: an open SQLite file must not be carried across a fork. Started by `driver.py` only.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
import traceback

import runner_scope_doctor
from support.faults.child import obeyed
from support.faults.orders import orders_from_text

LARGEST = 1 << 16


def serve(line: socket.socket) -> None:
    """Forks and waits as it is asked, until the other end closes."""
    for module in pkgutil.walk_packages(runner_scope_doctor.__path__, "runner_scope_doctor."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, LARGEST, 3)
        if not message:
            return
        asked = json.loads(message)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            line.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())
            continue
        child = os.fork()
        if child == 0:
            line.close()
            _become(asked, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        line.send(json.dumps(child).encode())


def _become(asked: dict[str, object], descriptors: list[int]) -> None:
    output, errors, control = descriptors
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    # The old ones still believe to be what they were opened on.
    sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
    code = 1
    try:
        orders, arguments = orders_from_text(str(asked["orders"])), asked["arguments"]
        assert isinstance(arguments, list)
        code = obeyed(orders, arguments, socket.socket(fileno=control))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
