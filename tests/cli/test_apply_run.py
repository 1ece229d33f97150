"""`apply --run`: a person approves a plan by starting the workflow, and the server's own record is what counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress
from support.deploy_host import MAKER, REVIEWER, SECOND_REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate

Make = Callable[[Terms], Gate]
TWO = Terms(required=2)


@pytest.fixture
def make(any_engine_world: EmptyServer, over_tcp: DatabaseAddress, private: Path) -> Make:
    """Makes the gate on each engine."""
    return lambda terms: gate(any_engine_world, one_login(over_tcp), private, terms)


def test_a_reviewers_run_approves_the_plan_it_names(make: Make) -> None:
    """One reviewer who is not its maker starts the workflow with the digest: repaired; the receipt names who and which run."""
    there = make(Terms())
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    ended = there.applied_by(run_id, digest)
    assert ended.code == 0, ended.out + ended.err
    assert ended.last_line.startswith("DONE: runner 5 belongs to repository 35 alone.")
    assert there.scope() == (0, 35)
    receipt = json.loads((there.host.state / "receipts" / f"{digest}.json").read_bytes())
    (approval,) = receipt["approvals"]
    assert (approval["login"], approval["forgejo_id"], approval["kind"]) == (REVIEWER, 9, "dispatch")
    assert ["run", str(run_id)] in approval["facts"]


def test_the_job_that_asks_again_gets_the_receipt(make: Make) -> None:
    """The run that the receipt names is told of it and ends with 0; another run of another reviewer is refused."""
    there = make(Terms())
    digest = there.host.planned()
    run_id, other = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    assert there.applied_by(run_id, digest).code == 0
    there.server.picked(run_id)
    again = there.applied_by(run_id, digest)
    assert (again.code, again.last_line.split(":")[0]) == (0, "ALREADY DONE")
    refused = there.applied_by(other, digest)
    assert refused.code == 5
    assert "carried out already, on other evidence" in refused.last_line
    assert there.host.journal().count("started") == 1


def test_two_approvals_come_one_after_the_other(make: Make) -> None:
    """The first run's job ends green with its approval noted; it counts although the run is over; the second repairs."""
    there = make(TWO)
    digest = there.host.planned()
    first, second = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    noted = there.applied_by(first, digest)
    assert noted.code == 0, noted.out + noted.err
    assert noted.last_line.startswith(
        "NOTED: approval 1 of 2 is noted, nothing was changed yet. Next: Ask third-operator to "
    )
    assert there.scope() == (1, 35)
    assert there.host.journal() == ["approval-noted"]
    assert there.applied_by(first, digest).code == 0
    assert there.host.journal() == ["approval-noted"]
    there.server.cancelled(first)
    ended = there.applied_by(second, digest)
    assert ended.code == 0, ended.out + ended.err
    receipt = json.loads((there.host.state / "receipts" / f"{digest}.json").read_bytes())
    assert [one["login"] for one in receipt["approvals"]] == [REVIEWER, SECOND_REVIEWER]
    assert there.scope() == (0, 35)


def test_one_person_is_one_approval(make: Make) -> None:
    """A second run of the same person, or the same person's signature, is no second approval; nothing more is noted."""
    there = make(TWO)
    digest = there.host.planned()
    first, again = there.dispatch(digest), there.dispatch(digest)
    assert there.applied_by(first, digest).code == 0
    for ended in (
        there.applied_by(again, digest),
        there.applied(digest, "--signature", there.host.signed(digest)),
    ):
        assert ended.code == 5
        assert "There is 1 approval of 2" in ended.last_line
    assert there.host.journal() == ["approval-noted"]
    assert there.scope() == (1, 35)


def test_two_kinds_of_two_people_are_enough(make: Make) -> None:
    """A noted run of one person and a signature of another make two."""
    there = make(TWO)
    digest = there.host.planned()
    assert there.applied_by(there.dispatch(digest), digest).code == 0
    ended = there.applied(digest, "--signature", there.host.signed(digest, SECOND_REVIEWER))
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)


def test_every_kind_of_one_person(make: Make) -> None:
    """Where every kind is wanted, the run is noted until the same person's signature comes; another's does not help."""
    there = make(Terms(require_all="true"))
    digest = there.host.planned()
    noted = there.applied_by(there.dispatch(digest), digest)
    assert noted.code == 0
    assert noted.last_line.startswith("NOTED: approval 0 of 1 is noted")
    assert "signature of the same person is missing" in noted.out
    assert there.applied(digest, "--signature", there.host.signed(digest, SECOND_REVIEWER)).code == 5
    assert there.applied(digest, "--signature", there.host.signed(digest)).code == 0


def test_what_is_noted_is_judged_anew(make: Make) -> None:
    """A person who is taken off the list meanwhile does not count any more, noted or not."""
    there = make(TWO)
    digest = there.host.planned()
    first, second = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    assert there.applied_by(first, digest).code == 0
    text = there.host.configuration.read_text()
    there.host.configuration.write_text(
        text.replace(f"{MAKER}, {REVIEWER}, {SECOND_REVIEWER}", f"{MAKER}, {SECOND_REVIEWER}")
    )
    ended = there.applied_by(second, digest)
    assert ended.code == 5
    assert f"{REVIEWER} (Forgejo id 9) is none of those who may approve" in ended.last_line
    assert there.scope() == (1, 35)


def test_the_maker_is_no_approver(make: Make) -> None:
    """ops-lead made the plan, so the run of ops-lead approves nothing and is not noted."""
    there = make(TWO)
    digest = there.host.planned()
    ended = there.applied_by(there.dispatch(digest, MAKER), digest)
    assert ended.code == 5
    assert "ops-lead made the plan, and self-review is prevented" in ended.last_line
    assert there.host.journal() == []


@pytest.mark.parametrize("required", [1, 2])
def test_signatures_alone_are_as_many_people_as_are_wanted(make: Make, required: int) -> None:
    """One or two people sign, in an environment that takes nothing else: repaired, and the receipt names them; one of two
    repairs nothing and is not noted, because a signature is there again the next time."""
    there = make(Terms(required=required, evidence=("signature",)))
    digest = there.host.planned()
    people = (REVIEWER, SECOND_REVIEWER)[:required]
    signatures = [there.host.signed(digest, login) for login in people]
    if required == 2:
        refused = there.applied(digest, "--signature", signatures[0], "--signature", signatures[0])
        assert (refused.code, there.scope(), there.host.journal()) == (5, (1, 35), [])
        assert "There is 1 approval of 2" in refused.last_line
    ended = there.applied(digest, *(word for one in signatures for word in ("--signature", one)))
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)
    receipt = json.loads((there.host.state / "receipts" / f"{digest}.json").read_bytes())
    assert [(one["login"], one["kind"]) for one in receipt["approvals"]] == [(login, "signature") for login in people]
