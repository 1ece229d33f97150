"""What a person is told of a reason: a sentence of why and a sentence of what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.waiting_reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One reason in words; both texts may hold foreign text."""

    reason: Reason
    because: str
    next_step: str
