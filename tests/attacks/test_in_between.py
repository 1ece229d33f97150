"""What changes on the host between an approval and the repair: it is judged as it is now, and by ids."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from types import MappingProxyType

import pytest

from support.deploy_host import MAKER, REVIEWER, SECOND_REVIEWER, digest_in
from support.gate import NAME, Gate
from support.plan_runs import PLAN_WORKFLOW

Make = Callable[..., Gate]


def reconfigured(there: Gate, old: str, new: str) -> None:
    """Root edits host.yml."""
    text = there.host.configuration.read_text()
    assert old in text, text
    there.host.configuration.write_text(text.replace(old, new))


CHANGES: MappingProxyType[str, tuple[str, str, str]] = MappingProxyType({
    "renamed environment": (f"  {NAME}:", "  another:", f"The plan names the environment {NAME}"),
    "another repository": ("repository: {id: 12,", "repository: {id: 13,", "belongs to the repository with the id 12"),
    "another workflow": ("scope-repair.yml", "other.yml", "is of the workflow .forgejo/workflows/scope-repair.yml"),
    "another branch": ("deployment_branches: [main]", "deployment_branches: [next]", "was made on refs/heads/main"),
    "another kind of evidence": ("evidence: [dispatch, signature]", "evidence: [signature]", "takes signature"),
    "no longer a reviewer": (
        f"reviewers: [{MAKER}, {REVIEWER}, {SECOND_REVIEWER}]", f"reviewers: [{MAKER}, {SECOND_REVIEWER}]",
        "is no reviewer",
    ),
    "another id for the login": ("id: 9, login: second-operator", "id: 19, login: second-operator", "Forgejo id 9"),
    "a shorter time": ("    evidence:", "    plan_valid_for: 1s\n    evidence:", "expired"),
    "more approvals": ("required_approvals: 1", "required_approvals: 3", "3 approvals are wanted"),
})  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_an_environment_that_was_changed_after_the_approval(make: Make, name: str) -> None:
    """The plan and its waiting approval are as they were; the host's rules are others now, and these hold."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    old, new, reason = CHANGES[name]
    reconfigured(there, old, new)
    time.sleep(1.1)  # the shortest time a plan can be given
    ended = there.applied_by(run_id, digest)
    assert ended.code == 5, ended.out + ended.err
    assert reason in ended.last_line, ended.last_line
    assert (there.scope(), there.host.journal()) == ((1, 35), [])
    assert there.host.doctor("apply-approved").code in (0, 5)
    assert there.scope() == (1, 35)


def test_a_noted_approval_of_somebody_who_was_given_another_id(make: Make) -> None:
    """The login is another user's now: what was noted was the old user's, and the new one has approved nothing."""
    there = make(required=2, reviewers=(MAKER, REVIEWER, SECOND_REVIEWER))
    digest = there.host.planned()
    assert there.applied_by(there.dispatch(digest), digest).code == 0
    journal = there.host.journal()
    reconfigured(there, "id: 9, login: second-operator", "id: 19, login: second-operator")
    there.world.execute("UPDATE protected_branch SET merge_whitelist_user_i_ds = '[7,11,19]'")
    ended = there.applied_by(there.dispatch(digest, SECOND_REVIEWER), digest)
    assert ended.code == 0
    assert ended.last_line.startswith("NOTED: approval 1 of 2")
    assert there.scope() == (1, 35)
    assert there.host.journal() == [*journal, "approval-noted"]


def test_a_noted_approval_and_the_same_run_and_another_of_the_same_person(make: Make) -> None:
    """Three pieces of evidence, one person: one approval of two, however often and by whatever it is brought."""
    there = make(required=2)
    digest = there.host.planned()
    first, second = there.dispatch(digest), there.dispatch(digest)
    signature = there.host.signed(digest, REVIEWER)
    assert there.applied_by(first, digest).last_line.startswith("NOTED: approval 1 of 2")
    assert there.applied_by(first, digest).last_line.startswith("NOTED: approval 1 of 2")
    assert there.applied_by(second, digest).code == 5
    assert there.applied(digest, "--run", second, "--signature", signature).code == 5
    assert there.applied(digest, "--run", first, "--signature", signature, "--signature", signature).code == 0
    assert there.host.doctor("apply-approved").code == 0
    assert there.host.journal() == ["approval-noted"]
    assert there.scope() == (1, 35)


def test_every_kind_of_evidence_of_several_people_is_no_ones(make: Make) -> None:
    """Where each kind is wanted of one person, a run of one and a signature of another are none."""
    there = make(require_all="true")
    digest = there.host.planned()
    signature = there.host.signed(digest, SECOND_REVIEWER)
    ended = there.applied(digest, "--run", there.dispatch(digest), "--signature", signature)
    assert ended.code in (0, 5)
    assert "has not given every kind of evidence" in ended.out + ended.err
    assert there.scope() == (1, 35)


