"""An approval, or what stood in its place, as an object of a journal's line or a receipt, and back."""

from __future__ import annotations

from runner_scope_doctor.canonical.fields import Fields, Value
from runner_scope_doctor.model.approval import Approval, BrokenGlass
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


def broken_glass_object(broken: BrokenGlass | None) -> dict[str, Value] | None:
    """None where people approved."""
    return None if broken is None else {"login": broken.login, "reason": broken.reason}


def broken_glass_from(fields: Fields, key: str) -> BrokenGlass | None:
    """What stands at that key. Raises WrongDocument for anything but null and such an object."""
    if fields.any(key) is None:
        return None
    broken = fields.part(key).only("login", "reason")
    return BrokenGlass(login=broken.text("login"), reason=broken.text("reason"))
