"""What a check can come to, for tests of the formats."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.failed_check import FailedCheck
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved
from support.snapshots import NOW, USERS_CASE, runner, snapshot

GAP = Unobserved(
    source=Source.DATABASE,
    what="the runners",
    reason="The database is locked.",
    next_step="Try again.",
    need=Need.REQUIRED,
)
OPTIONAL = replace(GAP, what="the API", need=Need.OPTIONAL)
FAILED = FailedCheck(problem="runner-scope.yml:3: no such key.", next_step="Correct line 3.", at=NOW)


def judge(seen: Snapshot, fail_on: Severity = Severity.ERROR) -> Diagnosis:
    """Judged without a contract."""
    return diagnosed(seen, contract=None, fail_on=fail_on)


HEALTHY = judge(snapshot(runner(5, repo_id=35)))
SICK = judge(snapshot(*USERS_CASE))
SICK_AND_UNSEEN = judge(snapshot(*USERS_CASE, unobserved=(GAP,)))
UNSEEN = judge(snapshot(runner(5, repo_id=35), unobserved=(GAP,)))
WARNED_SNAPSHOT = snapshot(runner(5, repo_id=35, labels=()))
WARNED = judge(WARNED_SNAPSHOT)
NEVER_LOOKED = (UNSEEN, FAILED)
"""Outcomes that no format may let pass for healthy."""
