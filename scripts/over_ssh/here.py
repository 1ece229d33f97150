"""Runs the application on this machine, from a file in memory: root can then go on as another account, which can read it too."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from over_ssh.arguments import Wish


def run_here(wanted: Wish, application: bytes) -> NoReturn:
    """Becomes the command. Raises OSError when there is no room."""
    descriptor = os.memfd_create("runner-scope-doctor", 0)  # outlives exec
    rest = memoryview(application)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    named = [part for file in wanted.signatures for part in ("--signature", str(file))]
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", f"/proc/self/fd/{descriptor}"]
    os.execv(sys.executable, [*command, wanted.command.value, *wanted.arguments, *named])  # noqa: S606 - no shell is wanted
