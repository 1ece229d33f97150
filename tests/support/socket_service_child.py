"""A service whose work is the tests' own, so that they can look at it while a caller misbehaves.

Started with a folder. `plan N` prints N lines. `repair … N` holds the folder's lock for N tenths of a second and prints all
the while. Both then leave a file there, named by the request, with the environment the work saw.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from pathlib import Path

from runner_scope_doctor.cli.serve import served
from runner_scope_doctor.service.protocol import CheckRequest, PlanRequest, RepairRequest, Request, request_text
from runner_scope_doctor.service.reply import Reply

LINE = "x" * 1000


def _work(folder: Path, request: Request) -> int:
    match request:
        case CheckRequest():
            sys.stdout.write(json.dumps(dict(os.environ)) + "\n")
        case PlanRequest(run_id=count):
            for _ in range(count):
                sys.stdout.write(f"{LINE}\n")
        case RepairRequest(run_id=tenths):
            with (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                end = time.monotonic() + tenths / 10
                while time.monotonic() < end:
                    sys.stderr.write(f"{LINE}\n")
                    time.sleep(0.001)
    (folder / request_text(request)).write_text(str(time.monotonic()))
    return 6


def main() -> int:
    folder = Path(sys.argv[1])

    def work(request: Request, _reply: Reply) -> int:
        return _work(folder, request)

    return served(lambda: ("nobody",), work)


if __name__ == "__main__":
    sys.exit(main())
