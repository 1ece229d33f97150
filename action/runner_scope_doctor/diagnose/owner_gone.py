"""RSD008: the owner of a runner does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import Absent, ObservedRepository, ObservedRunner, is_combined
from runner_scope_doctor.model.wording import named

_DELETED_BY_DOCTOR = "`forgejo doctor check --all --fix` would delete this row for good"


def find(case: Case) -> Iterator[Finding]:
    """One error for each live row whose owner has no row in `user`. An id below 0 is RSD006's."""
    for runner in case.live:
        owner = case.owner(runner.owner_id)
        if isinstance(owner, Absent) and owner.id > 0:
            meaning, remedy = _advice(runner, case)
            yield Finding(
                kind=FindingKind.OWNER_GONE,
                severity=Severity.ERROR,
                message=f"runner {named(runner.name)} belongs to owner {owner.id}, who does not exist",
                meaning=meaning,
                remedy=remedy,
                runner=runner,
                rows=(runner,),
            )


def _advice(runner: ObservedRunner, case: Case) -> tuple[str, str]:
    """Meaning and remedy."""
    if not is_combined(runner):
        return (
            f"A runner of an owner who is gone can be given nothing; {_DELETED_BY_DOCTOR}.",
            f"After making sure that this is the right database, delete runner {runner.id} on the runners page of the "
            "site administration.",
        )
    before = f"Do not run `forgejo doctor check --all --fix` before runner {runner.id} is dealt with"
    if isinstance(case.repository(runner.repo_id), ObservedRepository):
        return (
            f"{_DELETED_BY_DOCTOR}, although its repository exists.",
            f"{before}: clear its owner as RSD001 says.",
        )
    return f"{_DELETED_BY_DOCTOR}.", f"{before}, as RSD001 says."
