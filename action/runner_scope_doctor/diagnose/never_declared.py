"""RSD011: a runner whose service has never declared its labels."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.label_state import LabelRule, found_by
from runner_scope_doctor.model.finding import Finding, FindingKind
from runner_scope_doctor.model.runner import has_never_declared

_RULE = LabelRule(
    kind=FindingKind.NEVER_DECLARED,
    applies=has_never_declared,
    says="has no declared label",
    say="have no declared label",
    meaning=(
        "A job is given only to a runner that has declared every label of its runs-on. Without any, the service was never "
        "started, or a registration without labels was run again under a live service."
    ),
    remedy="Start or restart the runner's service, which declares its labels. First repair its scope where RSD001 names it.",
)


def find(case: Case) -> Iterator[Finding]:
    """Errors for declared runners, one warning for the others."""
    return found_by(_RULE, case)
