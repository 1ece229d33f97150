"""An approval as an object of a journal's line or a receipt, and back."""

from __future__ import annotations

from runner_scope_doctor.canonical.fields import Fields, Value
from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.host import EvidenceKind


def approval_object(approval: Approval) -> dict[str, Value]:
    """The approval as it is written down; it holds no secret."""
    return {
        "forgejo_id": approval.forgejo_id,
        "login": approval.login,
        "kind": approval.kind.value,
        "reference": approval.reference,
        "facts": [[word, fact] for word, fact in approval.facts],
    }


def approval_from(fields: Fields) -> Approval:
    """The approval such an object is of. Raises WrongDocument for anything else."""
    fields.only("forgejo_id", "login", "kind", "reference", "facts")
    return Approval(
        forgejo_id=fields.integer("forgejo_id"),
        login=fields.text("login"),
        kind=fields.word("kind", EvidenceKind),
        reference=fields.text("reference"),
        facts=fields.pairs("facts"),
    )
