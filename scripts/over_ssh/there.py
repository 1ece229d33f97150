"""Runs the application on another host. What goes there goes through ssh's standard input: nothing of it stands on a command
line or in an environment, and no shell reads it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import IO

from over_ssh.application import content_of
from over_ssh.arguments import Account, Command, Wish
from over_ssh.interrupts import stay
from over_ssh.problems import NotDone
from over_ssh.relay import Relay
from runner_scope_doctor.cli.exit_codes import ExitCode, NagiosCode
from runner_scope_doctor.cli.nagios_plugin import is_plugin

_FIRST = Path(__file__).with_name("on_host.py")
_LARGEST_SIGNATURE = 65_536
"""Bytes; the host allows fewer."""
_OPTIONS = (
    "-T",  # no terminal: nothing that is printed there can answer a question here
    "-a",  # no forwarding of keys,
    "-x",  # of the screen,
    *("-o", "ClearAllForwardings=yes"),  # or of ports
    *("-o", "PermitLocalCommand=no"),
    *("-o", "ControlMaster=no"),  # a connection kept for later would keep our pipes open
    *("-o", "StrictHostKeyChecking=yes"),  # whatever ssh's own settings say: an unknown host is not sent anything
)
_PRIVATE = ("RSD_", "PG", "MYSQL")
_PATIENCE = 10.0
"""Seconds for ssh to end when it is told to, and for the last words once it has ended."""
_LOST = 255
"""ssh's own exit status: it did not get there, or the connection was lost."""


class Sent(Enum):
    """How much of what the host needs to begin ssh has taken from us."""

    WHOLE = "whole"
    IN_PART = "in part"


class Begun(Enum):
    """Whether the command was begun over there. Nobody knows when the connection was lost before the host's word arrived."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


def run_there(wanted: Wish, host: str, application: bytes) -> ExitCode | NagiosCode:
    """The command's exit code; a NagiosCode where it was asked for.

    Raises NotDone when it was not run, or its end was not heard.
    """
    word = secrets.token_hex(16)
    beginning = _FIRST.read_bytes()
    message = (beginning, *_message(wanted, application, word))
    # Not in a `with`: should anybody still hold the other end of a pipe, closing ours would wait for them.
    ssh = subprocess.Popen(
        ["ssh", *_OPTIONS, "--", host, _remote(wanted, len(beginning))],  # noqa: S607 - the person's own
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_without_secrets(os.environ),
    )
    assert ssh.stdin is not None  # noqa: S101 - three pipes were asked for
    assert ssh.stdout is not None  # noqa: S101 - see above
    assert ssh.stderr is not None  # noqa: S101 - see above
    said, complained = Relay(ssh.stdout, sys.stdout, None), Relay(ssh.stderr, sys.stderr, word)
    sent = Sent.IN_PART
    try:
        sent = _send(ssh.stdin, message)
        status = ssh.wait()
    except KeyboardInterrupt:
        status = _left(ssh)
    finally:
        stay()
        with suppress(OSError):  # what could not be sent; the host takes the end as our leaving
            ssh.stdin.close()
    for relay in (said, complained):
        relay.wait(_PATIENCE)
    code = _judged(status, wanted, Begun.YES if complained.has_begun else _perhaps_begun(status, sent))
    return ExitCode.INCONCLUSIVE if said.is_broken and code == ExitCode.HEALTHY else code


def _remote(wanted: Wish, size: int) -> str:
    """One line that every login shell takes in the same way."""
    sudo = "sudo -n -- " if wanted.account is Account.ROOT_BY_SUDO else ""
    return f"exec {sudo}{wanted.python} -I -S -B -X utf8 -c 'import sys; exec(sys.stdin.buffer.read({size}))'"


def _message(wanted: Wish, application: bytes, word: str) -> tuple[bytes, ...]:
    """What on_host.py reads: a line of JSON, then the files. A number among the arguments stands for that file's path."""
    signatures = [content_of(file, _LARGEST_SIGNATURE) for file in wanted.signatures]
    files = (application, *signatures)
    named = [part for number in range(1, len(files)) for part in ("--signature", number)]
    order = {
        "word": word,
        "stays": wanted.command is Command.APPLY,
        "sizes": [len(file) for file in files],
        "arguments": [wanted.command.value, *wanted.arguments, *named],
    }
    return (json.dumps(order).encode() + b"\n", *files)


def _send(stream: IO[bytes], message: tuple[bytes, ...]) -> Sent:
    try:
        for part in message:
            stream.write(part)
        stream.flush()
    except BrokenPipeError:  # how ssh ended says more
        return Sent.IN_PART
    return Sent.WHOLE


def _left(ssh: subprocess.Popen[bytes]) -> int:
    """How ssh ended once it was told to."""
    stay()  # a second interrupt must not keep us from saying what the first one left behind
    ssh.terminate()
    try:
        return ssh.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        ssh.kill()
        return ssh.wait()


def _perhaps_begun(status: int, sent: Sent) -> Begun:
    """Without the host's word that it began. Where ssh itself did not fail, all of the host's words were heard."""
    return Begun.PERHAPS if sent is Sent.WHOLE and (status == _LOST or status < 0) else Begun.NO


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """What ssh may pass on when its settings name such variables (SendEnv) must not be there."""
    return {name: value for name, value in environment.items() if not name.startswith(_PRIVATE)}


def _judged(status: int, wanted: Wish, begun: Begun) -> ExitCode | NagiosCode:
    codes = NagiosCode if is_plugin([wanted.command.value, *wanted.arguments], {}) else ExitCode
    if begun is Begun.YES and status in tuple(codes):
        return codes(status)
    how = f"was killed by signal {-status}" if status < 0 else f"ended with {status}"
    if begun is not Begun.NO and wanted.command is Command.APPLY:
        heard = (
            f"The repair was begun on {wanted.host}, and how it ended was not heard"
            if begun is Begun.YES
            else f"The repair was sent to {wanted.host}, and whether it was begun there was not heard"
        )
        raise NotDone(
            ExitCode.UNCERTAIN,
            f"{heard}: ssh {how}.",
            next_step="Run the same command again: a plan is carried out once, and it says whether that has happened.",
        )
    if begun is Begun.YES:
        raise NotDone(
            ExitCode.INCONCLUSIVE,
            f"The check was begun on {wanted.host}, and how it ended was not heard: ssh {how}.",
            next_step="Run it again.",
        )
    if status == int(ExitCode.INCONCLUSIVE):
        return ExitCode.INCONCLUSIVE  # on_host.py has said why
    raise NotDone(
        ExitCode.INCONCLUSIVE, f"Nothing was run on {wanted.host}: ssh {how}.", next_step=_advice(status, wanted)
    )


def _advice(status: int, wanted: Wish) -> str:
    if status == _LOST:
        return f"See above for ssh's reason. A host that is new here is first logged in to by hand: ssh {wanted.host}"
    if status == 127:  # a shell's, for a command that is not there
        return f"Install Python 3.11 or later there, or name it with --python; {wanted.python} was not found."
    return "See above for the host's reason."
