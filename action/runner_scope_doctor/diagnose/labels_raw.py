"""RSD012: labels stored with their `:host` or `:docker` part, which no job can match."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.label_state import LabelRule, found_by
from runner_scope_doctor.model.finding import Finding, FindingKind
from runner_scope_doctor.model.runner import has_raw_labels

_RULE = LabelRule(
    kind=FindingKind.LABELS_RAW,
    applies=has_raw_labels,
    says="has labels stored with a part such as `:host`",
    say="have labels stored with a part such as `:host`",
    meaning=(
        "`forgejo-cli actions register --labels deploy:host` stores the text as it is; a job asks for `deploy` and is not "
        "matched until the runner's service declares its labels at its next start."
    ),
    remedy=(
        "Restart the runner's service once, after repairing its scope where RSD001 names it; from now on register with "
        "--keep-labels, which Forgejo has from 9 on."
    ),
)


def find(case: Case) -> Iterator[Finding]:
    """Errors for declared runners, one warning for the others."""
    return found_by(_RULE, case)
