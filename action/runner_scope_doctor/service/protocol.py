"""The lines of the socket, UTF-8 with one LF behind each, as values. docs/service.md describes them for people.

The service speaks first: its greeting. Then the caller's one request, then the service's words, last the exit code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.report.escape import escaped_if_unsafe

PROTOCOL = 1
"""Raised with every change that the other side has to know."""
MOST_REQUEST_BYTES = 256
"""Of the request's line, its end not counted."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RUN_ID = re.compile(r"[1-9][0-9]{0,18}")
_LARGEST_ID = 2**63 - 1
_GREETING = re.compile(r"runner-scope-doctor (\S{1,40}) protocol ([0-9]{1,6}) snapshot ([0-9]{1,6})")
_SAID = re.compile(r"(out|err|data) (.*)", re.DOTALL)
_ENDED = re.compile(r"exit ([0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """Asks for the snapshot that the host's own login sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Asks for the plan of one run of the workflow, `action_run.id`."""

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRequest:
    """Asks to carry out the plan with that digest, 64 hex digits, as that run (`action_run.id`) approved it."""

    digest: str
    run_id: int


Request = CheckRequest | PlanRequest | RepairRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The service's first line. `snapshot` is the number of the form of snapshots that its release writes."""

    version: str
    protocol: int
    snapshot: int


class Channel(Enum):
    """Where a line of the service belongs: standard output, standard error, or the snapshot."""

    OUT = "out"
    ERR = "err"
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of the answer, made safe to print by whoever read or wrote it."""

    channel: Channel
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The last line: the exit code of what was asked for."""

    code: int


ReplyLine = Greeting | Said | Ended


def run_id_of(text: str) -> int | None:
    """The id of a run, written as the server writes it; None for anything else."""
    return int(text) if _RUN_ID.fullmatch(text) and int(text) <= _LARGEST_ID else None


def is_digest(text: str) -> bool:
    """Whether this is a digest to the letter: 64 hex digits, none of them a capital."""
    return _DIGEST.fullmatch(text) is not None


def request_of_line(line: bytes) -> Request:
    """The request in a line without its end. Raises UsageError, which repeats nothing of it, for anything else."""
    match line.decode("ascii", errors="replace").split(" "):
        case ["check"]:
            return CheckRequest()
        case ["plan", text] if (run_id := run_id_of(text)) is not None:
            return PlanRequest(run_id=run_id)
        case ["repair", digest, text] if is_digest(digest) and (run_id := run_id_of(text)) is not None:
            return RepairRequest(digest=digest, run_id=run_id)
        case _:
            raise UsageError(
                "The request is none that this service knows.",
                next_step="Send one line: check, plan RUN_ID, or repair DIGEST RUN_ID, with 64 lower-case hex digits.",
            )


def request_line(request: Request) -> bytes:
    """The line, its end included."""
    return f"{request_text(request)}\n".encode("ascii")


def request_text(request: Request) -> str:
    """The request as it is written in its line, for people too."""
    match request:
        case CheckRequest():
            return "check"
        case PlanRequest(run_id=run_id):
            return f"plan {run_id}"
        case RepairRequest(digest=digest, run_id=run_id):
            return f"repair {digest} {run_id}"
        case _:
            assert_never(request)


def reply_line(reply: ReplyLine) -> bytes:
    """The line, its end included. What is said in it is made safe to print."""
    match reply:
        case Greeting(version=version, protocol=protocol, snapshot=snapshot):
            line = f"runner-scope-doctor {version} protocol {protocol} snapshot {snapshot}"
        case Said(channel=channel, text=text):
            line = f"{channel.value} {escaped_if_unsafe(text)}"
        case Ended(code=code):
            line = f"exit {code}"
        case _:
            assert_never(reply)
    return f"{line}\n".encode()


def reply_of_line(line: bytes) -> ReplyLine | None:
    """What a line without its end says, made safe to print; None for a line that this protocol does not have."""
    text = line.decode("utf-8", errors="backslashreplace")
    if said := _SAID.fullmatch(text):
        return Said(channel=Channel(said[1]), text=escaped_if_unsafe(said[2]))
    if ended := _ENDED.fullmatch(text):
        return Ended(code=int(ended[1]))
    if greeting := _GREETING.fullmatch(text):
        return Greeting(version=escaped_if_unsafe(greeting[1]), protocol=int(greeting[2]), snapshot=int(greeting[3]))
    return None
