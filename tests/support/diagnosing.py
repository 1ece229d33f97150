"""What the diagnosis says of one snapshot, narrowed to one kind of finding."""

from __future__ import annotations

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import Snapshot, Unobserved


def diagnosis(seen: Snapshot, agreed: Contract | None = None, *, target_major: int | None = None) -> Diagnosis:
    """The diagnosis, with errors alone making it unhealthy."""
    return diagnosed(seen, contract=agreed, fail_on=Severity.ERROR, target_major=target_major)


def found(
    kind: FindingKind, seen: Snapshot, agreed: Contract | None = None, *, target_major: int | None = None
) -> list[Finding]:
    """The findings of that kind."""
    return [one for one in diagnosis(seen, agreed, target_major=target_major).findings if one.kind is kind]


def unseen(seen: Snapshot, agreed: Contract | None = None) -> list[Unobserved]:
    """What the rules could not judge although they should."""
    return list(diagnosis(seen, agreed).unobserved[len(seen.unobserved) :])
