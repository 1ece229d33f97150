"""One way to ask a Forgejo API: GET, with the token, within time and size, following nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from runner_scope_doctor import __version__
from runner_scope_doctor.forgejo.address import ApiAddress, Token
from runner_scope_doctor.forgejo.clock import Clock, system_clock
from runner_scope_doctor.forgejo.echo import body_without, text_without
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.lanes import LaneTimeout, in_lanes
from runner_scope_doctor.forgejo.retry_after import retry_seconds
from runner_scope_doctor.forgejo.routing import Routing, routing_for
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.transport_errors import situation_of

LANES = 4
"""Requests under way at once for one list."""
_LARGEST_MIB = 8
_CHUNK = 1 << 16
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a small compressed answer must not become a huge one
    "User-Agent": f"runner-scope-doctor/{__version__}",
}
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before the second, third and fourth try."""
_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_RETRIED_SITUATIONS = frozenset(
    {
        Situation.CONNECTION_REFUSED,
        Situation.UNREACHABLE,
        Situation.CONNECT_TIMEOUT,
        Situation.READ_TIMEOUT,
        Situation.CUT_OFF,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole HTTP answer. `where` is the address without query; `location` and `total_count` are the headers as sent,
    None when absent; `retry_after` is in seconds, None when absent or not understood. The token, should the server echo
    it, is gone from all of it."""

    where: str
    status: int
    content_type: str
    body: bytes = field(repr=False)
    location: str | None
    total_count: str | None
    retry_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Broken:
    """No whole answer came."""

    situation: Situation
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiClient:
    """An opened API. `deadline` is on `clock.monotonic`'s scale."""

    address: ApiAddress
    clock: Clock
    deadline: float
    adapter: HTTPAdapter = field(repr=False)
    auth: AuthBase = field(repr=False)
    routing: Routing

    def seconds_left(self) -> float:
        """Seconds until the time limit over everything, negative once past."""
        return self.deadline - self.clock.monotonic()


class _TokenAuth(AuthBase):
    """Forgejo's own scheme. Being an `auth` object it is never replaced by what a ~/.netrc says."""

    __slots__ = ("_token",)

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token.secret}"
        return request


@contextmanager
def opened(address: ApiAddress, clock: Clock | None = None) -> Iterator[ApiClient]:
    """A client for `with`; the time limit runs from here. Connects to nothing yet.

    Raises SettingsInvalid when the CA file holds no certificate, or a proxy would read the token.
    """
    clock = system_clock() if clock is None else clock
    routing = routing_for(address)
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=LANES)
    try:
        yield ApiClient(
            address=address,
            clock=clock,
            deadline=clock.monotonic() + address.total_seconds,
            adapter=adapter,
            auth=_TokenAuth(address.token),
            routing=routing,
        )
    finally:
        adapter.close()


def ask(client: ApiClient, path: str, query: str = "") -> Answer:
    """One GET below the base URL; any complete answer is returned, whatever its status. Raises SourceUnavailable."""
    return next(_asked(client, [(path, query)], lanes=1))


def ask_all(client: ApiClient, questions: Iterable[tuple[str, str]]) -> Iterator[Answer]:
    """Asks (path, query) after (path, query), some at a time, and yields the answers in no order, as `ask` would."""
    return _asked(client, questions, lanes=LANES)


def _asked(client: ApiClient, questions: Iterable[tuple[str, str]], *, lanes: int) -> Iterator[Answer]:
    calls = (partial(_persistent, client, path, query) for path, query in questions)
    try:
        with closing(in_lanes(calls, lanes=lanes, seconds_left=client.seconds_left)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, _Broken):
                    raise failure(outcome.situation, outcome.facts)
                yield outcome
    except LaneTimeout:
        raise failure(Situation.TIME_LIMIT, _time_facts(client)) from None


def _persistent(client: ApiClient, path: str, query: str) -> Answer | _Broken:
    """Tries again after passing failures, as long as the time limit allows the pause that the server asks for."""
    outcome = _attempt(client, path, query)
    for pause in _PAUSES:
        if not _is_passing(outcome):
            return outcome
        seconds = max(pause, _asked_pause(outcome))
        if seconds >= client.seconds_left():
            return outcome
        client.clock.sleep(seconds)
        outcome = _attempt(client, path, query)
    return outcome


def _is_passing(outcome: Answer | _Broken) -> bool:
    if isinstance(outcome, _Broken):
        return outcome.situation in _RETRIED_SITUATIONS
    return outcome.status in _RETRIED_STATUSES


def _asked_pause(outcome: Answer | _Broken) -> float:
    return 0 if isinstance(outcome, _Broken) else outcome.retry_after or 0


def _attempt(client: ApiClient, path: str, query: str) -> Answer | _Broken:
    where = client.address.base_url + path
    left = client.seconds_left()
    if left <= 0:
        return _Broken(situation=Situation.TIME_LIMIT, facts=_time_facts(client))
    try:
        request = requests.Request("GET", where + query, headers=_HEADERS, auth=client.auth).prepare()
        response = client.adapter.send(
            request,
            stream=True,
            timeout=(min(client.address.connect_seconds, left), min(client.address.read_seconds, left)),
            verify=client.routing.authorities,
            proxies=client.routing.proxies,
        )
        with response:
            body = _body(response)
    except (OSError, HTTPError, UnicodeError) as error:
        situation, detail = situation_of(error)
        return _Broken(situation=situation, facts=Facts(where=where, detail=detail))
    if body is None:
        return _Broken(situation=Situation.TOO_LARGE, facts=Facts(where=where, detail=str(_LARGEST_MIB)))
    return _answer(client, where, response, body)


def _body(response: requests.Response) -> bytes | None:
    """The decoded body, None when it is larger than any page."""
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > _LARGEST_MIB << 20:
            return None
    return bytes(body)


def _answer(client: ApiClient, where: str, response: requests.Response, body: bytes) -> Answer:
    token = client.address.token

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return None if value is None else text_without(token, value)

    pause = header("Retry-After")
    return Answer(
        where=where,
        status=response.status_code,
        content_type=(header("Content-Type") or "").lower(),
        body=body_without(token, body),
        location=header("Location"),
        total_count=header("X-Total-Count"),
        retry_after=None if pause is None else retry_seconds(pause, now=client.clock.wall()),
    )


def _time_facts(client: ApiClient) -> Facts:
    return Facts(where=client.address.base_url, detail=f"{client.address.total_seconds:g}")
