"""The answer: for each job that was asked for the first reason why it is not picked up, and the runners beside it."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.diagnose.label_state import labels_cover
from runner_scope_doctor.diagnose.waiting.candidates import Party, listed, outside, parties
from runner_scope_doctor.diagnose.waiting.job_side import job_side
from runner_scope_doctor.diagnose.waiting.none_fits import Misses, covering, when_none_fits
from runner_scope_doctor.diagnose.waiting.pool import RunnerPool
from runner_scope_doctor.diagnose.waiting.rule import scope_refusal
from runner_scope_doctor.diagnose.waiting.runner_side import among_fitting
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.waiting import DeletedRunner, JobStatus, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import Explanation, Reason, Standing, WaitingAnswer
from runner_scope_doctor.model.wording import named


def explained(look: WaitingLook) -> WaitingAnswer:
    """The explanations, in the order of the jobs."""
    pool = RunnerPool(look.groups, look.tasks, look.now)
    return WaitingAnswer(
        now=look.now,
        server=look.server,
        explanations=tuple(_explanation(job, pool, look) for job in look.jobs),
        left_out=look.left_out,
        unobserved=look.unobserved,
    )


def _explanation(job: WaitingJob, pool: RunnerPool, look: WaitingLook) -> Explanation:
    told = job_side(job, look.major)
    if told is not None and (job.status is not JobStatus.WAITING or job.run is None or job.repository is None):
        return Explanation(job=job, reason=told.reason, because=told.because, next_step=told.next_step)
    near = parties(job, pool, look)
    fitting = among_fitting(job, near, look)
    beside: Sequence[Party] = near
    deleted: tuple[DeletedRunner, ...] = ()
    left: dict[Standing, int] = {}
    if told is None and fitting is not None:
        told = _unless_unseen(fitting, near, job, look)
    elif told is None:
        elsewhere, left = outside(job, pool, look)
        deleted = tuple(one for one in look.deleted if _had_fitted(one, job, look.major))
        beside = (*near, *elsewhere)
        told = _unless_unseen(
            when_none_fits(job, Misses(near=near, outside=elsewhere, deleted=deleted), look.major), near, job, look
        )
    candidates, more = listed(job, beside, deleted, left, look)
    return Explanation(
        job=job, reason=told.reason, because=told.because, next_step=told.next_step, candidates=candidates, more=more
    )


def _had_fitted(runner: DeletedRunner, job: WaitingJob, major: int) -> bool:
    return scope_refusal(runner.owner_id, runner.repo_id, job) is None and labels_cover(
        runner.labels, job.runs_on, major
    )


def _unless_unseen(told: Told, near: Sequence[Party], job: WaitingJob, look: WaitingLook) -> Told:
    """An owner's runner that may be passed over could be the reason as well, unless another one could take the job now."""
    if told.reason in (Reason.JUST_QUEUED, Reason.FITTING_RUNNER_IDLE, Reason.TRANSFERRED_NOT_TOLD):
        return told
    for party in covering(job, near, Standing.ACTIONS_NOT_SEEN, look.major):
        return Told(
            reason=Reason.ACTIONS_NOT_SEEN,
            because=f"{named(party.members.shown[0].name)} may fit: runners of an owner take a job only while Actions is "
            "switched on for the repository, and that could not be seen.",
            next_step="Let the login read repo_id and type of the table repo_unit, then ask again.",
        )
    return told
