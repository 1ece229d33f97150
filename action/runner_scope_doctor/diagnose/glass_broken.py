"""RSD023: the deploy host began a plan that nobody had approved, less than 30 days ago."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.wrong_instance import comparable
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import GlassBreak
from runner_scope_doctor.model.wording import moment, named

_SHOWN_FOR = 30 * 86_400
"""Seconds."""


def find(case: Case) -> Iterator[Finding]:
    """One warning for each attempt without an approval at this instance. One that a clock put into the future counts too."""
    for broken in case.snapshot.glass_breaks:
        if _is_of(broken, case) and broken.at + _SHOWN_FOR > case.snapshot.taken_at:
            yield _finding(broken)


def _is_of(broken: GlassBreak, case: Case) -> bool:
    """A database alone does not tell its instance; then it is taken for the same."""
    instance = case.snapshot.server.instance
    return instance is None or comparable(instance) == comparable(broken.instance)


def _finding(broken: GlassBreak) -> Finding:
    return Finding(
        kind=FindingKind.GLASS_BROKEN,
        severity=Severity.WARNING,
        message=(
            f"{named(broken.login)} broke the glass at {moment(broken.at)} for the {broken.direction.value} of runner "
            f"{broken.runner_id} {named(broken.runner_name)}, which nobody had approved; shown until "
            f"{moment(broken.at + _SHOWN_FOR)}"
        ),
        meaning=(
            "One account of the deploy host alone decided to change the server's database and began to. The host allows "
            "it that for an emergency, and every check tells of it for 30 days, whatever became of it."
        ),
        remedy=(
            f"Let somebody else read what was done, with `runner-scope-doctor receipts show {named(broken.plan)}` on that host "
            "(where there is no such receipt, `runner-scope-doctor status` tells how it ended), and say what to change so "
            "that the next one needs no glass: most often a second reviewer."
        ),
        evidence=(f"the reason that was given: {named(broken.reason)}", f"plan {named(broken.plan)}"),
    )
