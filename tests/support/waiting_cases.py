"""The plainest look for each reason why a job is not picked up: the tests of the rules and docs/waiting-jobs.md tell of them."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.model.runner import UnreadableLabels
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import (
    DeletedRunner,
    FailingJob,
    JobBeside,
    JobStatus,
    NeededJob,
    NeedsNotShown,
    RunAhead,
    RunnersSeen,
    WaitingJob,
    WaitingLook,
)
from runner_scope_doctor.model.waiting_reason import Reason
from support.snapshots import NOW
from support.waiting import OWNER, REPOSITORY, group, listed, listed_job, look, run_asked, run_of_job, waiting_job

OLD_OWNER = 9


def blocked(*needs: NeededJob, runs_on: tuple[str, ...] = ("docker",)) -> WaitingJob:
    return waiting_job(status=JobStatus.BLOCKED, needs=needs, runs_on=runs_on)


def held(status: JobStatus, *, number: int = 3, needs_approval: bool = False) -> WaitingJob:
    before = RunAhead(id=30, number=number, status=status, needs_approval=needs_approval)
    return waiting_job(run=run_of_job(group="deploy", queues_behind=True), ahead=(before,))


def deleted(*, ephemeral: bool) -> DeletedRunner:
    return DeletedRunner(id=4, name="gone", owner_id=0, repo_id=0, labels=("docker",), ephemeral=ephemeral)


def failing(number: int, *, repo_id: int) -> FailingJob:
    return FailingJob(
        id=number, repo_id=repo_id, owner_id=OWNER, runs_on=("docker",), waiting_since=NOW - 900, priority=0
    )


BUILD = NeededJob(key="build", id=70, status=JobStatus.WAITING)
DONE = replace(BUILD, status=JobStatus.SUCCESS)
NOT_SHOWN = NeedsNotShown(
    keys=("build",),
    unfinished=(
        JobBeside(id=70, name="build it", status=JobStatus.WAITING),
        JobBeside(id=72, name="test", status=JobStatus.RUNNING),
    ),
)
NOBODY = group(labels=("other",))
CASES: dict[Reason, WaitingLook] = {
    Reason.FINISHED: look(waiting_job(status=JobStatus.SKIPPED)),
    Reason.RUNNING: look(waiting_job(status=JobStatus.RUNNING)),
    Reason.STATUS_UNKNOWN: look(waiting_job(status=JobStatus.UNKNOWN)),
    Reason.RUN_GONE: look(waiting_job(without_run=True), group()),
    Reason.REPOSITORY_GONE: look(waiting_job(without_repository=True), group()),
    Reason.FORK_NEEDS_APPROVAL: look(
        waiting_job(status=JobStatus.BLOCKED, run=run_of_job(needs_approval=True, from_fork=True)), group()
    ),
    Reason.AUTHOR_NEEDS_APPROVAL: look(
        waiting_job(status=JobStatus.BLOCKED, run=run_of_job(needs_approval=True)), group()
    ),
    Reason.INCOMPLETE_MATRIX: look(blocked(BUILD, runs_on=("${{ matrix.os }}",))),
    Reason.INCOMPLETE_RUNS_ON: look(blocked(BUILD, runs_on=("${{ needs.build.outputs.label }}",))),
    Reason.NEEDS_UNFINISHED: look(blocked(DONE, BUILD)),
    Reason.NEEDS_UNKNOWN: look(blocked(NeededJob(key="biuld", id=None, status=None), DONE)),
    Reason.BLOCKED_WITHOUT_CAUSE: look(blocked(DONE)),
    Reason.NEEDS_NOT_SEEN: look(listed_job(waiting_job(status=JobStatus.BLOCKED, needs=NOT_SHOWN)), major=16),
    Reason.JOBS_NOT_SEEN: run_asked(),
    Reason.ALREADY_ASSIGNED: look(waiting_job(assigned=True), group()),
    Reason.CONCURRENCY_RUNNING: look(held(JobStatus.RUNNING), group()),
    Reason.CONCURRENCY_APPROVAL: look(held(JobStatus.WAITING, needs_approval=True), group()),
    Reason.CONCURRENCY_WAITING: look(held(JobStatus.BLOCKED), group()),
    Reason.RUNS_ON_UNREADABLE: look(waiting_job(runs_on=UnreadableLabels(text="[")), group()),
    Reason.EMPTY_RUNS_ON: look(waiting_job(runs_on=()), group()),
    Reason.REUSABLE_NOT_EXPANDED: look(waiting_job(runs_on=(), calls_workflow=True), group()),
    Reason.EMPTY_STRING_LABEL: look(waiting_job(runs_on=("",)), group(labels=("",))),
    Reason.REPOSITORY_NOT_SEEN: look(listed_job(waiting_job(without_repository=True)), listed(group())),
    Reason.RUNNERS_NOT_SEEN: look(listed_job(waiting_job()), listed(group()), seen=RunnersSeen.SOME),
    Reason.TRANSFERRED_NOT_TOLD: look(waiting_job(owner_id=OLD_OWNER), group(owner_id=OWNER)),
    Reason.JUST_QUEUED: look(waiting_job(waited=3), group()),
    Reason.FITTING_RUNNER_IDLE: look(waiting_job(), group()),
    Reason.HOLDER_NOT_SEEN: look(listed_job(waiting_job()), listed(group())),
    Reason.COMBINED_SCOPE: look(waiting_job(), group(owner_id=OWNER, repo_id=REPOSITORY)),
    Reason.RUNNER_BUSY: look(waiting_job(), group(5), running={5: (66,)}),
    Reason.BUSY_NOT_SEEN: look(waiting_job(), group(), tasks_seen=False),
    Reason.RUNNER_STOPPED_POLLING: look(waiting_job(waited=10), group(last_online=NOW - 10)),
    Reason.BEHIND_FAILING_JOB: look(waiting_job(), group(), major=16, failing=(failing(60, repo_id=REPOSITORY + 1),)),
    Reason.ACTIONS_OFF_FAILS: look(
        replace(waiting_job(unit=ActionsUnit.OFF), waiting_since=NOW - 900),
        group(),
        major=16,
        failing=(failing(71, repo_id=REPOSITORY),),
    ),
    Reason.EPHEMERAL_IN_USE: look(waiting_job(), group(5, ephemeral=True), running={5: (66,)}, used_up=(5,)),
    Reason.EPHEMERAL_USED_UP: look(waiting_job(), NOBODY, deleted=(deleted(ephemeral=True),)),
    Reason.RUNNER_OFFLINE: look(waiting_job(), group(last_online=NOW - 61)),
    Reason.ACTIONS_OFF: look(waiting_job(unit=ActionsUnit.OFF), group(owner_id=OWNER)),
    Reason.ACTIONS_NOT_SEEN: look(waiting_job(unit=None), group(owner_id=OWNER)),
    Reason.LABELS_RAW: look(waiting_job(), group(labels=("docker:docker://node:22",))),
    Reason.LABEL_CASE: look(waiting_job(), group(labels=("Docker",))),
    Reason.LABEL_SUFFIX: look(waiting_job(runs_on=("docker:host",)), group()),
    Reason.LABEL_SPACE: look(waiting_job(runs_on=("docker ",)), group()),
    Reason.TRANSFERRED_FROM_OWNER: look(waiting_job(owner_id=OLD_OWNER), NOBODY, group(6, owner_id=OLD_OWNER)),
    Reason.SCOPE_OTHER_OWNER: look(waiting_job(), NOBODY, group(6, owner_id=OLD_OWNER)),
    Reason.SCOPE_OTHER_REPOSITORY: look(waiting_job(), NOBODY, group(6, repo_id=36)),
    Reason.LABELS_SPLIT: look(waiting_job(runs_on=("docker", "gpu")), group(5), group(6, labels=("gpu",))),
    Reason.RUNNER_DELETED: look(waiting_job(), NOBODY, deleted=(deleted(ephemeral=False),)),
    Reason.LABELS_WIPED: look(waiting_job(), group(labels=("",))),
    Reason.NEVER_DECLARED: look(waiting_job(), group(name="docker-3", labels=None, last_online=0)),
    Reason.NO_RUNNER_IN_SCOPE: look(waiting_job()),
    Reason.NO_RUNNER_WITH_LABEL: look(waiting_job(), NOBODY),
}
"""The plainest look for each reason."""
