"""What a rule can find. The list of codes is the product's vocabulary: a code is never reused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.contract import ContractLocation
from runner_scope_doctor.model.runner import ObservedRunner


class FindingKind(Enum):
    """A disease. `value` is the code; `title` is the name of its module, docs page, example and test."""

    COMBINED_SCOPE = "RSD001"

    @property
    def title(self) -> str:
        """The kebab-case name, as in `docs/findings/<title>.md`."""
        return self.name.lower().replace("_", "-")


class Severity(Enum):
    """An error makes the verdict unhealthy; a warning does so only with `--fail-on warning`."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairable:
    """The row has the one known bad shape. `owner_id` is what the repair would set."""

    owner_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRepairable:
    """The row is sick, and this product will not touch it because of `reason`."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong, with its evidence.

    All texts may contain foreign text; `report` escapes them. `rows` are the runner rows to show, the judged one
    included; `runner` is the judged one, None when the finding is not about a single row. `evidence` are further
    facts, one a line. `repair` is None where a repair is not the question.
    """

    kind: FindingKind
    severity: Severity
    message: str
    meaning: str
    remedy: str
    runner: ObservedRunner | None = None
    rows: tuple[ObservedRunner, ...] = ()
    evidence: tuple[str, ...] = ()
    repair: Repairable | NotRepairable | None = None
    location: ContractLocation | None = None
