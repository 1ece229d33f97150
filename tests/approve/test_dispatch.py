"""The honest way of a dispatch, on every engine and in every version that has dispatches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.approve.dispatch import ApprovingRun, run_of
from runner_scope_doctor.approve.rules import judged
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.sql import approval as sql_approval
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.approval import Approval, Approved, NotApproved, PartlyApproved
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.wording import moment
from support.approval_case import ANNA, BERT, CARL, MADE, approval, configuration, environment
from support.dispatches import DIGEST, NOW, DispatchServer, dispatch_server
from support.empty_server import EmptyServer

MAJORS = (8, 11, 14, 15, 16)


def approval_of(server: DispatchServer, run_id: int) -> Approval:
    """The approval this run is."""
    evidence = server.judged(run_id)
    assert isinstance(evidence, Approval), evidence
    return evidence


@pytest.mark.parametrize("major", MAJORS)
def test_a_reviewer_approves_by_starting_the_workflow(any_engine_world: EmptyServer, major: int) -> None:
    """Waiting and running, the run is its starter's approval, named so that no other run of any server has the name."""
    server = dispatch_server(any_engine_world, major)
    run_id = server.dispatch()
    found = approval_of(server, run_id)
    assert (found.forgejo_id, found.login, found.kind) == (ANNA.forgejo_id, "ops-lead", EvidenceKind.DISPATCH)
    assert found.reference == f"run {run_id} of https://git.example.org/, created {NOW}"
    assert dict(found.facts) == {
        "run": str(run_id),
        "created": str(NOW),
        "ref": "refs/heads/main",
        "workflow": ".forgejo/workflows/scope-repair.yml",
        "commit": "b" * 40,
    }
    server.picked(run_id)
    assert approval_of(server, run_id) == found


@pytest.mark.parametrize("major", MAJORS)
def test_a_run_again_is_no_approval(any_engine_world: EmptyServer, major: int) -> None:
    """Cancelled and run again, before or after a runner picked it, waiting or running: the first attempt alone counts.

    A re-run keeps the starter and the inputs, whoever asked for it.
    """
    server = dispatch_server(any_engine_world, major)
    for was_picked in (False, True):
        run_id = server.dispatch()
        if was_picked:
            server.picked(run_id)
        server.cancelled(run_id)
        assert server.reason(run_id).endswith(" is cancelled; only a run that waits or runs approves.")
        server.run_again(run_id)
        assert "an approval does not survive a re-run" in server.reason(run_id)
        server.picked(run_id)
        assert "an approval does not survive a re-run" in server.reason(run_id)


def test_a_re_run_in_the_same_second_is_no_approval(any_engine_world: EmptyServer) -> None:
    """Up to 14 the server's count of its writes tells where attempt and times do not."""
    server = dispatch_server(any_engine_world, 14)
    run_id = server.dispatch()
    server.cancelled(run_id)
    server.run_again(run_id)
    server.world.execute(f"UPDATE action_run_job SET updated = created WHERE run_id = {run_id}")
    assert "was written more often by the server than a first attempt is" in server.reason(run_id)


@pytest.mark.parametrize("major", [11, 15])
def test_a_single_job_run_again_is_no_approval(any_engine_world: EmptyServer, major: int) -> None:
    """One job of two is run again while the other goes on: the run was never started over, and is refused all the same."""
    server = dispatch_server(any_engine_world, major)
    run_id = server.dispatch()
    server.world.job(
        12, run_id=run_id, workflow_payload=b'"on": {workflow_dispatch: {inputs: {operation: , digest: }}}'
    )
    assert isinstance(server.judged(run_id), Approval)
    server.picked(run_id)
    server.world.execute(f"UPDATE action_run SET version = version + 1 WHERE id = {run_id}")
    assert isinstance(server.judged(run_id), Approval)
    first = server.world.rows(f"SELECT MIN(id) FROM action_run_job WHERE run_id = {run_id}")[0][0]
    attempt = "attempt + 1" if major >= 15 else "attempt"
    server.world.execute(f"UPDATE action_run_job SET task_id = 0, status = 5, attempt = {attempt} WHERE id = {first}")
    server.world.execute(f"UPDATE action_run SET version = version + 2 WHERE id = {run_id}")
    assert "an approval does not survive a re-run" in server.reason(run_id)


def test_a_version_without_dispatches_has_no_approval(any_engine_world: EmptyServer) -> None:
    """Forgejo 7 knows no dispatch, so a row that says so is not its own."""
    server = dispatch_server(any_engine_world, 7)
    reason = "cannot be judged: what Forgejo 7 records of a dispatch is not known."
    assert server.reason(server.dispatch()).endswith(reason)


