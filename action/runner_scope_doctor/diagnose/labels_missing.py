"""RSD010: a declared runner has not declared all the labels the contract asks for."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.label_state import label_names, stored_labels
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import has_never_declared, has_raw_labels
from runner_scope_doctor.model.wording import named


def find(case: Case) -> Iterator[Finding]:
    """One error for each declared live row that lacks a label, unless RSD011 or RSD012 says why it has none."""
    for declared in case.declared:
        for runner in case.live_named(declared.name):
            missing = [label for label in declared.labels if label not in label_names(runner)]
            if not missing or has_never_declared(runner) or has_raw_labels(runner):
                continue
            yield Finding(
                kind=FindingKind.LABELS_MISSING,
                severity=Severity.ERROR,
                message=(
                    f"runner {named(runner.name)} lacks the {'label' if len(missing) == 1 else 'labels'} "
                    f"{', '.join(map(named, missing))}"
                ),
                meaning=(
                    "A job whose runs-on asks for what a runner lacks is not given to it; labels are compared as whole "
                    "words, upper and lower case being different."
                ),
                remedy=(
                    "Add what is missing to the labels in the runner's own configuration and restart its service, once its "
                    "scope is right; or take it out of the contract."
                ),
                runner=runner,
                rows=(*case.deleted_named(runner.name), runner),
                evidence=(f"labels as stored: {stored_labels(runner)}",),
                location=declared.location,
            )
