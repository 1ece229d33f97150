"""Writes to a Forgejo API: the one place that does. What may be written is for `notify` to say, and nobody else comes here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from runner_scope_doctor.forgejo.client import persistent, whole_answers
from runner_scope_doctor.forgejo.exchange import Answer, ApiClient, Broken, Question, Verb, attempted

Field = str | None


def posted(client: ApiClient, path: str, document: Mapping[str, Field]) -> Answer:
    """Makes something new. Tried once: whether a try that broke off made it is not known. Raises SourceUnavailable."""
    question = Question(verb=Verb.POST, path=path, document=_json(document))
    return _answer(client, partial(attempted, client, question))


def patched(client: ApiClient, path: str, document: Mapping[str, Field]) -> Answer:
    """Changes what is there. Doing it twice comes to the same, so it is tried again after passing failures. Raises
    SourceUnavailable."""
    question = Question(verb=Verb.PATCH, path=path, document=_json(document))
    return _answer(client, partial(persistent, client, question))


def _answer(client: ApiClient, call: Callable[[], Answer | Broken]) -> Answer:
    return next(whole_answers(client, iter([call]), lanes=1))


def _json(document: Mapping[str, Field]) -> bytes:
    return json.dumps(document).encode("ascii")
