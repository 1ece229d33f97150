"""RSD020: an upgrade to 16 or later would turn idle combined runners into dead ones."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import is_combined
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.wording import counted_noun


def find(case: Case) -> Iterator[Finding]:
    """One error when the planned version refuses what the present one only ignores."""
    target, present = case.target_major, case.rules_of
    if target is None or target < FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
        return
    if present is not None and present >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
        return
    rows = tuple(runner for runner in case.live if is_combined(runner))
    if rows:
        yield Finding(
            kind=FindingKind.UPGRADE_HAZARD,
            severity=Severity.ERROR,
            message=f"{counted_noun(len(rows), 'combined runner')} would stop for good after an upgrade to {target}",
            meaning=(
                f"The upgrade to {target} leaves the rows as they are, silently. From 16 on the server refuses them: the "
                "runners exit at their next start, deleting them answers 500, and the clean-up of offline runners stops "
                "at the first of them."
            ),
            remedy="Repair these rows as RSD001 says before the upgrade.",
            rows=rows[:SHOWN],
            runner_ids=tuple(runner.id for runner in rows),
            evidence=more_than_shown(len(rows)),
        )
