"""One request to a Forgejo API and its answer: with the token, within time and size, following nothing.

Nobody asks by this module but `client`, which only gets, and `writing`, which is for the issues of `notify` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from runner_scope_doctor import __version__
from runner_scope_doctor.forgejo.address import ApiAddress
from runner_scope_doctor.forgejo.clock import Clock
from runner_scope_doctor.forgejo.echo import body_without, text_without
from runner_scope_doctor.forgejo.retry_after import retry_seconds
from runner_scope_doctor.forgejo.routing import Routing
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.transport_errors import situation_of

_LARGEST_MIB = 8
_CHUNK = 1 << 16
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a small compressed answer must not become a huge one
    "User-Agent": f"runner-scope-doctor/{__version__}",
}
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


class Verb(Enum):
    """What is done at a path. The value is HTTP's own word."""

    GET = "GET"
    POST = "POST"
    PATCH = "PATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`query` begins with `?` or is empty; `document` is JSON, None when nothing is sent."""

    verb: Verb
    path: str
    query: str = ""
    document: bytes | None = None


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
class Broken:
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


def attempted(client: ApiClient, question: Question) -> Answer | Broken:
    """One try. Any complete answer is returned, whatever its status."""
    where = client.address.base_url + question.path
    left = client.seconds_left()
    if left <= 0:
        return Broken(situation=Situation.TIME_LIMIT, facts=time_facts(client))
    try:
        request = _prepared(client, question)
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
        return Broken(situation=situation, facts=Facts(where=where, detail=detail))
    if body is None:
        return Broken(situation=Situation.TOO_LARGE, facts=Facts(where=where, detail=str(_LARGEST_MIB)))
    return _answer(client, where, response, body)


def is_passing(outcome: Answer | Broken) -> bool:
    """Whether another try may end better."""
    if isinstance(outcome, Broken):
        return outcome.situation in _RETRIED_SITUATIONS
    return outcome.status in _RETRIED_STATUSES


def _prepared(client: ApiClient, question: Question) -> requests.PreparedRequest:
    headers = _HEADERS if question.document is None else {**_HEADERS, "Content-Type": "application/json"}
    return requests.Request(
        question.verb.value,
        client.address.base_url + question.path + question.query,
        headers=headers,
        data=question.document,
        auth=client.auth,
    ).prepare()


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


def time_facts(client: ApiClient) -> Facts:
    """What is said when the time for everything is over."""
    return Facts(where=client.address.base_url, detail=f"{client.address.total_seconds:g}")
