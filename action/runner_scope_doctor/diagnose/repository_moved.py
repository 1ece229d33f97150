"""RSD009: the repository of a combined row has moved to another owner since."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import Absent, ObservedRepository, is_combined
from runner_scope_doctor.model.wording import named

_STILL_LISTED = (
    "A transfer does not touch runners. The old owner still has this runner in their list, and deleting that account or "
    "organization would delete it."
)
_OLD_OWNER_GONE = "A transfer does not touch runners. The owner the row still names is gone, as RSD008 says."


def find(case: Case) -> Iterator[Finding]:
    """One warning for each live combined row whose owner_id is not its repository's owner.

    An impossible owner_id is RSD006's.
    """
    for runner in case.live:
        repository, owner_id = case.repository(runner.repo_id), runner.owner_id
        if not is_combined(runner) or not isinstance(repository, ObservedRepository):
            continue
        if isinstance(owner_id, int) and owner_id > 0 and owner_id != repository.owner_id:
            yield Finding(
                kind=FindingKind.REPOSITORY_MOVED,
                severity=Severity.WARNING,
                message=(
                    f"runner {named(runner.name)} names owner {owner_id}, but repository {repository.id} is now "
                    f"{named(full_name(repository))} of owner {repository.owner_id}"
                ),
                meaning=_OLD_OWNER_GONE if isinstance(case.owner(owner_id), Absent) else _STILL_LISTED,
                remedy="Clear the owner as RSD001 says; the repository's new owner needs no change to the runner.",
                runner=runner,
                rows=(runner,),
            )
