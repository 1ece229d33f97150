"""A receipt as bytes, and back. One receipt has one form, and so one digest, which the journal holds."""

from __future__ import annotations

from runner_scope_doctor.canonical import form
from runner_scope_doctor.canonical.approvals import (
    approval_from,
    approval_object,
    broken_glass_from,
    broken_glass_object,
)
from runner_scope_doctor.canonical.fields import Fields, Value, WrongDocument
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.receipt import ChangedRows, Receipt, Verification
from runner_scope_doctor.plan.canonical import canonical_bytes, digest_of, plan_from_bytes

SCHEMA_VERSION = 1
LARGEST_RECEIPT = 1 << 20
"""Bytes. A receipt holds its plan and some sentences."""


def receipt_bytes(receipt: Receipt) -> bytes:
    """The receipt's only form, ending in a line end. The plan stands in it as the very text that was approved."""
    document: dict[str, Value] = {
        "schema_version": SCHEMA_VERSION,
        "digest": receipt.digest,
        "plan": canonical_bytes(receipt.plan).decode("ascii"),
        "approvals": [approval_object(approval) for approval in receipt.approvals],
        "broken_glass": broken_glass_object(receipt.broken_glass),
        "carried_out_by": receipt.carried_out_by,
        "tool_version": receipt.tool_version,
        "backup": receipt.backup,
        "backup_sha256": receipt.backup_sha256,
        "started": receipt.started,
        "committed": receipt.committed,
        "statements": [
            {"purpose": one.purpose.value, "matched": one.matched, "changed": one.changed} for one in receipt.statements
        ],
        "verification": _verification_object(receipt.verification),
    }
    return form.canonical_bytes(document) + b"\n"


def receipt_from_bytes(content: bytes, *, file: str) -> Receipt:
    """The receipt those bytes are the form of. Raises SettingsInvalid for anything else."""
    try:
        document = form.parsed(content, version=SCHEMA_VERSION, most_bytes=LARGEST_RECEIPT)
        receipt = _receipt(Fields(document, ""), file)
    except WrongDocument as error:
        raise _refused(file, str(error)) from error
    if receipt_bytes(receipt) != content:
        raise _refused(file, "is not in canonical form, so something has changed it since it was written")
    return receipt


def _refused(file: str, reason: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The receipt {file} {reason}.", next_step="Find out who changed it: runner-scope-doctor receipts verify"
    )


def _receipt(document: Fields, file: str) -> Receipt:
    text = document.text("plan").encode("ascii", "replace")
    digest = document.text("digest")
    if digest_of(text) != digest:
        raise WrongDocument("holds a plan of another digest than it says")
    return Receipt(
        digest=digest,
        plan=plan_from_bytes(text, file=file),
        approvals=tuple(approval_from(part) for part in document.parts("approvals")),
        broken_glass=broken_glass_from(document, "broken_glass"),
        carried_out_by=document.text("carried_out_by"),
        tool_version=document.text("tool_version"),
        backup=document.text("backup"),
        backup_sha256=document.text("backup_sha256"),
        started=document.integer("started"),
        committed=document.optional_integer("committed"),
        statements=tuple(
            ChangedRows(
                purpose=part.word("purpose", Purpose),
                matched=part.optional_integer("matched"),
                changed=part.optional_integer("changed"),
            )
            for part in document.parts("statements")
        ),
        verification=_verification(document.part("verification")),
    )


def _verification_object(verification: Verification) -> dict[str, Value]:
    return {
        "verified": verification.verified,
        "gone": list(verification.gone),
        "new": list(verification.new),
        "notes": list(verification.notes),
    }


def _verification(part: Fields) -> Verification:
    return Verification(
        verified=part.integer("verified"), gone=part.texts("gone"), new=part.texts("new"), notes=part.texts("notes")
    )
