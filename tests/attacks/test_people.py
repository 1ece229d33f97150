"""Attacks by who asks: each refused with 5 and its reason in the last line, or harmless as it says."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from support.deploy_host import MAKER, REVIEWER, SECOND_REVIEWER
from support.gate import Gate

Make = Callable[..., Gate]


def refused(there: Gate, run_id: int, digest: str) -> str:
    """The last line of a refusal that left everything as it was."""
    journal = there.host.journal()
    ended = there.applied_by(run_id, digest)
    assert ended.code == 5, ended.out + ended.err
    assert there.scope() == (1, 35)
    assert there.host.journal() == journal
    return ended.last_line


def test_self_approval(make: Make) -> None:
    """Who made the plan starts the workflow too."""
    there = make()
    digest = there.host.planned()
    assert "ops-lead made the plan, and self-review is prevented" in refused(
        there, there.dispatch(digest, MAKER), digest
    )


def test_a_person_who_is_not_on_the_list(make: Make) -> None:
    """Somebody the host knows, and no reviewer."""
    there = make(reviewers=(MAKER, REVIEWER))
    digest = there.host.planned()
    there.world.execute("UPDATE protected_branch SET merge_whitelist_user_i_ds = '[7,9]'")
    said = refused(there, there.dispatch(digest, SECOND_REVIEWER), digest)
    assert "third-operator (Forgejo id 11) is none of those who may approve" in said


def test_a_renamed_login(make: Make) -> None:
    """A stranger takes the login that a reviewer gave up: the id is another one. The reviewer still counts."""
    there = make()
    digest = there.host.planned()
    there.world.execute("UPDATE \"user\" SET name = 'second-now', lower_name = 'second-now' WHERE id = 9")
    there.world.execute("UPDATE \"user\" SET name = 'second-operator', lower_name = 'second-operator' WHERE id = 99")
    said = refused(there, there.dispatch(digest, "mallory"), digest)
    assert "was started by second-operator (Forgejo id 99)" in said
    assert "the id of second-operator there is 9, and ids decide" in said
    assert there.applied_by(there.dispatch(digest, REVIEWER), digest).code == 0


def test_a_user_made_again_under_an_old_login(make: Make) -> None:
    """A reviewer left and was deleted; somebody registered the login anew."""
    there = make()
    digest = there.host.planned()
    there.world.execute('DELETE FROM "user" WHERE id = 9')
    there.world.user(REVIEWER, id=1234)
    run_id = there.dispatch(digest, inputs={"digest": digest, "operation": "apply"})
    there.world.execute(
        f"UPDATE action_run SET trigger_user_id = 1234,"
        f" event_payload = REPLACE(event_payload, '\"id\":9,', '\"id\":1234,') WHERE id = {run_id}"
    )
    assert "(Forgejo id 1234), whom" in refused(there, run_id, digest)


def test_one_person_twice_through_two_kinds(make: Make) -> None:
    """A run and a signature of one reviewer are one approval of two."""
    there = make(required=2)
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    both = there.applied(digest, "--run", run_id, "--signature", there.host.signed(digest))
    assert (both.code, both.last_line.split(" is noted")[0]) == (0, "NOTED: approval 1 of 2")
    assert there.scope() == (1, 35)


def test_who_names_anothers_run_gets_what_it_approved_once(make: Make) -> None:
    """Harmless: the receipt names the approver and never the caller, and the run approves nothing a second time."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    environment = {"GITHUB_ACTOR": "mallory", "FORGEJO_ACTOR": "mallory", "GITHUB_RUN_ID": "1", "SUDO_USER": "mallory"}
    ended = there.host.doctor("apply", digest, "--run", str(run_id), environment=environment)
    assert ended.code == 0, ended.out + ended.err
    content = (there.host.state / "receipts" / f"{digest}.json").read_text()
    assert json.loads(content)["approvals"][0]["login"] == REVIEWER
    assert "mallory" not in content
    there.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    assert there.applied_by(run_id, digest).last_line.startswith("ALREADY DONE: ")
    assert there.scope() == (1, 35)


@pytest.mark.parametrize("again", ["of a run that waited", "of one that was cancelled", "of one job"])
def test_a_rerun(make: Make, again: str) -> None:
    """Whoever presses re-run keeps the first starter in the record: that is no second approval."""
    there = make(required=2)
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    there.server.picked(run_id)
    if again == "of one that was cancelled":
        there.server.cancelled(run_id)
    there.server.run_again(run_id)
    if again == "of one job":
        there.server.picked(run_id)
    assert "an approval does not survive a re-run" in refused(there, run_id, digest) or "was started again" in refused(
        there, run_id, digest
    )


@pytest.mark.parametrize("ending", ["cancelled", "done"])
def test_a_run_that_ended_before_it_was_looked_at(make: Make, ending: str) -> None:
    """Cancelled before its job asked: the approval was taken back in time."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    if ending == "cancelled":
        there.server.cancelled(run_id)
    else:
        there.world.execute(f"UPDATE action_run SET status = 1 WHERE id = {run_id}")
    assert "only a run that waits or runs approves" in refused(there, run_id, digest)


@pytest.mark.parametrize("number", ["0", "999999", "9223372036854775807"])
def test_a_run_that_is_none(make: Make, number: str) -> None:
    """A number without a run, and numbers no run can have."""
    there = make()
    digest = there.host.planned()
    ended = there.applied(digest, "--run", number)
    assert ended.code == 5
    assert f"The dispatch run {number} " in ended.last_line
    assert there.scope() == (1, 35)


def test_a_payload_of_ten_megabytes(make: Make) -> None:
    """It stays where it is."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest, event_payload='{"inputs":{"x":"' + "y" * 10_000_000 + '"}}')
    assert "has an event payload of 10000019 bytes; more than 100000 are not read" in refused(there, run_id, digest)
