"""What one look at a database is to bring back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner_scope_doctor.model.snapshot import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Reading counters twice: the `seconds` between, and how to pass them. A test passes them without waiting."""

    seconds: int
    pause: Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """What to look for.

    `now` is the Unix second of the look. `names` are the contract's runners. `undeclared_examples` is how many
    other live runners to bring back. `overdue_before` is the Unix second before which a job must have
    become waiting to be of interest; None when the contract sets no `max_wait`. `sampling` None reads no counters.
    """

    address: str
    instance: str | None
    now: int
    coverage: Coverage
    names: tuple[str, ...] = ()
    undeclared_examples: int = 0
    overdue_before: int | None = None
    sampling: Sampling | None = None
