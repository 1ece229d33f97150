"""Probes of the ways to the repair: the one that must be open, those that must not, and who could forge an approval."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from host.accounts import Account
from host.becoming import Attempt, Deed, Ending, run_as, tried_as
from host.configured import Configured
from host.places import CHECK_UNIT, COMMAND, HOST_YML, INTERPRETER, SERVICE_UNIT, SOCKET, SOCKET_UNIT, UNITS
from host.probe_lines import Line, Result, fail, ok, unseen
from host.surroundings import Network

_DIRECT = (("apply", "0" * 64), ("apply-approved",), ("plan",))
"""What a job could try past the socket. No plan has that digest."""
_UNREADABLE = (3, 5)
"""A configuration that cannot be read is an invalid setting to `plan`, and to a repair what is not believed: refused."""
_ASKING = """\
import socket, sys
from contextlib import suppress
answer = b""
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
    connection.settimeout(20)
    connection.connect(sys.argv[1])
    with suppress(OSError):
        connection.sendall(b"who may call?\\n")
    with suppress(OSError):
        while len(answer) < 65536 and (more := connection.recv(65536)):
            answer += more
sys.stdout.buffer.write(answer)
"""
"""Sends what is no request, which a service refuses as that when it lets the caller in. One that does not hangs up at once,
and what it said before is there still."""
_ANSWERS = {
    "exit 2": Result.OK,  # let in, and told that this is no request
    "exit 5": Result.FAIL,
}
_ADMINS_NONE, _ADMINS_SOME = 0, 10


def direct_lines(runner: Account) -> Iterator[Line]:
    """The installed copy itself, started as the runner's user: it can read no configuration."""
    for words in _DIRECT:
        what = f"{runner.name} tries to run {COMMAND.name} {words[0]}"
        said = run_as(runner, [COMMAND, *words])
        last = (said.text.strip().splitlines() or ["it said nothing"])[-1]
        if said.code in _UNREADABLE and str(HOST_YML.parent) in said.text and "Permission denied" in said.text:
            yield ok(f"{what}: refused, it can read no configuration")
        elif said.code is None:
            yield unseen(f"{what}: {last}", "See to that: jobs need the command to ask the service.")
        else:
            yield fail(
                f"{what}: it ended with {said.code} and said: {last}", f"chmod 0640 {HOST_YML}, and look at its group."
            )


def unit_need_lines(found: Configured) -> Iterator[Line]:
    """Whether the service, and the check by the timer, have the network that the configuration needs."""
    yield _unit_need_line(UNITS / SERVICE_UNIT, found.network)
    yield _unit_need_line(UNITS / CHECK_UNIT, found.check_network)


def _unit_need_line(unit: Path, network: Network) -> Line:
    try:
        shut = "PrivateNetwork=yes" in unit.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        return fail(f"{unit}: {error.strerror}", "scripts/install-host")
    if shut and network is Network.OPEN:
        return fail(
            f"{unit}: it has no network, and {HOST_YML} needs it", "Run scripts/install-host again, which opens it."
        )
    return ok(f"{unit}: it has the network that the configuration needs, {network.value}")


def socket_line(runner: Account) -> Line:
    """The one way that must be open."""
    (tried,) = tried_as(runner, [Attempt(deed=Deed.CONNECT, path=SOCKET)])
    start = f"systemctl enable --now {SOCKET_UNIT}"
    match tried.ending:
        case Ending.ABSENT:
            return fail(f"{runner.name} connects to {SOCKET}: it is not there", start)
        case Ending.DENIED:
            return fail(
                f"{runner.name} connects to {SOCKET}: denied", "Run scripts/install-host again with --runner-user."
            )
        case Ending.UNTOLD:
            return unseen(f"{runner.name} connects to {SOCKET}: {tried.detail}", start)
        case Ending.DONE:
            pass
    if os.stat(SOCKET).st_mode & stat.S_IWOTH:
        return fail(f"{SOCKET}: everyone may connect", f"systemctl restart {SOCKET_UNIT}")
    return _answer_line(runner, _asked(runner))


def _answer_line(runner: Account, answer: Sequence[str]) -> Line:
    what = f"{runner.name} connects to {SOCKET}"
    log = "Look at: journalctl -u 'runner-scope-doctor@*'"
    if not answer or not answer[0].startswith("runner-scope-doctor "):
        return fail(f"{what}: nobody answers as the service would", log)
    match _ANSWERS.get(answer[-1]):
        case Result.OK:
            return ok(f"{what}: let in, by {answer[0]}")
        case Result.FAIL:
            return fail(f"{what}: the service refuses it", f"Name {runner.name} in {HOST_YML} under service.callers.")
        case _:
            reason = next((line for line in reversed(answer) if line.startswith("err ")), answer[-1])
            return fail(f"{what}: the service ends with {answer[-1]}: {reason.removeprefix('err ')}", log)


def admin_lines(service: Account) -> Iterator[Line]:
    """Who can approve in a reviewer's name. That there are some is no fault of this host, and is said."""
    said = run_as(service, [COMMAND, "host", "admins"])
    told = said.text.strip().splitlines() or ["it said nothing"]
    if said.code == _ADMINS_NONE:
        yield ok(f"site admins: {told[-1]}")
    elif said.code == _ADMINS_SOME:
        for line in told:
            yield Line(result=Result.NOTE, text=f"site admins: {line}")
    else:
        yield unseen(f"site admins: {told[-1]}", "See to that, then check again.")


def _asked(runner: Account) -> list[str]:
    """The service's lines to somebody who asks for nothing; empty when it did not answer in time."""
    said = run_as(runner, [INTERPRETER, "-I", "-c", _ASKING, SOCKET])
    return said.text.splitlines() if said.code == 0 else []