def test_one_of_two_and_two_of_two(any_engine_world: EmptyServer) -> None:
    """Two reviewers' dispatches approve where two are wanted; one person's two, or with a signature beside, do not."""
    server = dispatch_server(any_engine_world, 15)
    kinds = (EvidenceKind.DISPATCH, EvidenceKind.SIGNATURE)
    host = configuration(environment(required=2, kinds=kinds))
    first, again = server.dispatch(), server.dispatch()
    other = server.dispatch(by=BERT.forgejo_id)
    one, same, two = (server.judged(run_id) for run_id in (first, again, other))
    assert isinstance(judged(server.plan, host, [one, two], now=NOW), Approved)
    assert isinstance(judged(server.plan, host, [one, same], now=NOW), NotApproved | PartlyApproved)
    assert isinstance(judged(server.plan, host, [one, approval(ANNA)], now=NOW), NotApproved | PartlyApproved)


def test_the_maker_and_a_stranger_to_the_list_do_not_approve(any_engine_world: EmptyServer) -> None:
    """Self-approval, and one of the people who is no reviewer: each run is what it is, and the rules refuse it."""
    server = dispatch_server(any_engine_world, 15, ANNA, CARL)
    by_maker, by_other = server.dispatch(by=CARL.forgejo_id), server.dispatch(by=BERT.forgejo_id)
    for run_id, reason in (
        (by_maker, "made the plan, and self-review is prevented"),
        (by_other, "is none of those who"),
    ):
        verdict = judged(server.plan, server.host, [server.judged(run_id)], now=NOW)
        assert isinstance(verdict, NotApproved | PartlyApproved)
        assert any(reason in one for one in verdict.reasons)


@pytest.mark.parametrize("major", MAJORS)
def test_the_timer_finds_what_waits_and_approves(any_engine_world: EmptyServer, major: int) -> None:
    """Of all runs only those that wait, are a reviewer's, and pass every test; in order of their ids."""
    server = dispatch_server(any_engine_world, major)
    assert server.waiting() == ()
    first = server.dispatch()
    second = server.dispatch(by=BERT.forgejo_id)
    server.dispatch(by=CARL.forgejo_id)
    server.dispatch({"operation": "plan", "digest": DIGEST})
    server.dispatch({"operation": "apply", "digest": "f" * 64})
    server.dispatch(ref="refs/tags/main")
    server.cancelled(server.dispatch())
    server.picked(server.dispatch())
    again = server.dispatch()
    server.cancelled(again)
    server.run_again(again)
    assert server.waiting() == (first, second)
    no_dispatch = configuration(environment(kinds=(EvidenceKind.SIGNATURE,)))
    assert replace(server, host=no_dispatch).waiting() == ()


def test_the_change_itself_can_hold_that_the_run_lives(any_engine_world: EmptyServer) -> None:
    """The condition is true of a waiting and of a running run, and false of one that was cancelled, ended or is another."""
    server = dispatch_server(any_engine_world, 15)
    run_id = server.dispatch()
    assert run_of(approval(ANNA)) is None
    live = run_of(approval_of(server, run_id))
    assert live == ApprovingRun(run_id=run_id, created=NOW)

    def holds(created: int = live.created) -> bool:
        statement = Statement(f'SELECT COUNT(*) FROM "user" AS u WHERE u.id = 3 AND {sql_approval.RUN_STILL_LIVE}')
        with opened_for_reading(server.address, Patience(20)) as reader:
            return reader.read(statement, run_id=live.run_id, run_created=created) == [(1,)]

    assert holds()
    assert not holds(created=NOW + 1)
    server.picked(run_id)
    assert holds()
    server.cancelled(run_id)
    assert not holds()


def test_clocks_may_differ_by_five_minutes(any_engine_world: EmptyServer) -> None:
    """Five minutes before the plan, or ahead of the host, are forgiven; a second more is not."""
    server = dispatch_server(any_engine_world, 15)
    for created, counts in ((MADE - 300, True), (MADE - 301, False), (NOW + 300, True), (NOW + 301, False)):
        run_id = server.dispatch(created=created)
        assert isinstance(server.judged(run_id), Approval) is counts, created
    early, late = server.dispatch(created=MADE - 301), server.dispatch(created=NOW + 301)
    assert server.reason(early).endswith(f"was made 5 min 1 s before the plan, at {moment(MADE - 301)}.")
    assert server.reason(late).endswith("was made 5 min 1 s in the future, by the clock of this host.")
