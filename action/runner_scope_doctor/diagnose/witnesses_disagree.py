"""RSD017: the database and the API tell the same runner differently, twice in a row."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.wording import counted_noun, named


def find(case: Case) -> Iterator[Finding]:
    """One error for all confirmed differences."""
    differences = case.snapshot.differences
    if not differences:
        return
    evidence = [
        f"runner {one.runner_id}: {one.what} is {named(one.database)} in the database and {named(one.api)} over the API"
        for one in differences[:SHOWN]
    ]
    yield Finding(
        kind=FindingKind.WITNESSES_DISAGREE,
        severity=Severity.ERROR,
        message=f"database and API disagree in {counted_noun(len(differences), 'point')}",
        meaning=(
            "A second look confirmed it. Most often the two belong to different servers: a copy, a replica that lags, or a "
            "test instance. What either says of the other's runners proves nothing."
        ),
        remedy="Check that the database URL and the API URL name the same server.",
        runner_ids=tuple(dict.fromkeys(one.runner_id for one in differences)),
        evidence=(*evidence, *more_than_shown(len(differences))),
    )
