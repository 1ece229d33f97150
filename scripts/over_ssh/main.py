"""Reads the command line, runs the application here or there, and turns every outcome into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from over_ssh.application import application
from over_ssh.arguments import wish
from over_ssh.here import run_here
from over_ssh.interrupts import leave_in_order
from over_ssh.problems import NotDone
from over_ssh.there import run_there
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.nagios_plugin import is_plugin, plugin_code
from runner_scope_doctor.report.escape import escaped


def main(arguments: Sequence[str]) -> int:
    """The exit code; nothing of ours is ever raised."""
    leave_in_order()
    try:
        code = _done(arguments)
    except SystemExit as done:  # argparse ends so after --help and after a wrong argument
        code = done.code if isinstance(done.code, int) else int(ExitCode.USAGE)
    return plugin_code(code) if is_plugin(["check", *arguments], {}) else int(code)


def _done(arguments: Sequence[str]) -> int:
    try:
        wanted = wish(arguments)
        if wanted.host is None:
            run_here(wanted, application(wanted))
        _tell_what_stays_here()
        return run_there(wanted, wanted.host, application(wanted))
    except NotDone as error:
        heading = {ExitCode.INCONCLUSIVE: "INCONCLUSIVE", ExitCode.UNCERTAIN: "UNCERTAIN"}.get(error.code, "REFUSED")
        _say(f"{heading}: {error.problem} Next: {error.next_step}")
        return error.code
    except OSError as error:
        _say(f"INCONCLUSIVE: {error.filename or 'this machine'}: {error.strerror or error}. Next: see to that.")
    except KeyboardInterrupt:
        _say("INCONCLUSIVE: interrupted before anything was run. Next: run it again.")
    return ExitCode.INCONCLUSIVE


def _tell_what_stays_here() -> None:
    """A variable that would have counted on this machine does not count over there."""
    if names := sorted(name for name in os.environ if name.startswith("RSD_") and name != "RSD_PYTHON"):
        _say(f"not sent: {', '.join(names)}. The host's own files are named by options, such as --api-token-file.")


def _say(line: str) -> None:
    with suppress(OSError):
        sys.stderr.write(escaped(line) + "\n")
        sys.stderr.flush()
