"""RSD007: the repository a runner serves does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, NotRepairable, Severity
from runner_scope_doctor.model.runner import Absent, ObservedRunner, is_combined
from runner_scope_doctor.model.wording import named


def find(case: Case) -> Iterator[Finding]:
    """One error for each live row whose repository has no row. An id below 0 is RSD006's."""
    for runner in case.live:
        repository = case.repository(runner.repo_id)
        if isinstance(repository, Absent) and repository.id > 0:
            yield Finding(
                kind=FindingKind.REPOSITORY_GONE,
                severity=Severity.ERROR,
                message=f"runner {named(runner.name)} serves repository {repository.id}, which does not exist",
                meaning=(
                    "It polls for ever and can be given nothing. Forgejo deletes runners with their repository, so this "
                    "row was left by something else, such as a restored or hand-edited database."
                ),
                remedy=_remedy(runner),
                runner=runner,
                rows=(runner,),
                repair=NotRepairable(reason="there is no scope to go back to"),
            )


def _remedy(runner: ObservedRunner) -> str:
    remedy = (
        f"After making sure that this is the right database, delete runner {runner.id} on the runners page of the site "
        "administration"
    )
    if is_combined(runner):
        return f"{remedy}; 16 refuses that for a row with both ids, and `runner-scope-doctor explain RSD007` says what then."
    return f"{remedy}."
