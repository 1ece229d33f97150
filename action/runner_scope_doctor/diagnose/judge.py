"""All rules, in the order their findings are reported, and the verdict over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.diagnose import (
    combined_scope,
    combined_value,
    counter_climbs,
    impossible_id,
    job_overdue,
    labels_missing,
    labels_raw,
    name_ambiguous,
    never_declared,
    owner_gone,
    powerful_token,
    repository_gone,
    repository_moved,
    runner_missing,
    runner_offline,
    runner_undeclared,
    scope_differs,
    upgrade_hazard,
    witnesses_disagree,
    writable_credential,
    wrong_instance,
)
from runner_scope_doctor.diagnose.case import Rule, case_of
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import Finding, Severity
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved

RULES: tuple[Rule, ...] = (
    wrong_instance.find,
    combined_scope.find,
    scope_differs.find,
    runner_missing.find,
    name_ambiguous.find,
    impossible_id.find,
    repository_gone.find,
    owner_gone.find,
    labels_missing.find,
    never_declared.find,
    labels_raw.find,
    runner_offline.find,
    job_overdue.find,
    upgrade_hazard.find,
    witnesses_disagree.find,
    runner_undeclared.find,
    repository_moved.find,
    counter_climbs.find,
    combined_value.find,
    writable_credential.find,
    powerful_token.find,
)


def diagnosed(
    snapshot: Snapshot, *, contract: Contract | None, fail_on: Severity, target_major: int | None = None
) -> Diagnosis:
    """The diagnosis of one snapshot. `fail_on` is the least severity that makes the verdict unhealthy."""
    case = case_of(snapshot, contract, target_major=target_major)
    judged = [one for rule in RULES for one in rule(case)]
    findings = tuple(one for one in judged if isinstance(one, Finding))
    gaps = (*snapshot.unobserved, *(one for one in judged if isinstance(one, Unobserved)))
    unobserved = (*gaps, *_emptiness(snapshot, gaps))
    return Diagnosis(
        verdict=_verdict(findings, unobserved, fail_on),
        findings=findings,
        unobserved=unobserved,
        server=snapshot.server,
        coverage=snapshot.coverage,
        live_runners=snapshot.live_runners,
        taken_at=snapshot.taken_at,
    )


def _emptiness(snapshot: Snapshot, gaps: Sequence[Unobserved]) -> Iterator[Unobserved]:
    """Nothing seen is never healthy, even where nobody said why: a snapshot file can be written by hand."""
    seen = snapshot.live_runners or len(snapshot.runners)
    if not seen and not any(gap.need is Need.REQUIRED for gap in gaps):
        yield Unobserved(
            source=Source.SNAPSHOT,
            what="any live runner",
            reason="There is none in what was looked at.",
            next_step="Check that this is the right server; if it is, register a runner first.",
            need=Need.REQUIRED,
        )


def _verdict(findings: Sequence[Finding], unobserved: Sequence[Unobserved], fail_on: Severity) -> Verdict:
    if any(finding.severity is Severity.ERROR or finding.severity is fail_on for finding in findings):
        return Verdict.UNHEALTHY
    if any(missing.need is Need.REQUIRED for missing in unobserved):
        return Verdict.INCONCLUSIVE
    return Verdict.HEALTHY
