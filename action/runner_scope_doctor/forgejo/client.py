"""One way to ask a Forgejo API: GET, with the token, within time and size, following nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from runner_scope_doctor.forgejo.address import ApiAddress, Token
from runner_scope_doctor.forgejo.clock import Clock, system_clock
from runner_scope_doctor.forgejo.exchange import Answer as Answer  # a word of this module for those who ask
from runner_scope_doctor.forgejo.exchange import ApiClient as ApiClient  # likewise
from runner_scope_doctor.forgejo.exchange import Broken, Question, Verb, attempted, is_passing, time_facts
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.lanes import LaneTimeout, in_lanes
from runner_scope_doctor.forgejo.routing import routing_for
from runner_scope_doctor.forgejo.situation import Situation

LANES = 4
"""Requests under way at once for one list."""
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before the second, third and fourth try."""


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
    asked = (Question(verb=Verb.GET, path=path, query=query) for path, query in questions)
    return whole_answers(client, (partial(persistent, client, question) for question in asked), lanes=lanes)


def whole_answers(client: ApiClient, calls: Iterator[Callable[[], Answer | Broken]], *, lanes: int) -> Iterator[Answer]:
    """The calls' answers in no order, none waited for longer than the client may take. Raises SourceUnavailable."""
    try:
        with closing(in_lanes(calls, lanes=lanes, seconds_left=client.seconds_left)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, Broken):
                    raise failure(outcome.situation, outcome.facts)
                yield outcome
    except LaneTimeout:
        raise failure(Situation.TIME_LIMIT, time_facts(client)) from None


def persistent(client: ApiClient, question: Question) -> Answer | Broken:
    """Tries again after passing failures, as long as the time limit allows the pause that the server asks for."""
    outcome = attempted(client, question)
    for pause in _PAUSES:
        if not is_passing(outcome):
            return outcome
        seconds = max(pause, _asked_pause(outcome))
        if seconds >= client.seconds_left():
            return outcome
        client.clock.sleep(seconds)
        outcome = attempted(client, question)
    return outcome


def _asked_pause(outcome: Answer | Broken) -> float:
    return 0 if isinstance(outcome, Broken) else outcome.retry_after or 0