def test_a_maker_who_is_no_longer_known(make: Make) -> None:
    """Who made the plan by a run was taken from the people since: they approve nothing, another reviewer still may."""
    there = make()
    run_id = there.dispatch("", SECOND_REVIEWER, inputs={"operation": "plan"}, workflow=PLAN_WORKFLOW)
    digest = digest_in(there.host.doctor("plan", "--run", str(run_id)).out)
    reconfigured(there, f", {SECOND_REVIEWER}]", "]")
    reconfigured(there, "id: 11, login: third-operator", "id: 12, login: third-operator")
    there.world.execute("UPDATE protected_branch SET merge_whitelist_user_i_ds = '[7,9]'")
    ended = there.applied_by(there.dispatch(digest, SECOND_REVIEWER), digest)
    assert ended.code == 5
    assert "whom" in ended.last_line
    assert there.scope() == (1, 35)
    assert there.applied_by(there.dispatch(digest), digest).code == 0


def test_a_run_on_two_hosts(make: Make) -> None:
    """A second host of the same server, set up alike, has not made the plan and knows nothing of it: one host repairs, once."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    second = there.host.folder / "second"
    second.mkdir(mode=0o700)
    text = there.host.configuration.read_text().replace(str(there.host.state), str(second / "state"))
    (second / "host.yml").write_text(text)
    where = {"RSD_HOST": str(second / "host.yml")}
    for given in (digest, str(there.host.plan_file(digest))):
        ended = there.host.doctor("apply", given, "--run", str(run_id), environment=where)
        assert ended.code == 5, ended.out + ended.err
        assert "plan" in ended.last_line
        assert there.scope() == (1, 35)
    assert there.host.doctor("apply-approved", environment=where).last_line.startswith("NOTHING APPROVED")
    assert not (second / "state" / "journal.jsonl").exists()
    shutil.copy(there.host.plan_file(digest), second / "state" / "plans")
    assert there.applied_by(run_id, digest).code == 0
    ended = there.host.doctor("apply", digest, "--run", str(run_id), environment=where)
    assert ended.code == 5, ended.out + ended.err
    assert "is repaired already" in ended.last_line
    assert not (second / "state" / "journal.jsonl").exists()


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_a_journal_that_was_lost_or_put_back(make: Make, lines: int) -> None:
    """It has forgotten that the plan was used, and the signature is as good as ever: the receipt that is there still tells,
    a new plan is another one, and nothing is called settled or verified."""
    there = make()
    digest = there.host.planned()
    signature = there.host.signed(digest)
    assert there.applied(digest, "--signature", signature).code == 0
    receipt = there.host.state / "receipts" / f"{digest}.json"
    journal, told = there.host.state / "journal.jsonl", receipt.read_bytes()
    kept = journal.read_bytes().splitlines(keepends=True)[:lines]
    journal.unlink()
    if kept:
        journal.write_bytes(b"".join(kept))
    there.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    for command in (("apply", digest, "--signature", signature), ("apply", digest, "--break-glass", "alone on duty")):
        ended = there.host.doctor(*command)
        assert ended.code == 5, ended.out + ended.err
        assert "There is a receipt of this plan" in ended.last_line
    assert (there.scope(), receipt.read_bytes()) == ((1, 35), told)
    assert len(there.host.journal()) == lines
    for looking in (("status",), ("receipts", "verify")):
        assert there.host.doctor(*looking).code == 10
    assert there.host.planned() != digest


def test_a_time_that_was_shortened(make: Make) -> None:
    """Whoever is told to make a new plan gets a new one, and no command says that the old one can be approved."""
    there = make()
    old = there.host.planned()
    reconfigured(there, "    evidence:", "    plan_valid_for: 2s\n    evidence:")
    time.sleep(2.1)
    assert there.host.doctor("show", old).last_line.startswith("EXPIRED ")
    assert "proposed" not in there.host.doctor("status").out
    reconfigured(there, "plan_valid_for: 2s", "plan_valid_for: 1h")
    assert there.host.planned() == old
    reconfigured(there, "plan_valid_for: 1h", "plan_valid_for: 2s")
    assert there.host.planned() != old


@pytest.mark.parametrize("damage", ["altered", "open to the group", "a link"])
def test_the_timer_and_a_plan_that_cannot_be_believed(make: Make, damage: str) -> None:
    """It may be the approved one, so the timer does not say that nothing is approved, and status not that all is settled.
    Once its file is moved away, both do."""
    there = make()
    digest = there.host.planned()
    there.dispatch(digest)
    file = there.host.plan_file(digest)
    match damage:
        case "altered":
            file.write_bytes(file.read_bytes().replace(b'"repo_id":35', b'"repo_id":36'))
        case "open to the group":
            file.chmod(0o660)
        case _:
            file.rename(file.with_suffix(".moved"))
            file.symlink_to(file.with_suffix(".moved"))
    ended = there.host.doctor("apply-approved")
    assert ended.code == 5, ended.out + ended.err
    assert digest in ended.last_line
    told = there.host.doctor("status")
    assert (told.code, f"{digest} cannot be told of: " in told.out) == (10, True)
    assert (there.scope(), there.host.journal()) == ((1, 35), [])
    file.unlink()
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED")
    assert there.host.doctor("status").code == 0


def test_a_used_plan_whose_file_was_altered(make: Make) -> None:
    """Nothing is to be done with it any more, so that no timer and no status stumbles over it."""
    there = make()
    digest = there.host.planned()
    assert there.applied_by(there.dispatch(digest), digest).code == 0
    there.host.plan_file(digest).write_bytes(b"")
    assert there.host.doctor("apply-approved").code == 0
    assert there.host.doctor("status").code == 0
