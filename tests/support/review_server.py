"""A Forgejo on the loopback address with pull requests, whose answers have the form of `modules/structs` of Forgejo 15.

A test changes the documents before it asks. Lists are cut into pages as the server does: reviews and timelines come whole
unless a page is asked for, and the timeline's X-Total-Count counts what came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.review import review_evidence
from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import EvidenceKind, HostConfiguration
from runner_scope_doctor.model.plan import Plan
from support.approval_case import ANNA, MADE, a_plan, configuration, environment
from support.forgejo_api import client_of
from support.loopback import Behaviour, Loopback, Received, Reply, loopback

Document = dict[str, object]
DIGEST = "0123456789abcdef" * 4
FILE = f"runner-scope-repairs/{DIGEST}"
FIRST, SECOND, OTHER = "1" * 40, "2" * 40, "3" * 40
"""Commits."""
POSTER, STRANGER = 21, 77
"""Users who are no reviewers."""
REPOSITORY = "/api/v1/repos/ops/forgejo"
REVIEWS_COUNT = environment(kinds=(EvidenceKind.REVIEW,))
HOST = configuration(REVIEWS_COUNT)


def user(number: int, login: str = "") -> Document:
    """A user as Forgejo writes one, without what says nothing here."""
    return {"id": number, "login": login or f"user-{number}", "email": "x@x.invalid", "is_admin": False}


def at(seconds: int) -> str:
    """A time as Go writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def changed_file(name: str = FILE, *, status: str = "added", commit: str = FIRST) -> Document:
    """An item of `…/files`."""
    address = f"https://git.example.org/api/v1/repos/ops/forgejo/contents/{name}?ref={commit}"
    return {"filename": name, "status": status, "additions": 1, "deletions": 0, "changes": 1, "contents_url": address}


def review(number: int, reviewer: int = ANNA.forgejo_id, **changes: object) -> Document:
    """An approving review of the first commit, an hour after the plan was made."""
    return {
        "id": number, "user": user(reviewer), "team": None, "state": "APPROVED", "body": "", "commit_id": FIRST, "stale": False,
        "official": True, "dismissed": False, "comments_count": 0, "submitted_at": at(MADE + 3_600),
        "updated_at": at(MADE + 3_600),
    } | changes  # fmt: skip


def event(number: int, kind: str, by: int, **changes: object) -> Document:
    """An item of the timeline."""
    return {"id": number, "type": kind, "user": user(by), "body": "", "created_at": at(MADE), "review_id": 0} | changes


def push(number: int, by: int, *commits: str, forced: bool = False) -> Document:
    """The event of a push, the newest commit last."""
    return event(number, "pull_push", by, body=json.dumps({"is_force_push": forced, "commit_ids": commits}))


def reviewed(number: int, review_id: int, by: int = ANNA.forgejo_id) -> Document:
    """The event of a review."""
    return event(number, "review", by, review_id=review_id)


@dataclass(slots=True, kw_only=True)
class PullDocuments:
    """A pull request and its lists, as JSON."""

    pull: Document
    files: list[Document]
    reviews: list[Document]
    timeline: list[Document]


