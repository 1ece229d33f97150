"""All rules, in the order their findings are reported, and the verdict over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner_scope_doctor.diagnose import combined_scope
from runner_scope_doctor.diagnose.case import Case, case_of
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import Finding, Severity
from runner_scope_doctor.model.snapshot import Need, Snapshot, Unobserved

Rule = Callable[[Case], Iterator[Finding]]

RULES: tuple[Rule, ...] = (combined_scope.find,)


def diagnosed(snapshot: Snapshot, *, contract: Contract | None, fail_on: Severity) -> Diagnosis:
    """The diagnosis of one snapshot. `fail_on` is the least severity that makes the verdict unhealthy."""
    case = case_of(snapshot, contract)
    findings = tuple(finding for rule in RULES for finding in rule(case))
    return Diagnosis(
        verdict=_verdict(findings, snapshot.unobserved, fail_on),
        findings=findings,
        unobserved=snapshot.unobserved,
        server=snapshot.server,
        coverage=snapshot.coverage,
        live_runners=snapshot.live_runners,
        taken_at=snapshot.taken_at,
    )


def _verdict(findings: tuple[Finding, ...], unobserved: tuple[Unobserved, ...], fail_on: Severity) -> Verdict:
    if any(finding.severity is Severity.ERROR or finding.severity is fail_on for finding in findings):
        return Verdict.UNHEALTHY
    if any(missing.need is Need.REQUIRED for missing in unobserved):
        return Verdict.INCONCLUSIVE
    return Verdict.HEALTHY
