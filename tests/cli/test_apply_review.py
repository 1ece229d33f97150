"""`apply` where reviews approve: the host asks the server's API with its own token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from support.deploy_host import REVIEWER, SECOND_REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import Terms, pull_for, reviewed_gate
from support.loopback import Reply


@pytest.fixture
def make(any_engine_world: EmptyServer, over_tcp: DatabaseAddress, private: Path) -> Iterator[object]:
    """Makes the gate and its server on each engine."""
    with ExitStack() as stack:
        yield lambda terms: stack.enter_context(reviewed_gate(any_engine_world, one_login(over_tcp), private, terms))


@pytest.mark.parametrize("required", [1, 2])
def test_reviewers_approve_a_pull_request_that_adds_the_digest(make: object, required: int) -> None:
    """One or two official reviews, as many as are wanted: repaired, and the receipt names them; one of two is refused."""
    there, server = make(Terms(required=required, evidence=("review",)))  # type: ignore[operator]  # a fixture's function
    digest = there.host.planned()
    people = (REVIEWER, SECOND_REVIEWER)[:required]
    server.pulls = [pull_for(digest, *people[1:])]
    refused = there.applied(digest)
    assert (refused.code, there.scope(), there.host.journal()) == (5, (1, 35), [])
    server.pulls = [pull_for(digest, *people)]
    ended = there.applied(digest)
    assert ended.code == 0, ended.out + ended.err
    receipt = json.loads((there.host.state / "receipts" / f"{digest}.json").read_bytes())
    assert [(one["login"], one["kind"]) for one in receipt["approvals"]] == [(login, "review") for login in people]
    assert there.scope() == (0, 35)
    assert there.applied(digest).last_line.startswith("ALREADY DONE: ")


def test_a_run_and_a_review_are_two(make: object) -> None:
    """The run of one person is noted; the review of another completes it."""
    there, server = make(Terms(required=2, evidence=("dispatch", "review")))  # type: ignore[operator]  # a fixture's function
    digest = there.host.planned()
    assert there.applied_by(there.dispatch(digest), digest).last_line.startswith("NOTED: approval 1 of 2")
    server.pulls = [pull_for(digest, SECOND_REVIEWER)]
    assert there.applied(digest).code == 0
    assert there.scope() == (0, 35)


def test_a_signed_plan_does_not_need_the_servers_api(make: object) -> None:
    """Where signatures are enough nobody waits for a server that is down."""
    there, server = make(Terms(evidence=("review", "signature")))  # type: ignore[operator]  # a fixture's function
    digest = there.host.planned()
    server.instead[""] = lambda _: Reply(status=503, body=b"")
    refused = there.applied(digest)
    assert refused.code == 5
    assert "503" in refused.last_line
    assert there.applied(digest, "--signature", there.host.signed(digest)).code == 0
