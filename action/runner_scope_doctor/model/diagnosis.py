"""The judgement over one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import Coverage, Unobserved


class Verdict(Enum):
    """Three outcomes, never two. UNHEALTHY wins over INCONCLUSIVE; what was not seen is reported with either."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong, what was not seen, and the verdict that follows."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    unobserved: tuple[Unobserved, ...]
    server: ObservedServer
    coverage: Coverage
    live_runners: int | None
    taken_at: int
