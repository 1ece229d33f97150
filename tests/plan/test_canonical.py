"""A plan has one form and one digest; nothing that was changed afterwards can be read as a plan."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.plan import AskingRun, Purpose
from runner_scope_doctor.plan.canonical import canonical_bytes, digest_of, plan_from_bytes
from runner_scope_doctor.plan.make import (
    Fence,
    NothingToRepair,
    Refused,
    chosen,
    is_expired,
)
from runner_scope_doctor.report.plan_text import Occasion, Use, rendered
from support.plans import UUID, a_plan
from support.snapshots import NOW, USERS_CASE, runner, snapshot

KINDS = tuple(EvidenceKind)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(NAMES)
def test_a_plan_survives_its_bytes(name: str) -> None:
    """Written and read again it is the same plan, whatever the runner is called, and the digest is SHA-256 of the bytes."""
    plan = a_plan(name)
    content = canonical_bytes(plan)
    assert plan_from_bytes(content, file="x") == plan
    assert digest_of(content) == hashlib.sha256(content).hexdigest()


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_plan_remembers_the_run_that_asked(number: int, created: int) -> None:
    """The run is part of the digest and comes back; whoever shows the plan says it."""
    run = AskingRun(id=number, created=created)
    plan = replace(a_plan(), maker=replace(a_plan().maker, run=run))
    content = canonical_bytes(plan)
    assert plan_from_bytes(content, file="x") == plan
    assert digest_of(content) != digest_of(canonical_bytes(a_plan()))
    shown = rendered(plan, digest_of(content), Occasion(now=NOW, ends=NOW + 86400, file="x", use=Use.NONE, kinds=KINDS))
    assert f" by opslead (Forgejo user 7) by the workflow run {number}; good until " in shown


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_a_plan_says_how_it_can_be_approved(kind: EvidenceKind) -> None:
    """Only the ways that count, each with the digest or the file to be approved."""
    words = {
        EvidenceKind.DISPATCH: f"starts the repair's workflow with the operation apply and the digest {'d' * 64}",
        EvidenceKind.REVIEW: f"approves a pull request that adds the one file runner-scope-repairs/{'d' * 64}",
        EvidenceKind.SIGNATURE: "signs the plan: ssh-keygen -Y sign -f KEY -n runner-scope-doctor-plan 'my plan.json'",
    }
    shown = rendered(
        a_plan(), "d" * 64, Occasion(now=NOW, ends=NOW + 86400, file="my plan.json", use=Use.NONE, kinds=(kind,))
    )
    assert [said for said in words.values() if said in shown] == [words[kind]]


@pytest.mark.parametrize(
    ("fence", "words"),
    [(Fence.WITHOUT, "every other table; nothing"), (Fence.WITH, "every other table but that one counter; nothing")],
)
def test_what_is_not_touched_is_true_of_the_fence_too(fence: Fence, words: str) -> None:
    """The fence writes to a second table, and a reviewer is not told otherwise."""
    occasion = Occasion(now=NOW, ends=NOW + 86400, file="x", use=Use.NONE, kinds=KINDS)
    assert words in rendered(a_plan(fence=fence), "d" * 64, occasion)


def test_a_plan_of_before_there_were_runs_is_still_one() -> None:
    """Without a run there is no key for one, so that those plans keep form and digest; any other way to say none is none."""
    content = canonical_bytes(a_plan())
    maker = b'"maker":{"forgejo_id":7,"login":"opslead"}'
    assert maker in content
    assert plan_from_bytes(content, file="x").maker.run is None
    for run in (b"null", b"{}", b"7", b'{"id":7}', b'{"created":1,"id":true}', b'{"created":1,"id":7,"x":1}'):
        with pytest.raises(SettingsInvalid):
            plan_from_bytes(content.replace(maker, maker[:-1] + b',"run":' + run + b"}"), file="x")


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    """With any one byte changed it is refused, or it is another plan with another digest."""
    content = bytearray(canonical_bytes(a_plan()))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda value: value != content[place]))
    try:
        other = plan_from_bytes(bytes(content), file="x")
    except SettingsInvalid:
        return
    assert other != a_plan()
    assert digest_of(canonical_bytes(other)) != digest_of(canonical_bytes(a_plan()))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"[" * 100_000, b"\xff", b'{"schema_version":2}', b"1" * 5000, b"x" * (1 << 19),
        canonical_bytes(a_plan()) + b"\n",
        json.dumps(json.loads(canonical_bytes(a_plan())), indent=1).encode(),
        canonical_bytes(a_plan()).replace(b'"created":', b'"created":1,"created":', 1),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_a_sentence(content: bytes) -> None:
    """Other JSON, another spelling, doubled keys, depth, size: refused, never a traceback."""
    with pytest.raises(SettingsInvalid):
        plan_from_bytes(content, file="x")


def test_the_plan_changes_owner_id_of_one_guarded_row() -> None:
    """By default one statement: owner_id to 0, guarded by id, uuid, both ids and life; the fence only when asked for."""
    plan = a_plan()
    (statement,) = plan.statements
    assert (statement.purpose, statement.rows) == (Purpose.CLEAR_OWNER, 1)
    assert dict(statement.parameters) == {"id": 5, "uuid": UUID, "owner_id": 1, "repo_id": 35}
    for guard in ("id = :id", "uuid = :uuid", "owner_id = :owner_id", "repo_id = :repo_id", "deleted IS NULL"):
        assert guard in statement.text
    assert (plan.before.owner_id, plan.after.owner_id, plan.after.repo_id) == (1, 0, 35)
    assert [one.purpose for one in a_plan(fence=Fence.WITH).statements] == [Purpose.CLEAR_OWNER, Purpose.COUNTER_FENCE]


def test_which_row_is_planned_for() -> None:
    """The only combined one, or the one that was named; several without a name, and other shapes, are refused."""

    def choice(*rows: object, number: int | None = None) -> object:
        seen = snapshot(*rows)  # type: ignore[arg-type]  # runners only
        return chosen(diagnosed(seen, contract=None, fail_on=Severity.ERROR), number)

    second = runner(7, name="builder", owner_id=1, repo_id=35)
    assert choice(*USERS_CASE) == USERS_CASE[1]
    assert choice(runner(5, repo_id=35)) == NothingToRepair()
    assert isinstance(choice(*USERS_CASE, second), Refused)
    assert choice(*USERS_CASE, second, number=7) == second
    assert isinstance(choice(*USERS_CASE, number=99), Refused)
    assert isinstance(choice(runner(5, owner_id=-1, repo_id=35)), Refused)


@given(NAMES)
def test_showing_a_plan_shows_no_secret_and_lets_nothing_act(name: str) -> None:
    """The uuid is masked wherever a plan is shown, and a hostile name stays text; the last line says what to do."""
    text = rendered(
        a_plan(name), "d" * 64, Occasion(now=NOW, ends=NOW + 86400, file="plan.json", use=Use.NONE, kinds=KINDS)
    )
    assert UUID not in text
    assert "::" not in text
    assert text.splitlines()[-1].startswith("PROPOSED: nothing was changed. Next:")
    assert is_expired(a_plan(), NOW + 86400)
    later = Occasion(now=NOW + 86400, ends=NOW + 86400, file="plan.json", use=Use.NONE, kinds=KINDS)
    assert rendered(a_plan(), "d" * 64, later).splitlines()[-1].startswith("EXPIRED ")


@pytest.mark.parametrize(
    ("use", "word", "next_command"),
    [
        (Use.NONE, "PROPOSED", "approve"),
        (Use.NOT_KNOWN, "PROPOSED", "approve"),
        (Use.FAILED, "PROPOSED", "approve"),
        (Use.BEGUN, "BEGUN", "runner-scope-doctor status"),
        (Use.DONE, "USED", "runner-scope-doctor receipts"),
        (Use.SPENT, "SPENT", "new plan"),
    ],
)
def test_a_used_plan_is_shown_and_said_to_be_used(use: Use, word: str, next_command: str) -> None:
    """The last line says what became of the plan and what to do next; only one that may still be used says how to approve."""
    lines = rendered(
        a_plan(), "d" * 64, Occasion(now=NOW, ends=NOW + 86400, file="plan.json", use=use, kinds=KINDS)
    ).splitlines()
    assert lines[-1].startswith(word)
    assert next_command in lines[-1]
    assert any("ssh-keygen -Y sign" in line for line in lines) == (word == "PROPOSED")