def pull(number: int = 5) -> PullDocuments:
    """An honest pull request: opened and pushed by its poster, adding the plan's file, approved by Anna."""
    base = {"label": "main", "ref": "main", "sha": OTHER, "repo_id": 12, "repo": {"id": 12, "full_name": "ops/forgejo"}}
    return PullDocuments(
        pull={
            "id": 900 + number, "number": number, "user": user(POSTER), "title": "Repair", "body": "", "state": "open",
            "merged": False, "base": base, "head": {"label": "plan", "ref": "plan", "sha": FIRST, "repo_id": 12},
        },
        files=[changed_file()],
        reviews=[review(31)],
        timeline=[push(100, POSTER, FIRST), reviewed(101, 31)],
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class ReviewServer:
    """What the server holds. `instead` answers in the place of a path's own answer; `page_length` is its MAX_RESPONSE_ITEMS.

    `hidden` is how many reviews were begun and not sent, before the others: they take places in the list and are not shown.
    """

    repository: Document = field(
        default_factory=lambda: {"id": 12, "name": "forgejo", "owner": {"id": 3, "login": "ops"}}
    )
    pulls: list[PullDocuments] = field(default_factory=lambda: [pull()])
    page_length: int = 50
    hidden: int = 0
    instead: dict[str, Callable[[Received], Behaviour]] = field(default_factory=dict)

    @property
    def only(self) -> PullDocuments:
        """The one pull request."""
        (single,) = self.pulls
        return single

    def answer(self, request: Received) -> Behaviour:
        """The server's answer."""
        parts = urlsplit(request.path)
        path = parts.path.removeprefix(REPOSITORY)
        if path in self.instead:
            return self.instead[path](request)
        return self.own_answer(request)

    def own_answer(self, request: Received) -> Behaviour:
        """What the server says when nothing is said instead."""
        parts = urlsplit(request.path)
        words = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        page, limit = int(words.get("page", 0)), min(int(words.get("limit", 30)), self.page_length)
        match parts.path.removeprefix(REPOSITORY).split("/")[1:]:
            case []:
                return of(self.repository)
            case ["pulls"]:
                shown = [one.pull for one in self.pulls if one.pull["state"] == words["state"]]
                return listed(cut(shown, page or 1, limit), len(shown))
            case ["pulls", number]:
                return of(self._pull(number).pull)
            case ["pulls", number, "files"]:
                files = self._pull(number).files
                return listed(cut(files, page or 1, limit), len(files))
            case ["pulls", number, "reviews"]:
                places: list[Document | None] = [*[None] * self.hidden, *self._pull(number).reviews]
                found = cut(places, page, limit) if page else places
                return listed([one for one in found if one is not None], len(places))
            case ["issues", number, "timeline"]:
                events = self._pull(number).timeline
                shown_events = cut(events, page, limit) if page else [*events]
                return listed(shown_events or None, len(shown_events))
            case _:
                raise AssertionError(request.path)

    def _pull(self, number: str) -> PullDocuments:
        return next(one for one in self.pulls if one.pull["number"] == int(number))


def cut(items: list[Document] | list[Document | None], page: int, limit: int) -> list[Document | None]:
    """One page."""
    return [*items[(page - 1) * limit : page * limit]]


def of(document: object, **headers: str) -> Reply:
    """An orderly answer."""
    return Reply(body=json.dumps(document).encode(), headers={"Content-Type": "application/json", **headers})


def listed(items: object, total: int) -> Reply:
    """A list with its X-Total-Count."""
    return of(items, **{"X-Total-Count": str(total)})


@contextmanager
def asked(server: ReviewServer) -> Iterator[tuple[ApiClient, Loopback]]:
    """A client of the server, whose pauses cost no time, and what the server receives."""
    with loopback(server.answer) as running, client_of(running.url) as client:
        yield client, running


def evidence_of(
    server: ReviewServer, *, plan: Plan | None = None, digest: str = DIGEST, host: HostConfiguration = HOST
) -> tuple[Evidence, ...]:
    """What the server's reviews come to."""
    with asked(server) as (client, _):
        return review_evidence(client, plan or a_plan(), digest, host)


def approvals(server: ReviewServer) -> list[int]:
    """Who approved, all evidence counting."""
    evidence = evidence_of(server)
    assert all(isinstance(one, Approval) for one in evidence), evidence
    return [one.forgejo_id for one in evidence if isinstance(one, Approval)]


def refusals(
    server: ReviewServer, *, plan: Plan | None = None, digest: str = DIGEST, host: HostConfiguration = HOST
) -> tuple[str, ...]:
    """The reasons of a server whose reviews approve nothing: each a sentence."""
    reasons = []
    for one in evidence_of(server, plan=plan, digest=digest, host=host):
        assert isinstance(one, Declined), one
        assert one.kind is EvidenceKind.REVIEW
        assert one.reason.endswith((".", '."')), one.reason
        reasons.append(one.reason)
    assert reasons
    return tuple(reasons)


def refusal(server: ReviewServer, *, plan: Plan | None = None, digest: str = DIGEST) -> str:
    """The only reason."""
    (reason,) = refusals(server, plan=plan, digest=digest)
    return reason
