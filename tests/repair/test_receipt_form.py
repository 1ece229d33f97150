"""A receipt has one form and one digest, and nothing that was changed afterwards can be read as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.receipt import ChangedRows, Receipt, Verification
from runner_scope_doctor.plan.canonical import canonical_bytes, digest_of
from runner_scope_doctor.repair.receipt_form import receipt_bytes, receipt_from_bytes
from runner_scope_doctor.report.receipt_text import done_before_line, done_line, receipt_lines
from support.plans import UUID, a_plan
from support.receipts import receipt as released
from support.snapshots import NOW

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def a_receipt(name: str = "rs2000-deploy-host", note: str = "") -> Receipt:
    """The receipt of the user's own repair."""
    plan = a_plan(name)
    approval = Approval(
        forgejo_id=9,
        login="second-operator",
        kind=EvidenceKind.SIGNATURE,
        reference="ab" * 32,
        facts=(("key", "SHA256:x"),),
    )
    return Receipt(
        digest=digest_of(canonical_bytes(plan)), plan=plan, broken_glass=None,
        approvals=(approval,), carried_out_by="opslead", tool_version="0.1.0",
        backup="one.jsonl", backup_sha256="cd" * 32, started=NOW, committed=None,
        statements=(ChangedRows(purpose=Purpose.CLEAR_OWNER, matched=1, changed=None),),
        verification=Verification(verified=NOW + 1, gone=("RSD001",), new=(), notes=(note,)),
    )  # fmt: skip


@given(TEXTS, TEXTS)
def test_a_receipt_survives_its_bytes(name: str, note: str) -> None:
    """Written and read again it is the same receipt, whatever the runner is called."""
    receipt = a_receipt(name, note)
    assert receipt_from_bytes(receipt_bytes(receipt), file="x") == receipt


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    """With any one byte changed it is refused, or it is another receipt with other bytes."""
    content = bytearray(receipt_bytes(a_receipt()))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda value: value != content[place]))
    try:
        other = receipt_from_bytes(bytes(content), file="x")
    except SettingsInvalid:
        return
    assert other != a_receipt()


def test_a_receipt_of_another_plan_is_refused() -> None:
    """The plan it holds must be the one it names."""
    content = receipt_bytes(a_receipt())
    other = content.replace(a_receipt().digest.encode(), b"0" * 64)
    with pytest.raises(SettingsInvalid, match="another digest"):
        receipt_from_bytes(other, file="x")


@given(TEXTS)
def test_showing_a_receipt_shows_no_secret(name: str) -> None:
    """The uuid, half of a secret, is in the file and in no line for people."""
    receipt = a_receipt(name)
    shown = "\n".join((*receipt_lines(receipt), done_line(receipt), done_before_line(receipt)))
    assert UUID.encode() in receipt_bytes(receipt)
    assert UUID not in shown
    assert done_line(receipt).endswith(f"runner-scope-doctor undo {receipt.digest}")


@pytest.mark.parametrize("major", [15, 16])
def test_a_change_that_nobody_watched_claims_no_effect(major: int) -> None:
    """The row is right, and no more is said; on 16 the runner exited when its row was refused, and must be started."""
    line = done_line(released(major=major))
    assert "Nobody watched whether it picks up. Next: " in line
    assert ("Start the runner's service on its host" in line) == (major == 16)


def test_a_change_of_earlier_says_how_the_row_was() -> None:
    """Somebody may have changed the row since, so the line tells when it was right and what tells how it is now."""
    line = done_before_line(released())
    assert "belonged to repository 35 alone at " in line
    assert "Next: run the check" in line
