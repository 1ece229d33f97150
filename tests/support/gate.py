"""A deploy host with an approval environment, and the server on which people start its workflow."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support.command import Ended
from support.deploy_host import INSTANCE, MAKER, REVIEWER, SECOND_REVIEWER, DeployHost, Logins, deploy_host
from support.dispatches import WORKFLOW, DispatchServer, dispatch_server
from support.empty_server import EmptyServer
from support.loopback import loopback
from support.review_server import (
    FIRST,
    POSTER,
    PullDocuments,
    ReviewServer,
    at,
    changed_file,
    pull,
    push,
    review,
    reviewed,
)
from support.world import World, users_case

IDS = {MAKER: 7, REVIEWER: 9, SECOND_REVIEWER: 11}
NAME = "deploy-runner-repair"
MAJOR = 15
_ENVIRONMENT = """\
environments:
  {name}:
    repository: {{id: 12, name: ops/forgejo}}
    workflow: .forgejo/workflows/scope-repair.yml
    deployment_branches: [main]
    reviewers: [{reviewers}]
    required_approvals: {required}
    evidence: [{evidence}]
    require_all: {require_all}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The maker of all plans is ops-lead, who is a reviewer too, as in a small team."""

    host: DeployHost
    server: DispatchServer

    @property
    def world(self) -> World:
        return self.server.world

    def dispatch(
        self, digest: str, login: str = REVIEWER, *, inputs: object = None, made_at: int | None = None, **more: Any
    ) -> int:
        """Somebody starts the workflow with the plan's digest. Returns the run's id; it waits. `more` as in
        `DispatchServer.dispatch`."""
        made_at = int(time.time()) if made_at is None else made_at
        given = {"digest": digest, "operation": "apply"} if inputs is None else inputs
        job: dict[str, Any] = {"created": made_at, "updated": made_at, **more.pop("job", {})}
        values = {"created": made_at, "updated": made_at, "workflow": WORKFLOW, **more, "job": job}
        return self.server.dispatch(given, by=IDS.get(login, 99), **values)

    def applied(self, digest: str, *more: object) -> Ended:
        """`apply` with nobody at a terminal."""
        return self.host.doctor("apply", digest, *map(str, more))

    def applied_by(self, run_id: int, digest: str) -> Ended:
        """What the service does when a job asks."""
        return self.applied(digest, "--run", str(run_id))

    def scope(self) -> tuple[int, int]:
        """owner_id and repo_id of the sick row."""
        owner, repository = self.world.rows("SELECT owner_id, repo_id FROM action_runner WHERE id = 5")[0]
        return int(owner), int(repository)


@contextmanager
def reviewed_gate(
    server: EmptyServer, logins: Logins, folder: Path, terms: Terms
) -> Iterator[tuple[Gate, ReviewServer]]:
    """A gate whose server has an API, on which a stranger can post pull requests."""
    reviews = ReviewServer(pulls=[])
    with loopback(reviews.answer) as running:
        token = folder / "api.token"
        token.write_text("0123456789abcdef0123456789abcdef01234567\n")
        token.chmod(0o600)
        there = gate(server, logins, folder, replace(terms, further=f"api: {{token_file: {token}}}\n{terms.further}"))
        file = there.host.configuration
        file.write_text(file.read_text().replace(INSTANCE, running.url))
        yield there, reviews


def pull_for(digest: str, *reviewers: str) -> PullDocuments:
    """A pull request that adds the plan's digest, opened and pushed by a stranger, approved by these people just now."""
    honest = pull()
    now = int(time.time())
    honest.files = [changed_file(f"runner-scope-repairs/{digest}")]
    honest.reviews = [
        review(30 + number, IDS[login], submitted_at=at(now), updated_at=at(now))
        for number, login in enumerate(reviewers, start=1)
    ]
    honest.timeline = [
        push(100, POSTER, FIRST),
        *(reviewed(100 + number, 30 + number, IDS[login]) for number, login in enumerate(reviewers, start=1)),
    ]
    return honest


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What of an environment a test chooses."""

    reviewers: tuple[str, ...] = (MAKER, REVIEWER, SECOND_REVIEWER)
    required: int = 1
    evidence: tuple[str, ...] = ("dispatch", "signature")
    require_all: str = "false"
    further: str = ""


def gate(server: EmptyServer, logins: Logins, folder: Path, terms: Terms, major: int = MAJOR) -> Gate:
    """The user's sick runner on a server of that version, in a repository whose main branch only reviewers can change."""
    found = dispatch_server(server, major)
    return gate_of(found, logins, folder, terms)


def gate_of(found: DispatchServer, logins: Logins, folder: Path, terms: Terms) -> Gate:
    """The same on a server that is there already, whose rows and people are not."""
    ids = json.dumps([IDS[login] for login in terms.reviewers])
    found.world.execute(f"UPDATE protected_branch SET merge_whitelist_user_i_ds = '{ids}'")
    users_case(found.world)
    found.world.counter(0, 35, 7)
    more = terms.further + _ENVIRONMENT.format(
        name=NAME,
        reviewers=", ".join(terms.reviewers),
        required=terms.required,
        evidence=", ".join(terms.evidence),
        require_all=terms.require_all,
    )
    return Gate(host=deploy_host(folder, logins, more=more), server=found)
