"""What a rule can find. The list of codes is the product's vocabulary: a code is never reused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runner_scope_doctor.model.contract import ContractLocation
from runner_scope_doctor.model.runner import ObservedRunner

if TYPE_CHECKING:
    from runner_scope_doctor.model.waiting_reason import Reason  # names the findings here itself


class FindingKind(Enum):
    """A disease. `value` is the code; `title` is the name of its module, docs page, example and test."""

    COMBINED_SCOPE = "RSD001"
    SCOPE_DIFFERS = "RSD002"
    RUNNER_MISSING = "RSD003"
    NAME_AMBIGUOUS = "RSD004"
    RUNNER_UNDECLARED = "RSD005"
    IMPOSSIBLE_ID = "RSD006"
    REPOSITORY_GONE = "RSD007"
    OWNER_GONE = "RSD008"
    REPOSITORY_MOVED = "RSD009"
    LABELS_MISSING = "RSD010"
    NEVER_DECLARED = "RSD011"
    LABELS_RAW = "RSD012"
    RUNNER_OFFLINE = "RSD013"
    JOB_OVERDUE = "RSD014"
    COUNTER_CLIMBS = "RSD015"
    COMBINED_VALUE = "RSD016"
    WITNESSES_DISAGREE = "RSD017"
    WRONG_INSTANCE = "RSD018"
    WRITABLE_CREDENTIAL = "RSD019"
    UPGRADE_HAZARD = "RSD020"
    POWERFUL_TOKEN = "RSD021"  # noqa: S105 - a code
    SCOPE_RECURRED = "RSD022"
    GLASS_BROKEN = "RSD023"

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
class JobReason:
    """Why one waiting job is not picked up. `job_id` is of its row in `action_run_job`."""

    job_id: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong, with its evidence.

    All texts may contain foreign text; `report` escapes them. `rows` are the runner rows to show, the judged one
    included; `runner` is the judged one, None when the finding is not about a single row. `runner_ids` are then all live
    rows it is about, those that `rows` does not show included. `evidence` are further facts, one a line. `repair` is
    None where a repair is not the question. `waiting` has the reason of each waiting job that
    the finding shows, as far as it is known.
    """

    kind: FindingKind
    severity: Severity
    message: str
    meaning: str
    remedy: str
    runner: ObservedRunner | None = None
    rows: tuple[ObservedRunner, ...] = ()
    runner_ids: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    repair: Repairable | NotRepairable | None = None
    location: ContractLocation | None = None
    waiting: tuple[JobReason, ...] = ()
