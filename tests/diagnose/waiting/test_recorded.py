"""Every job of the recorded zoo, explained with the reason that was written down when it was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.waiting import JobStatus
from runner_scope_doctor.model.waiting_reason import Reason, ScopeKind, Standing
from support.recordings import or_skipped
from support.waiting_recordings import ZOO, ZOO_NOW, RecordedJob, looked_at, recorded_jobs

REASONS = {
    "actions-unit-off": Reason.ACTIONS_OFF,
    "archived": Reason.NO_RUNNER_WITH_LABEL,  # "archiving does not change what the server gives"
    "transferred-runner-of-old-owner": Reason.TRANSFERRED_FROM_OWNER,
    "eligible-but-not-told": Reason.TRANSFERRED_NOT_TOLD,
    "scope-other-repo": Reason.SCOPE_OTHER_REPOSITORY,
    "scope-other-owner": Reason.SCOPE_OTHER_OWNER,
    "no-runner-with-label": Reason.NO_RUNNER_WITH_LABEL,
    "no-runner-with-label-branch": Reason.NO_RUNNER_WITH_LABEL,
    "no-runner-with-label-matrix-leg": Reason.NO_RUNNER_WITH_LABEL,
    "group-is-a-label": Reason.NO_RUNNER_WITH_LABEL,  # "the server makes the group name one more label"
    "ephemeral-used": Reason.EPHEMERAL_USED_UP,
    "ephemeral-in-use": Reason.EPHEMERAL_IN_USE,
    "label-case": Reason.LABEL_CASE,
    "labels-split": Reason.LABELS_SPLIT,
    "label-suffix": Reason.LABEL_SUFFIX,
    "label-space": Reason.LABEL_SPACE,
    "empty-runs-on": Reason.EMPTY_RUNS_ON,
    "empty-runs-on-reusable": Reason.REUSABLE_NOT_EXPANDED,
    "empty-string-label": Reason.EMPTY_STRING_LABEL,
    "runner-offline": Reason.RUNNER_OFFLINE,
    "runner-offline-rerun": Reason.RUNNER_OFFLINE,
    "runner-stopped-looks-online": Reason.RUNNER_STOPPED_POLLING,
    "runner-never-declared": Reason.NEVER_DECLARED,
    "runner-never-declared-raw": Reason.LABELS_RAW,
    "labels-wiped-by-reregistration": Reason.LABELS_WIPED,
    "runner-busy": Reason.RUNNER_BUSY,
    "runner-deleted": Reason.RUNNER_DELETED,
    "combined-scope-stuck": Reason.COMBINED_SCOPE,
    "concurrency-running": Reason.CONCURRENCY_RUNNING,
    "concurrency-waiting": Reason.CONCURRENCY_WAITING,
    "concurrency-approval": Reason.CONCURRENCY_APPROVAL,
    "needs-approval": Reason.FORK_NEEDS_APPROVAL,
    "blocked-incomplete-runs-on": Reason.INCOMPLETE_RUNS_ON,
    "blocked-incomplete-matrix": Reason.INCOMPLETE_MATRIX,
}
"""What the recording calls a reason, and our name for it."""
OF_ONE_JOB = {
    # Of some runs one reason was written down for all jobs, in a sentence that names each: "first: no runner with the label;
    # second: blocked by needs".
    33: Reason.NO_RUNNER_WITH_LABEL,
    34: Reason.NEEDS_UNFINISHED,
    38: Reason.NO_RUNNER_WITH_LABEL,
    40: Reason.NEEDS_UNFINISHED,
    41: Reason.NO_RUNNER_WITH_LABEL,
    43: Reason.NO_RUNNER_WITH_LABEL,
    53: Reason.NEEDS_UNFINISHED,
}


def expected(job: RecordedJob) -> Reason:
    if job.status == "running":
        return Reason.RUNNING
    if job.status not in ("waiting", "blocked"):
        return Reason.FINISHED
    return OF_ONE_JOB.get(job.id) or REASONS[job.code]


@pytest.mark.parametrize("job", or_skipped(recorded_jobs(), name=lambda job: f"{job.id}-{job.code}"))
def test_a_recorded_job_has_the_recorded_reason(job: RecordedJob, tmp_path: Path) -> None:
    """All 64 jobs of the zoo, asked for one by one."""
    seen = looked_at(ZOO.with_name("waiting.sqlite3"), tmp_path, now=ZOO_NOW, job_id=job.id)
    (found,) = explained(seen).explanations
    assert found.reason is expected(job), f"{found.because} -- recorded: {job.entry['expected_reason']}"
    assert seen.unobserved == ()


@pytest.mark.parametrize("zoo", or_skipped([ZOO] if ZOO.exists() else [], name=lambda path: path.parent.name))
def test_all_waiting_jobs_at_once_have_the_same_reasons(zoo: Path, tmp_path: Path) -> None:
    """One look at all of them tells the same as a look at each."""
    answer = explained(looked_at(zoo.with_name("waiting.sqlite3"), tmp_path, now=ZOO_NOW))
    wanted = {job.id: expected(job) for job in recorded_jobs() if job.status in ("waiting", "blocked")}
    assert {one.job.id: one.reason for one in answer.explanations} == wanted
    assert len(wanted) >= 48
    assert answer.left_out == 0


@pytest.mark.parametrize("zoo", or_skipped([ZOO] if ZOO.exists() else [], name=lambda path: path.parent.name))
def test_the_recorded_runners_stand_as_they_did(zoo: Path, tmp_path: Path) -> None:
    """Beside a job stand the runners that the recording names as the reason."""
    answer = explained(looked_at(zoo.with_name("waiting.sqlite3"), tmp_path, now=ZOO_NOW))
    beside = {
        one.job.id: {candidate.name: (candidate.standing, candidate.scope) for candidate in one.candidates}
        for one in answer.explanations
    }
    assert beside[49]["deploy-combined"] == (Standing.COMBINED_SCOPE, ScopeKind.COMBINED)
    assert beside[5]["owner2-moved2"] == (Standing.FITS, ScopeKind.OWNER)
    assert beside[23]["main-build"] == (Standing.BUSY, ScopeKind.REPOSITORY)
    assert beside[12]["inst-eph2"] == (Standing.EPHEMERAL_IN_USE, ScopeKind.INSTANCE)
    assert beside[25]["owner2-mac"] == (Standing.OTHER_OWNER, ScopeKind.OWNER)
    assert beside[26]["side-win"] == (Standing.OTHER_REPOSITORY, ScopeKind.REPOSITORY)
    assert beside[64]["inst-late"] == (Standing.STOPPED_POLLING, ScopeKind.INSTANCE)
    assert beside[51]["inst-conc2"] == (Standing.FITS, ScopeKind.INSTANCE)
    assert all(one.job.status in (JobStatus.WAITING, JobStatus.BLOCKED) for one in answer.explanations)
