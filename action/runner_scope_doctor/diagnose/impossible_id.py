"""RSD006: an id that can point at nothing."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, NotRepairable, Severity
from runner_scope_doctor.model.runner import NotANumber, ObservedId
from runner_scope_doctor.model.wording import named, stored


def find(case: Case) -> Iterator[Finding]:
    """One error for each live row with an id below 0 or one that is no number."""
    for runner in case.live:
        wrong = [
            f"{column}={stored(value)}"
            for column, value in (("owner_id", runner.owner_id), ("repo_id", runner.repo_id))
            if _impossible(value)
        ]
        if wrong:
            yield Finding(
                kind=FindingKind.IMPOSSIBLE_ID,
                severity=Severity.ERROR,
                message=f"runner {named(runner.name)} has {' and '.join(wrong)}, which can point at nothing",
                meaning="Forgejo never writes such a value, so something else has written to its database.",
                remedy=(
                    f"Find out what wrote runner {runner.id}, and whether it wrote elsewhere; then delete the runner in "
                    "Forgejo and register it again."
                ),
                runner=runner,
                rows=(runner,),
                repair=NotRepairable(reason="only the one known shape is repaired, and this is not it"),
            )


def _impossible(value: ObservedId) -> bool:
    return isinstance(value, NotANumber) or (value is not None and value < 0)
