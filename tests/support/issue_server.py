"""A Forgejo on the loopback address that keeps issues, as `routers/api/v1/repo/issue.go` of Forgejo 7 to 15 does.

`GET /repos/issues/search?created=true` lists those of the token's own user over all repositories of one owner, newest first.
PATCH of anybody's but one's own issue is for writers; this token's user is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from support.forgejo_api import refused
from support.loopback import Behaviour, Received, Reply

OWN, STRANGER = 31, 77
"""`user.id` of the token's account and of somebody else."""
REPOSITORY = "ops/forgejo"
SEARCH = "/api/v1/repos/issues/search"
ISSUES = f"/api/v1/repos/{REPOSITORY}/issues"
_JSON = {"Content-Type": "application/json"}
Document = dict[str, object]


@dataclass(slots=True)
class IssueServer:
    """What the server holds, by number. `instead` answers in the place of the server's own answer, by method and path; None from
    it means the own answer after all. `written` are the methods and paths of all that changed something."""

    issues: dict[int, Document] = field(default_factory=dict)
    instead: dict[tuple[str, str], Callable[[Received], Behaviour | None]] = field(default_factory=dict)
    written: list[tuple[str, str]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def answer(self, request: Received) -> Behaviour:
        """The server's answer."""
        behave = self.instead.get((request.method, urlsplit(request.path).path))
        other = None if behave is None else behave(request)
        if other is not None:
            return other
        with self.lock:
            return self.own_answer(request)

    def own_answer(self, request: Received) -> Behaviour:
        """What the server does and says when nothing is said instead."""
        parts = urlsplit(request.path)
        match request.method, parts.path.removeprefix(ISSUES).split("/"):
            case "GET", _ if parts.path == SEARCH:
                return self._found({key: values[-1] for key, values in parse_qs(parts.query).items()})
            case "POST", [""]:
                return self._opened(json.loads(request.body))
            case "PATCH", ["", number] if int(number) in self.issues:
                return self._changed(self.issues[int(number)], json.loads(request.body))
            case _:
                return Reply(status=404, body=refused("The target couldn't be found."), headers=_JSON)

    def add(
        self, title: str = "", body: str = "", *, poster: int = OWN, state: str = "open", **more: object
    ) -> Document:
        """An issue, opened by anybody."""
        number = max(self.issues, default=11) + 1
        issue: Document = {
            "id": 1000 + number, "number": number, "title": title, "body": body, "state": state, "original_author": "",
            "user": {"id": poster, "login": f"user-{poster}"}, "pull_request": None,
            "repository": {"id": 12, "name": "forgejo", "owner": "ops", "full_name": REPOSITORY},
        } | more  # fmt: skip
        self.issues[number] = issue
        return issue

    def open_ones(self) -> list[Document]:
        """The open issues of the token's account."""
        return [one for one in self.issues.values() if one["state"] == "open" and _poster(one) == OWN]

    @property
    def only(self) -> Document:
        """The one issue there is."""
        (issue,) = self.issues.values()
        return issue

    def _found(self, words: dict[str, str]) -> Reply:
        assert words["created"] == "true"
        assert words["owner"] == "ops"
        found = [
            one
            for _, one in sorted(self.issues.items(), reverse=True)
            if one["state"] == words["state"] and _poster(one) == OWN
        ]
        page, limit = int(words["page"]), min(int(words["limit"]), 50)
        cut = found[(page - 1) * limit : page * limit]
        return Reply(body=json.dumps(cut).encode(), headers={**_JSON, "X-Total-Count": str(len(found))})

    def _opened(self, given: dict[str, str]) -> Reply:
        issue = self.add(given["title"], given["body"])
        self.written.append(("POST", ISSUES))
        return _written(issue)

    def _changed(self, issue: Document, given: Document) -> Reply:
        if _poster(issue) != OWN:
            return Reply(status=403)
        assert set(given) <= {"title", "body", "state"}
        issue.update(given)
        self.written.append(("PATCH", f"{ISSUES}/{issue['number']}"))
        return _written(issue)


def _poster(issue: Document) -> int:
    user = issue["user"]
    assert isinstance(user, dict)
    return int(user["id"])


def _written(issue: Document) -> Reply:
    return Reply(status=201, body=json.dumps(issue).encode(), headers=_JSON)
