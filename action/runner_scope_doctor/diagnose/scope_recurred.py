"""RSD022: a row that was repaired has a combined scope again, so something writes it."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.wrong_instance import comparable
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner, is_combined
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.snapshot import PastRepair
from runner_scope_doctor.model.wording import counted_noun, moment, named, stored

_COMMAND = "`forgejo-cli actions register --scope owner/repository`"
_OLD_SERVER = (
    f"Something wrote the owner back. On Forgejo 15 and earlier that is most likely {_COMMAND}, which writes both ids each "
    "time it is run, also for a runner that is registered: provisioning such as Ansible, Helm or cloud-init runs it again."
)
_NEW_SERVER = (
    f"Something wrote the owner back. From Forgejo 16 on {_COMMAND} repairs such a row instead, so it was a `forgejo-cli` of "
    "an older version, a database put back from before the repair, or a hand."
)
_ANY_SERVER = (
    f"Something wrote the owner back. Up to Forgejo 15 {_COMMAND} does that each time provisioning runs it; from 16 on it "
    "repairs such a row instead."
)
_NEVER_EMPTY = 'Never give it `--scope ""`, which makes the runner instance-wide, open to the jobs of every repository.'
_OLD_REMEDY = (
    "Change the provisioning first: let it skip the registration when the runner exists, or upgrade Forgejo to 16, where the "
    "same command repairs; where it must run, give it --keep-labels (from 9 on). Then repair the row as RSD001 says. "
)
_NEW_REMEDY = (
    "Find out what wrote the row, and let provisioning use the `forgejo-cli` of the running server. Then repair the row as "
    "RSD001 says. "
)


def find(case: Case) -> Iterator[Finding]:
    """One error for each live combined row whose latest repair was not taken back."""
    for runner in case.live:
        repairs = [repair for repair in case.snapshot.past_repairs if _is_of(repair, runner, case)]
        if is_combined(runner) and repairs and repairs[-1].undone_at is None:
            yield _finding(runner, repairs, case)


def _is_of(repair: PastRepair, runner: ObservedRunner, case: Case) -> bool:
    """The same row. A database alone does not tell its instance; then id and repository must do."""
    instance = case.snapshot.server.instance
    here = instance is None or comparable(instance) == comparable(repair.instance)
    return here and (repair.runner_id, repair.repo_id) == (runner.id, runner.repo_id)


def _finding(runner: ObservedRunner, repairs: list[PastRepair], case: Case) -> Finding:
    last = repairs[-1]
    declared = case.declared_by_name.get(runner.name)
    return Finding(
        kind=FindingKind.SCOPE_RECURRED,
        severity=Severity.ERROR,
        message=(
            f"runner {named(runner.name)} has owner_id={stored(runner.owner_id)} again, which was repaired at "
            f"{moment(last.repaired_at)}"
        ),
        meaning=_meaning(case.rules_of),
        remedy=_remedy(case.rules_of),
        runner=runner,
        rows=(runner,),
        evidence=tuple(_evidence(repairs)),
        location=None if declared is None else declared.location,
    )


def _evidence(repairs: list[PastRepair]) -> Iterator[str]:
    last = repairs[-1]
    yield f"receipt {named(last.plan)}: owner_id {last.owner_id} was cleared at {moment(last.repaired_at)}"
    lasting = [repair for repair in repairs if repair.undone_at is None]
    if len(lasting) > 1:
        yield f"{counted_noun(len(lasting), 'repair')} of this row did not last, the first of {moment(lasting[0].repaired_at)}"


def _meaning(rules_of: int | None) -> str:
    if rules_of is None:
        return _ANY_SERVER
    return _OLD_SERVER if rules_of < FIRST_MAJOR_REJECTING_COMBINED_SCOPE else _NEW_SERVER


def _remedy(rules_of: int | None) -> str:
    old = rules_of is None or rules_of < FIRST_MAJOR_REJECTING_COMBINED_SCOPE
    return f"{_OLD_REMEDY if old else _NEW_REMEDY}{_NEVER_EMPTY}"
