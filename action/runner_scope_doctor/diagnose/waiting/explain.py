"""The answer: for each job that was asked for the first reason why it is not picked up, and the runners beside it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from runner_scope_doctor.diagnose.label_state import labels_cover
from runner_scope_doctor.diagnose.waiting.candidates import Party, listed, outside, parties
from runner_scope_doctor.diagnose.waiting.job_side import job_side
from runner_scope_doctor.diagnose.waiting.none_fits import Misses, covering, when_none_fits
from runner_scope_doctor.diagnose.waiting.not_shown import not_shown
from runner_scope_doctor.diagnose.waiting.pool import RunnerPool
from runner_scope_doctor.diagnose.waiting.rule import scope_refusal
from runner_scope_doctor.diagnose.waiting.run_side import about_run
from runner_scope_doctor.diagnose.waiting.runner_side import among_fitting
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.runner import ONLINE_WINDOW
from runner_scope_doctor.model.waiting import DeletedRunner, JobStatus, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import (
    Candidate,
    Explanation,
    MoreCandidates,
    Reason,
    Standing,
    WaitingAnswer,
)
from runner_scope_doctor.model.wording import named

_GONE = (Reason.RUN_GONE, Reason.REPOSITORY_GONE)
"""Reasons beside which no runner stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """The runners beside a job, and what is told when none of them fits; None when one does."""

    near: tuple[Party, ...]
    none_fits: Told | None
    candidates: tuple[Candidate, ...]
    more: tuple[MoreCandidates, ...]


def explained(look: WaitingLook) -> WaitingAnswer:
    """The explanations, in the order of the jobs."""
    pool = RunnerPool(look.groups, look.tasks, look.now)
    known: dict[Hashable, _Beside] = {}
    return WaitingAnswer(
        now=look.now,
        server=look.server,
        explanations=tuple(_explanation(job, pool, look, known) for job in look.jobs),
        left_out=look.left_out,
        unobserved=look.unobserved,
        about_run=None if look.run_asked is None else about_run(look.run_asked, look),
    )


def _explanation(job: WaitingJob, pool: RunnerPool, look: WaitingLook, known: dict[Hashable, _Beside]) -> Explanation:
    told = job_side(job, look.major)
    if told is not None and (job.status is not JobStatus.WAITING or told.reason in _GONE):
        return Explanation(job=job, reason=told.reason, because=told.because, next_step=told.next_step)
    told = told or not_shown(job, look)
    alike = _alike(job, look, offered=told is None)
    beside = known.get(alike) or _beside(job, pool, look, offered=told is None)
    known[alike] = beside
    if told is None:
        told = beside.none_fits or among_fitting(job, beside.near, look)
        assert told is not None  # noqa: S101 - one of the two is
        told = _unless_unseen(told, beside.near, job, look)
    return Explanation(
        job=job,
        reason=told.reason,
        because=told.because,
        next_step=told.next_step,
        candidates=beside.candidates,
        more=beside.more,
    )


def _alike(job: WaitingJob, look: WaitingLook, *, offered: bool) -> Hashable:
    """Jobs of one key have the same runners beside them, standing alike. Whoever is online was seen since a job began to wait
    that waits for longer than a runner counts as online; what fails first hangs on each job's own place."""
    if look.failing or (job.waiting_since is not None and look.now - job.waiting_since <= ONLINE_WINDOW):
        return job.id
    owner = None if job.repository is None else job.repository.owner_id
    return offered, job.repo_id, owner, job.owner_id, job.runs_on, job.actions_unit


def _beside(job: WaitingJob, pool: RunnerPool, look: WaitingLook, *, offered: bool) -> _Beside:
    near = parties(job, pool, look)
    beside: Sequence[Party] = near
    none_fits: Told | None = None
    deleted: tuple[DeletedRunner, ...] = ()
    left: dict[Standing, int] = {}
    if offered and among_fitting(job, near, look) is None:
        elsewhere, left = outside(job, pool, look)
        deleted = tuple(one for one in look.deleted if _had_fitted(one, job, look.major))
        beside = (*near, *elsewhere)
        misses = Misses(near=near, outside=elsewhere, deleted=deleted, seen=look.runners_seen)
        none_fits = when_none_fits(job, misses, look.major)
    candidates, more = listed(job, beside, deleted, left, look)
    return _Beside(near=near, none_fits=none_fits, candidates=candidates, more=more)


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
