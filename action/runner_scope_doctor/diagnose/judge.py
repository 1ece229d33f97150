"""All rules, in the order their findings are reported, and the verdict over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.diagnose import (
    combined_scope,
    combined_value,
    counter_climbs,
    glass_broken,
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
    scope_recurred,
    upgrade_hazard,
    witnesses_disagree,
    writable_credential,
    wrong_instance,
)
from runner_scope_doctor.diagnose.case import Rule, case_of
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import Finding, Severity
from runner_scope_doctor.model.runner import is_live
from runner_scope_doctor.model.server import Product, is_known_major
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved

RULES: tuple[Rule, ...] = (
    wrong_instance.find,
    combined_scope.find,
    scope_recurred.find,
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
    glass_broken.find,
)


def diagnosed(
    snapshot: Snapshot, *, contract: Contract | None, fail_on: Severity, target_major: int | None = None
) -> Diagnosis:
    """The diagnosis of one snapshot. `fail_on` is the least severity that makes the verdict unhealthy."""
    case = case_of(snapshot, contract, target_major=target_major)
    judged = [one for rule in RULES for one in rule(case)]
    findings = tuple(one for one in judged if isinstance(one, Finding))
    gaps = (*snapshot.unobserved, *(one for one in judged if isinstance(one, Unobserved)))
    unobserved = (*gaps, *_own_doubts(snapshot, gaps))
    return Diagnosis(
        verdict=_verdict(findings, unobserved, fail_on),
        findings=findings,
        unobserved=unobserved,
        server=snapshot.server,
        coverage=snapshot.coverage,
        live_runners=snapshot.live_runners,
        taken_at=snapshot.taken_at,
    )


def _own_doubts(snapshot: Snapshot, gaps: Sequence[Unobserved]) -> Iterator[Unobserved]:
    """What no snapshot may be called healthy with, even where nobody said so: a file can be written by hand."""
    if any(gap.need is Need.REQUIRED for gap in gaps):
        return
    live = sum(1 for runner in snapshot.runners if is_live(runner))
    claimed = live if snapshot.live_runners is None else snapshot.live_runners
    version = snapshot.server.version
    if not claimed:
        yield _doubt("any live runner", "There is none in what was looked at.")
    elif snapshot.coverage is Coverage.ALL and live < claimed:
        yield _doubt("every runner", f"Of {claimed} live runners only {live} are there.")
    elif snapshot.server.product is Product.GITEA:
        yield _doubt("a Forgejo server", "What was looked at is a Gitea server's.")
    elif version is None or not is_known_major(version.major):
        yield _doubt("the rules of this version", "The server's version is not one this tool knows.")


def _doubt(what: str, reason: str) -> Unobserved:
    return Unobserved(
        source=Source.SNAPSHOT,
        what=what,
        reason=reason,
        next_step="Look at the server itself again, with a release of this tool that knows it.",
        need=Need.REQUIRED,
    )


def _verdict(findings: Sequence[Finding], unobserved: Sequence[Unobserved], fail_on: Severity) -> Verdict:
    if any(finding.severity is Severity.ERROR or finding.severity is fail_on for finding in findings):
        return Verdict.UNHEALTHY
    if any(missing.need is Need.REQUIRED for missing in unobserved):
        return Verdict.INCONCLUSIVE
    return Verdict.HEALTHY
