"""What an answer means: its JSON when all is well, else the failure with its sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeVar

from runner_scope_doctor.forgejo.client import Answer
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.json_fields import WrongShape
from runner_scope_doctor.forgejo.records import message_of
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_RUNNER_LIST, ServerVersion
from runner_scope_doctor.model.wording import duration, named

_Record = TypeVar("_Record")
_LONGEST_DETAIL = 200
_SCOPE = re.compile(r"required scope\(s\): \[?([a-z:, -]{1,100})\]?")

_BY_MESSAGE: tuple[tuple[str, Situation], ...] = (
    ("user should be the site admin", Situation.NOT_SITE_ADMIN),
    ("user should be the owner of the repo", Situation.NOT_REPOSITORY_OWNER),
    ("Must be an organization owner", Situation.NOT_ORGANIZATION_OWNER),
)
"""Forgejo's own messages with 403, the same in 7 to 16 (`routers/api/v1/permissions`)."""


def record_of(answer: Answer, read: Callable[[object], _Record], *, scope: str) -> _Record:
    """The answer's JSON through one of `records`. `scope` is the token scope the path needs, for messages.

    Raises SourceUnavailable for any status but 200, and for a body that is not Forgejo's.
    """
    if answer.status != 200:
        raise status_failure(answer, scope=scope)
    return content_of(answer, read)


def content_of(answer: Answer, read: Callable[[object], _Record]) -> _Record:
    """The answer's JSON, whatever its status. Raises SourceUnavailable for a body that is not Forgejo's."""
    try:
        return read(_value(answer))
    except WrongShape as wrong:
        raise failure(Situation.OTHER_SHAPE, Facts(where=answer.where, detail=str(wrong))) from None


def status_failure(answer: Answer, *, scope: str, version: ServerVersion | None = None) -> SourceUnavailable:
    """The failure behind a status other than 200. `version` is the server's, None when unknown: it tells why a runner
    list is not there."""
    situation, detail = _situation(answer, version)
    return failure(situation, Facts(where=answer.where, scope=scope, detail=detail))


def said_in(answer: Answer) -> str:
    """Forgejo's message as a quoted foreign text, empty when there is none."""
    return _message(answer)


def is_refused_for_rank(answer: Answer) -> bool:
    """Whether Forgejo said that the token's user is not high enough, which is all it says to a job's own token."""
    return answer.status == 403 and _forbidden(answer)[0] in {situation for _, situation in _BY_MESSAGE}


def _situation(answer: Answer, version: ServerVersion | None) -> tuple[Situation, str]:
    match answer.status:
        case 401 | 403 if not _is_json_object(answer):
            return Situation.STOPPED_BEFORE_FORGEJO, str(answer.status)
        case 401:
            return _unauthorized(answer)
        case 403:
            return _forbidden(answer)
        case 404:
            return _missing(answer, version)
        case 429:
            return Situation.TOO_MANY_REQUESTS, _wait(answer)
        case 301 | 302 | 303 | 307 | 308:
            return _redirect(answer)
        case status if status >= 500:
            message = _message(answer)
            return Situation.SERVER_ERROR, f"{status}: {message}" if message else str(status)
        case status:
            return Situation.UNEXPECTED_STATUS, str(status)


def _unauthorized(answer: Answer) -> tuple[Situation, str]:
    if message_of(_json_or_none(answer)) == "token is required":
        return Situation.TOKEN_NOT_SEEN, ""
    return Situation.TOKEN_INVALID, _message(answer)


def _forbidden(answer: Answer) -> tuple[Situation, str]:
    text = message_of(_json_or_none(answer))
    scope = _SCOPE.search(text)
    if scope is not None:
        return Situation.SCOPE_MISSING, scope[1].strip()
    for known, situation in _BY_MESSAGE:
        if known == text:
            return situation, ""
    return Situation.FORBIDDEN, _message(answer)


def _missing(answer: Answer, version: ServerVersion | None) -> tuple[Situation, str]:
    if version is not None and version.major < FIRST_MAJOR_WITH_RUNNER_LIST:
        return Situation.NO_RUNNER_LIST, version.text
    if _is_json_object(answer):
        return Situation.NOT_VISIBLE, _message(answer)
    return Situation.NOT_FOUND, ""


def _redirect(answer: Answer) -> tuple[Situation, str]:
    location = answer.location or ""
    detail = _shown(location) if location else "nowhere"
    if answer.where.startswith("http://") and location.startswith("https://" + answer.where.removeprefix("http://")):
        return Situation.REDIRECT_TO_HTTPS, detail
    return Situation.REDIRECT, detail


def _wait(answer: Answer) -> str:
    return "" if answer.retry_after is None else f", again after {duration(int(answer.retry_after))}"


def _is_web_page(answer: Answer) -> bool:
    return "html" in answer.content_type or answer.body[:200].lstrip().startswith(b"<")


def _value(answer: Answer) -> object:
    try:
        return _json(answer)
    except (ValueError, RecursionError):
        situation = Situation.WEB_PAGE if _is_web_page(answer) else Situation.NOT_JSON
        raise failure(situation, Facts(where=answer.where)) from None


def _json(answer: Answer) -> object:
    """Raises ValueError or RecursionError for what is no JSON, WrongShape for an object with one key twice."""
    # As UTF-8 and nothing else: in the other encodings that `json` guesses an echoed token would have gone unnoticed.
    value: object = json.loads(answer.body.decode(), object_pairs_hook=_object)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a key given twice readers of JSON take the first value, the last or neither, so none of them can be believed."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WrongShape("an object has one key twice")
    return found


def _json_or_none(answer: Answer) -> object:
    try:
        return _json(answer)
    except (ValueError, RecursionError, WrongShape):
        return None


def _is_json_object(answer: Answer) -> bool:
    return isinstance(_json_or_none(answer), dict)


def _message(answer: Answer) -> str:
    """Forgejo's message as a quoted foreign text, empty when there is none."""
    message = message_of(_json_or_none(answer))
    return _shown(message) if message else ""


def _shown(text: str) -> str:
    return named(text[:_LONGEST_DETAIL])
