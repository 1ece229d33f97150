"""Asks one address, so that a service elsewhere knows that a check has run: the alarm is that nobody asks.

The address is the secret: whoever has it can say that all is well. It is in no message, and nothing is sent but the request
itself: no verdict, no name, no body.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from runner_scope_doctor import __version__
from runner_scope_doctor.forgejo.address import is_loopback
from runner_scope_doctor.forgejo.clock import Clock, system_clock
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.lanes import LaneTimeout, in_lanes
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.transport_errors import situation_of
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable

_LONGEST = 2_048
_ADDRESS = re.compile(r"https?://[!-~]+")
_PAUSES = (1.0, 3.0)
"""Seconds before the second and third try."""
_TOTAL = 3
"""All tries together may take so many times the patience for one."""
_HEADERS = {"User-Agent": f"runner-scope-doctor/{__version__}", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PingAddress:
    """`origin` is scheme, host and port, which messages may name; `seconds` is how long one answer may take."""

    url: str = field(repr=False)
    origin: str
    ca_file: Path | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    situation: Situation
    detail: str


def ping_address(text: str, *, source: str, ca_file: Path | None, seconds: float) -> PingAddress:
    """The address as a file holds it. `source` names the file for messages, which never show what is in it.

    Raises SettingsInvalid for what is no address, and for plain http to another machine, which everyone on the way could read.
    """
    url = text.strip("\r\n\t ")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable(source, "it is not one https address") from None
    if len(url) > _LONGEST or _ADDRESS.fullmatch(url) is None or not host or "@" in parts.netloc or parts.fragment:
        raise _unusable(source, "it is not one https address without user and fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise _unusable(source, "it begins with http://, and everyone on the way could read it")
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")
    return PingAddress(url=url, origin=origin, ca_file=ca_file, seconds=seconds)


def ping(address: PingAddress, clock: Clock | None = None) -> None:
    """Asks the address until it is answered with 2xx, three times at most. Follows no redirect. Raises SourceUnavailable."""
    clock = system_clock() if clock is None else clock
    deadline = clock.monotonic() + _TOTAL * address.seconds

    def left() -> float:
        return deadline - clock.monotonic()

    call: Callable[[], _Answered | _Failed] = lambda: _persistent(address, clock, left)  # noqa: E731 - it needs its type
    try:
        outcome = next(in_lanes(iter([call]), lanes=1, seconds_left=left))
    except LaneTimeout:
        raise failure(
            Situation.TIME_LIMIT, Facts(where=address.origin, detail=f"{_TOTAL * address.seconds:g}")
        ) from None
    problem = _problem(address, outcome)
    if problem is not None:
        raise problem


def _persistent(address: PingAddress, clock: Clock, left: Callable[[], float]) -> _Answered | _Failed:
    outcome = _attempt(address)
    for pause in _PAUSES:
        if _is_final(outcome) or pause >= left():
            return outcome
        clock.sleep(pause)
        outcome = _attempt(address)
    return outcome


def _is_final(outcome: _Answered | _Failed) -> bool:
    return isinstance(outcome, _Answered) and outcome.status < 500 and outcome.status != 429


def _attempt(address: PingAddress) -> _Answered | _Failed:
    adapter = HTTPAdapter()
    try:
        with requests.Session() as session:
            authorities = True if address.ca_file is None else str(address.ca_file)
            found = session.merge_environment_settings(address.origin, {}, True, authorities, None)
        loopback = is_loopback(urlsplit(address.origin).hostname or "")
        response = adapter.send(
            requests.Request("GET", address.url, headers=_HEADERS).prepare(),
            stream=True,  # what is answered is of no interest, and may have no end
            timeout=(address.seconds, address.seconds),
            verify=found["verify"] or True,
            proxies={} if loopback else {scheme: proxy for scheme, proxy in found["proxies"].items() if proxy},
        )
        response.close()
    except (OSError, HTTPError, UnicodeError) as error:
        situation, detail = situation_of(error)
        return _Failed(situation=situation, detail=detail)
    finally:
        adapter.close()
    return _Answered(status=response.status_code)


def _problem(address: PingAddress, outcome: _Answered | _Failed) -> SourceUnavailable | None:
    if isinstance(outcome, _Failed):
        return failure(outcome.situation, Facts(where=address.origin, detail=outcome.detail))
    if 200 <= outcome.status < 300:
        return None
    if 300 <= outcome.status < 400:
        said = f"{address.origin} redirects the ping ({outcome.status}), which is not followed."
    else:
        said = f"{address.origin} did not take the ping ({outcome.status})."
    return SourceUnavailable(said, next_step="See whether the address is still the one the service gives.")


def _unusable(source: str, why: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"{source}: the address in it cannot be asked: {why}.",
        next_step="Put only the https address there that the service gives for the ping.",
    )
