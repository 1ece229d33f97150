"""Reads the command line, does one task, and turns every outcome into an exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence

from host.arguments import Task, wish
from host.installing import complain, install
from host.problems import ExitCode, Refused
from host.saying import say
from host.undoing import undo


def main(arguments: Sequence[str]) -> int:
    """The exit code; nothing of ours is ever raised."""
    wanted = wish(arguments)
    try:
        if os.geteuid() != 0:
            if wanted.task is Task.CHECK:
                say("INCONCLUSIVE: Only root can become the runner's user. Next: run it as root.")
                return ExitCode.INCONCLUSIVE
            raise Refused("Only root can do this.", next_step="Run it as root.")
        match wanted.task:
            case Task.INSTALL:
                return install(wanted)
            case Task.UNDO:
                return undo(wanted)
            case Task.CHECK:
                from host.check import check  # much that the others do not need

                return check(wanted)
    except Refused as error:
        return complain(error)
    except KeyboardInterrupt:
        return complain(Refused("Interrupted.", next_step="Run it again; it goes on from where it is."))
    return ExitCode.DONE
