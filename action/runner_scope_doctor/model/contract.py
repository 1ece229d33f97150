"""What an operator declares about the runners of one server."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.scope import Scope


class UndeclaredRule(Enum):
    """What to make of live runners that no contract entry names."""

    IGNORE = "ignore"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLocation:
    """Where a declaration stands, for messages. `line` counts from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRunner:
    """One runner the operator expects.

    `labels` must all be declared by the runner; empty means that labels are not judged. `online_within` and
    `max_wait` are seconds; None means not judged. `reason` is the operator's own sentence, for people; None when there is
    none.
    """

    name: str
    scope: Scope
    labels: tuple[str, ...]
    online_within: int | None
    max_wait: int | None
    location: ContractLocation
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A whole contract file. `instance` pins the server's public URL; None means any server."""

    instance: str | None
    instance_location: ContractLocation | None
    runners: tuple[DeclaredRunner, ...]
    undeclared: UndeclaredRule
    file: str
