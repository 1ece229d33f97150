"""What a changed contract changes in the diagnosis of one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.comparison import ChangedFinding, Comparison
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import is_live
from runner_scope_doctor.model.snapshot import Need, Snapshot

_ABOUT_UNDECLARED = (FindingKind.RUNNER_UNDECLARED, FindingKind.NEVER_DECLARED, FindingKind.LABELS_RAW)
"""Kinds of which one finding counts many undeclared runners."""


def compared(snapshot: Snapshot, *, old: Contract | None, new: Contract, fail_on: Severity) -> Comparison:
    """The difference. `old` None: before there was no contract, only the rules that hold for every server."""
    before = diagnosed(snapshot, contract=old, fail_on=fail_on)
    after = diagnosed(snapshot, contract=new, fail_on=fail_on)
    grown = _declares_less(snapshot, old, new)
    known, found = _by_identity(before.findings, grown), _by_identity(after.findings, grown)
    appeared = tuple(finding for key, finding in found.items() if key not in known)
    kept = [(known[key], finding) for key, finding in found.items() if key in known]
    return Comparison(
        before=before,
        after=after,
        gone=tuple(finding for key, finding in known.items() if key not in found),
        new=appeared,
        changed=tuple(ChangedFinding(before=one, after=two) for one, two in kept if one.message != two.message),
        same=tuple(two for one, two in kept if one.message == two.message),
        unseen=tuple(gap for gap in after.unobserved if gap.need is Need.REQUIRED and gap not in before.unobserved),
        worse=tuple(one for one in appeared if one.severity is Severity.ERROR or one.severity is fail_on),
    )


def _by_identity(findings: Sequence[Finding], grown: bool) -> dict[Hashable, Finding]:
    """In the order of the findings; of those that are alike, the first, the second and so on are told apart."""
    seen: Counter[Hashable] = Counter()
    found: dict[Hashable, Finding] = {}
    for finding in findings:
        identity = _identity(finding, grown)
        found[identity, seen[identity]] = finding
        seen[identity] += 1
    return found


def _identity(finding: Finding, grown: bool) -> Hashable:
    """By what a finding of one diagnosis is known again in the other, whatever line its declaration stands on now."""
    disease = (finding.kind, finding.severity)
    if finding.runner is not None:
        return (*disease, finding.runner.id)
    if finding.kind is FindingKind.JOB_OVERDUE:  # its message tells what the contract allows
        return (*disease, *(row.id for row in finding.rows))
    if finding.kind in _ABOUT_UNDECLARED and not grown:
        return disease
    return (*disease, finding.message, *(row.id for row in finding.rows))


def _declares_less(snapshot: Snapshot, old: Contract | None, new: Contract) -> bool:
    """Whether a live runner was declared before and is not any more; if not, no finding about undeclared ones grew."""
    declared = set() if old is None else {runner.name for runner in old.runners}
    left_out = declared - {runner.name for runner in new.runners}
    return any(runner.name in left_out for runner in snapshot.runners if is_live(runner))
