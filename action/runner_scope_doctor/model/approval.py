"""Who approved a plan, by what, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.host import EvidenceKind

Fact = tuple[str, str]
"""A word and what it stands for, such as `key` and its fingerprint. May hold foreign text, never a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's approval of one plan by one piece of evidence.

    `forgejo_id` is `user.id` of the person and decides who it is; `login` is for reading. `reference` names the very
    piece of evidence, such as the SHA-256 of a signature file, so that the same one is known again.
    """

    forgejo_id: int
    login: str
    kind: EvidenceKind
    reference: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A piece of evidence that approves nothing. `reason` is a sentence that says which test it failed, and why."""

    kind: EvidenceKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Enough different people approved. Holds one or more approvals of each, never empty."""

    approvals: tuple[Approval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartlyApproved:
    """Some evidence counts, and it is not enough yet. `approvals` are the pieces that count; `people` is how many persons have
    given all that is wanted of one, of `required`. `reasons` and `way_out` as in NotApproved."""

    approvals: tuple[Approval, ...]
    people: int
    required: int
    reasons: tuple[str, ...]
    way_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenGlass:
    """Nobody approved: whom the host allows that went on alone and said why. `login` is the account of the host."""

    login: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApproved:
    """Nothing counts, or it can never be enough. `reasons` are sentences, one for each thing that is missing or was declined;
    `way_out` says what to do instead."""

    reasons: tuple[str, ...]
    way_out: str


ApprovalVerdict = Approved | PartlyApproved | BrokenGlass | NotApproved
