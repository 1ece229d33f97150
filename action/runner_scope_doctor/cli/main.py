"""The command: reads the arguments, runs one command, and turns every outcome into an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from runner_scope_doctor.cli.arguments import parser
from runner_scope_doctor.cli.commands import run
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.nagios_plugin import is_plugin, plugin_code
from runner_scope_doctor.cli.verdict import code_of, last_line
from runner_scope_doctor.model.errors import DoctorError, RepairFailed, RepairUncertain
from runner_scope_doctor.report.escape import escaped

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room: a disk, a quota, the largest file that is allowed. Whatever else can be full has its own sentence before."""
_NO_ROOM = (
    "INCONCLUSIVE: what there is to tell could not be written: no room is left. "
    "Next: make room where the output leads, and run it again."
)
_ANSWERS = (ExitCode.HEALTHY, ExitCode.UNHEALTHY)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `runner-scope-doctor`. Returns the exit code; nothing of ours is ever raised, and
    1 is returned by a monitoring plugin alone."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_a_character(stream)
    words = list(sys.argv[1:] if arguments is None else arguments)
    code = _guarded(words)
    # What was not done for a reason stays told by its code; what was found, and nobody read, was not.
    if (lost := _flushed()) is not None and code in _ANSWERS:
        code = ExitCode.INCONCLUSIVE
        if lost.errno in _FULL:
            _say(_NO_ROOM)
            _flushed()
    return plugin_code(code) if is_plugin(words, os.environ) else int(code)


def _guarded(arguments: Sequence[str]) -> int:
    try:
        chosen = parser().parse_args(arguments)
    except SystemExit as done:  # argparse ends so after --help and after a wrong argument
        return done.code if isinstance(done.code, int) else int(ExitCode.USAGE)
    except KeyboardInterrupt:
        return _interrupted()
    return concluded(lambda: run(chosen), debug=chosen.debug or os.environ.get("RSD_DEBUG"))


def concluded(work: Callable[[], int], *, debug: str | None) -> int:
    """The exit code of the work. What it raised is said in one sentence on standard error; `debug` names the file for the
    traceback of an unexpected error, None for no file."""
    try:
        return work()
    except DoctorError as error:
        _keep_traceback(error, debug)
        _say(last_line(error))
        return int(code_of(error))
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return int(ExitCode.INCONCLUSIVE)
    except Exception as error:  # the last line of defence: no traceback ever reaches a user
        is_full = isinstance(error, OSError) and error.errno in _FULL
        _say(_NO_ROOM if is_full else _unexpected(error, debug))
        return int(ExitCode.INCONCLUSIVE)


def _interrupted() -> int:
    _say("INCONCLUSIVE: interrupted before the look was finished. Next: run it again.")
    return int(ExitCode.INCONCLUSIVE)


def _say(sentence: str) -> None:
    # Where nobody can be told, the exit code still tells.
    with suppress(OSError):
        sys.stderr.write(escaped(sentence) + "\n")


def _unexpected(error: Exception, debug: str | None) -> str:
    """One sentence about an error of ours; the traceback goes to a file only when one was asked for."""
    sentence = f"INCONCLUSIVE: an unexpected error of this tool ({type(error).__name__}) ended the look."
    if debug is None:
        return f"{sentence} Next: run it again with --debug FILE and report that file."
    try:
        _write_traceback(error, debug)
    except OSError as failure:
        return f"{sentence} Next: give --debug a file that can be written; {debug} cannot ({failure.strerror})."
    return f"{sentence} Next: report {debug}, which holds the traceback; look through it for secrets first."


def _keep_traceback(error: DoctorError, debug: str | None) -> None:
    """What a repair made of an error that is not ours: the traceback, where one was asked for and can be written."""
    if debug is not None and isinstance(error, RepairFailed | RepairUncertain):
        with suppress(OSError):
            _write_traceback(error, debug)


def _write_traceback(error: Exception, debug: str) -> None:
    import traceback  # only when something went wrong

    Path(debug).write_text("".join(traceback.format_exception(error)), encoding="utf-8")


def _never_fail_on_a_character(stream: TextIO) -> None:
    """A terminal without UTF-8 shows escapes instead of ending the program."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _open_what_is_closed() -> None:
    """A caller may have closed a standard stream; Python then has None there, and the next file opened takes its place."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 - open until the process ends


def _flushed() -> OSError | None:
    """Why not everything printed has arrived, None when it has. A full disk or a reader that went away is told by the exit
    code, and Python must not complain about it once more while it exits."""
    lost = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            lost = lost or error
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return lost
