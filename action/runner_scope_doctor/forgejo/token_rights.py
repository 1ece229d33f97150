"""Whether the host's tokens can read what they are for and nothing more, as far as reading tells (Forgejo 7 to 16).

Every question is a GET. What a token could write cannot be seen that way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runner_scope_doctor.forgejo.answers import record_of, status_failure
from runner_scope_doctor.forgejo.client import Answer, ApiClient, ask
from runner_scope_doctor.forgejo.issues import SEARCH, WRITE, issue_failure
from runner_scope_doctor.forgejo.json_fields import flag_of, object_of
from runner_scope_doctor.forgejo.paging import API
from runner_scope_doctor.forgejo.records import message_of
from runner_scope_doctor.forgejo.target import repository_list, subject_path
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.self_test import SelfTestLine, Standing
from runner_scope_doctor.model.wording import named

_NOBODY = "ghost"
"""A name Forgejo keeps anybody from having (`models/user/user.go`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedlessScope:
    """A scope, a path that Forgejo looks at for that scope alone, and what it answers once the scope is there.

    Not `/orgs`, the list of all organisations: `routers/api/v1/api.go` names the scope behind the handler there, so that
    every token is given it (7 to 17).
    """

    scope: str
    path: str
    query: str = ""
    status: int = 200


NOT_NEEDED = (
    NeedlessScope(scope="read:admin", path="/admin/users", query="?limit=1"),
    NeedlessScope(scope="read:user", path="/user"),
    NeedlessScope(scope="read:organization", path=f"/orgs/{_NOBODY}", status=404),
    NeedlessScope(scope="read:notification", path="/notifications/new"),
)
"""Those that neither reviews nor issues need."""
_NO_ADMIN = "Only administrators allowed to sudo."
"""What Forgejo says to a token of anybody but a site admin, whatever its scopes (`sudo` in `routers/api/v1/api.go`)."""


def judged_token(client: ApiClient, repositories: tuple[str, ...]) -> tuple[SelfTestLine, ...]:
    """What the token lacks and has too much. `repositories` are those whose reviews it reads, as `owner/name`.

    Raises SourceUnavailable when the server does not answer, and SettingsInvalid for a name that is no repository's.
    """
    first = ask(client, f"{API}/version", f"?sudo={_NOBODY}")
    if first.status == 401:
        return (_line(Standing.MISSING, status_failure(first, scope="read:repository and read:issue").problem),)
    found = [line for name in repositories for line in _of_repository(client, name)]
    return tuple(_with_needless(client, [*found, *_rank(first)], NOT_NEEDED))


def judged_issue_token(client: ApiClient, repository: str) -> tuple[SelfTestLine, ...]:
    """The same of the token that keeps the issues of `repository`. Whether it may write them no reading shows.

    Raises SourceUnavailable when the server does not answer, and SettingsInvalid for a name that is no repository's.
    """
    path = subject_path(repository_list(repository))
    first = ask(client, f"{API}/version", f"?sudo={_NOBODY}")
    if first.status == 401:
        lines = [_line(Standing.MISSING, status_failure(first, scope=WRITE).problem)]
    else:
        asked = (
            ask(client, SEARCH, "?created=true&limit=1"),
            ask(client, f"{API}{path}/issues", "?type=issues&limit=1"),
        )
        refused = [issue_failure(answer) for answer in asked if answer.status != 200]
        seen = [_not_read(error) for error in refused[:1]]
        seen = seen or [_line(Standing.RIGHT, f"it reads the issues of {named(repository)}")]
        lines = _with_needless(
            client, [*seen, *_rank(first)], (*NOT_NEEDED, NeedlessScope(scope="read:repository", path=path))
        )
    return tuple(replace(line, subject="issues") for line in lines)


def _with_needless(
    client: ApiClient, found: list[SelfTestLine], scopes: tuple[NeedlessScope, ...]
) -> list[SelfTestLine]:
    """The lines, and one for each scope that the token has although nothing here needs it."""
    for needless in scopes:
        answer = ask(client, f"{API}{needless.path}", needless.query)
        if answer.status == needless.status and (answer.status == 200 or _message(answer)):
            found.append(_line(Standing.MORE, f"it has the scope {needless.scope}, which nothing here needs"))
    if all(line.standing is Standing.RIGHT for line in found):
        found.append(_line(Standing.RIGHT, "it has no other scope that reading could show"))
    return found


def _rank(answer: Answer) -> Iterator[SelfTestLine]:
    """By asking for the version as a user there cannot be: only a site admin may act as somebody at all."""
    if answer.status == 403 and _message(answer) == _NO_ADMIN:
        yield _line(Standing.RIGHT, "its account is no site admin's")
    elif answer.status == 404 and _message(answer):
        yield _line(Standing.MORE, "its account is a site admin's, who can approve in anybody's name")
    else:
        yield _line(Standing.UNSEEN, f"whether its account is a site admin's: the server answered {answer.status}")


def _of_repository(client: ApiClient, name: str) -> Iterator[SelfTestLine]:
    path = API + subject_path(repository_list(name))
    lines = []
    try:
        may_write = record_of(ask(client, path), _may_write, scope="read:repository")
        if may_write:
            lines.append(_line(Standing.MORE, f"its account can write to {named(name)}, and needs to read it alone"))
    except SourceUnavailable as error:
        lines.append(_not_read(error))
    answer = ask(client, f"{path}/issues", "?type=pulls&state=all&limit=1")
    if answer.status != 200:
        lines.append(_not_read(status_failure(answer, scope="read:issue")))
    yield from lines or [_line(Standing.RIGHT, f"it reads {named(name)} and its issues")]


def _not_read(error: SourceUnavailable) -> SelfTestLine:
    """Only a refusal shows that the token lacks something. A server that fails has said nothing of it."""
    standing = Standing.MISSING if isinstance(error, AccessDenied) else Standing.UNSEEN
    return _line(standing, f"{error.problem} {error.next_step}")


def _may_write(value: object) -> bool:
    """Of `GET /repos/{owner}/{name}`, what the token's account may do there. Raises WrongShape."""
    permissions = object_of(object_of(value, "repository").get("permissions"), "permissions of the repository")
    return flag_of(permissions, "push") or flag_of(permissions, "admin")


def _message(answer: Answer) -> str:
    """Empty for what is no JSON object with a message."""
    try:
        return message_of(json.loads(answer.body))
    except (ValueError, RecursionError):
        return ""


def _line(standing: Standing, sentence: str) -> SelfTestLine:
    return SelfTestLine(standing=standing, subject="api", sentence=sentence)
