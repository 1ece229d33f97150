"""`request`: asks the host's service, waits, and prints what comes. Nothing is decided or done on this side."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO, assert_never

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.settings import span
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.model.errors import DoctorError, RepairUncertain, SourceUnavailable, UsageError
from runner_scope_doctor.observe.snapshot_file import MOST_BYTES
from runner_scope_doctor.observe.snapshot_write import SCHEMA_VERSION
from runner_scope_doctor.service.client import DEFAULT_SOCKET, ClientLimits, Unanswered, asked, greeted
from runner_scope_doctor.service.protocol import (
    PROTOCOL,
    Channel,
    CheckRequest,
    Ended,
    Greeting,
    PlanRequest,
    RepairRequest,
    Request,
    Said,
    is_digest,
    request_text,
    run_id_of,
)

_CONNECT_SECONDS = 10.0
_MOST_WORDS = 8_388_608
"""Bytes of an answer that is no snapshot."""


def run(chosen: Namespace) -> ExitCode:
    """Asks once. The exit code is the service's; an answer that breaks off is no success and no failure."""
    given = Given(chosen, os.environ)
    request = _request(chosen)
    limits = ClientLimits(
        connect_seconds=_CONNECT_SECONDS,
        total_seconds=span(given.text("wait", "10m"), "--wait", least=1),
        total_bytes=MOST_BYTES if isinstance(request, CheckRequest) else _MOST_WORDS,
    )
    own = Greeting(version=__version__, protocol=PROTOCOL, snapshot=SCHEMA_VERSION)
    with greeted(given.path("socket") or DEFAULT_SOCKET, own, limits) as conversation:
        try:
            return _passed_on(asked(conversation, request), request)
        except KeyboardInterrupt as error:
            raise _unknown(request, "Interrupted while waiting for the service.") from error


def _request(chosen: Namespace) -> Request:
    match chosen.request_command:
        case "check":
            return CheckRequest()
        case "plan":
            return PlanRequest(run_id=_run_id(chosen.run))
        case "repair":
            return RepairRequest(digest=_digest(chosen.digest), run_id=_run_id(chosen.run))
        case other:
            raise AssertionError(f"the grammar has no request {other}")


def _run_id(text: str) -> int:
    run_id = run_id_of(text)
    if run_id is None:
        raise UsageError(
            "RUN_ID is no id of a run.", next_step="Give the number that the job knows as github.run_id, such as 1234."
        )
    return run_id


def _digest(text: str) -> str:
    if not is_digest(text):
        raise UsageError(
            "DIGEST is no digest of a plan.", next_step="Give the 64 lower-case hex digits that `plan` printed."
        )
    return text


def _passed_on(answers: Iterator[Said | Ended | Unanswered], request: Request) -> ExitCode:
    for answer in answers:
        match answer:
            case Said(channel=Channel.ERR, text=text):
                _print(text, sys.stderr)
            case Said(text=text):
                _print(text, sys.stdout)
            case Ended(code=code):
                return _known(code, request)
            case Unanswered(reason=reason):
                raise _unknown(request, reason)
            case _:
                assert_never(answer)
    raise AssertionError("the last answer is never something said")


def _print(text: str, stream: TextIO) -> None:
    # Whether or not somebody still reads, the exit code is waited for.
    with suppress(OSError):
        stream.write(f"{text}\n")
        stream.flush()


def _known(code: int, request: Request) -> ExitCode:
    try:
        return ExitCode(code)
    except ValueError as error:
        raise _unknown(request, f"The service ended with {code}, which it never does on purpose.") from error


def _unknown(request: Request, reason: str) -> DoctorError:
    """What became of the request is not known here; the host goes on with it by itself."""
    match request:
        case CheckRequest():
            return SourceUnavailable(reason, next_step="Ask again.")
        case PlanRequest() | RepairRequest():
            return RepairUncertain(
                f"{reason} The host goes on with `{request_text(request)}` by itself.",
                next_step="On the host: runner-scope-doctor status",
            )
        case _:
            assert_never(request)
