"""`serve`: answers the one connection that systemd started this for, by the very commands a person would run."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import assert_never

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.main import concluded, main
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.observe.snapshot_write import SCHEMA_VERSION, snapshot_pieces
from runner_scope_doctor.service.caller import caller_uid, own_connection, request_from, require_caller
from runner_scope_doctor.service.protocol import (
    PROTOCOL,
    Channel,
    CheckRequest,
    Greeting,
    PlanRequest,
    RepairRequest,
    Request,
    request_text,
)
from runner_scope_doctor.service.reply import Reply, ReplyStream

GREETING = Greeting(version=__version__, protocol=PROTOCOL, snapshot=SCHEMA_VERSION)
"""What this release speaks, on either side."""
Work = Callable[[Request, Reply], int]
"""Does what was asked for and returns its exit code. What it prints goes to the caller."""


def run(chosen: Namespace) -> ExitCode:
    """Answers the caller whose connection is standard input. The exit code is the one the caller was told."""
    given = Given(chosen, os.environ)

    def work(request: Request, reply: Reply) -> int:
        match request:
            case CheckRequest():
                return _snapshot_sent(given, reply)
            case PlanRequest(run_id=run_id):
                return main(["plan", "--run", str(run_id), *_host(given)])
            case RepairRequest(digest=digest, run_id=run_id):
                return main(["apply", digest, "--run", str(run_id), *_host(given)])
            case _:
                assert_never(request)

    return served(lambda: _callers(given), work, debug=chosen.debug)


def served(callers: Callable[[], tuple[str, ...]], work: Work, *, debug: str | None = None) -> ExitCode:
    """Greets the caller, asks `callers` for the accounts that may call, reads the request, and lets it be done.

    Once the request is read nothing waits for the caller until the work is done, and nothing the caller does ends it.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with own_connection() as connection:
        reply = Reply(connection)
        reply.say(GREETING)
        log = sys.stderr

        def answered() -> int:
            uid = caller_uid(connection)
            require_caller(uid, callers())
            request = request_from(connection)
            with suppress(OSError):  # whether or not somebody keeps a log
                log.write(f"{request_text(request)}, asked for by uid {uid}\n")
                log.flush()
            return work(request, reply)

        code = _spoken(reply, answered, debug)
        reply.end(code)
    return ExitCode(code)


def _spoken(reply: Reply, work: Callable[[], int], debug: str | None) -> int:
    """What the work ends with. What it prints, and the sentence of an error, become lines of the reply."""
    out, err = ReplyStream(reply, Channel.OUT), ReplyStream(reply, Channel.ERR)
    with redirect_stdout(out), redirect_stderr(err):
        code = concluded(work, debug=debug)
    out.finish()
    err.finish()
    return code


def _host(given: Given) -> list[str]:
    """The configuration named to this process; without a name every command finds the same one."""
    host = given.argument("host")
    return [] if host is None else ["--host", host]


def _callers(given: Given) -> tuple[str, ...]:
    from runner_scope_doctor.cli.host_side import (  # much to load before the greeting
        configuration_of,
        refusing_what_is_not_believed,
    )

    with refusing_what_is_not_believed():
        return configuration_of(given).callers


def _snapshot_sent(given: Given, reply: Reply) -> int:
    from runner_scope_doctor.cli.host_side import host_side
    from runner_scope_doctor.cli.host_snapshot import host_snapshot  # much to load for a refusal

    stream = ReplyStream(reply, Channel.DATA)
    for piece in snapshot_pieces(host_snapshot(host_side(given)), tool_version=__version__):
        stream.write(piece)
        if not reply.has_room():
            raise SourceUnavailable("The caller does not read.", next_step="Ask again.")
    return ExitCode.HEALTHY
