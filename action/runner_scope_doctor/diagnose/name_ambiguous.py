"""RSD004: several live rows have a declared name, so nobody can say which one is meant."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.wording import named


def find(case: Case) -> Iterator[Finding]:
    """One error for each declared name that several live rows have."""
    for declared in case.declared:
        rows = case.live_named(declared.name)
        if len(rows) < 2:
            continue
        yield Finding(
            kind=FindingKind.NAME_AMBIGUOUS,
            severity=Severity.ERROR,
            message=f"{len(rows)} live runners are called {named(declared.name)}: {_numbers(rows)}",
            meaning=(
                "Forgejo lets anyone name a runner as they like. One of these is meant, and the others may take its "
                "jobs or hide that it is sick."
            ),
            remedy=(
                "Find out which of them is the declared one; delete the others in Forgejo, or give them names of their own."
            ),
            rows=(*case.deleted_named(declared.name), *rows[:SHOWN]),
            runner_ids=tuple(runner.id for runner in rows),
            evidence=more_than_shown(len(rows)),
            location=declared.location,
        )


def _numbers(rows: tuple[ObservedRunner, ...]) -> str:
    numbers = ", ".join(str(runner.id) for runner in rows[:SHOWN])
    return numbers if len(rows) <= SHOWN else f"{numbers} and more"
