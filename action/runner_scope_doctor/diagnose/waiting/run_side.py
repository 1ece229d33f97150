"""What can be told of a whole run, where the API does not show which jobs are its own."""

from __future__ import annotations

from runner_scope_doctor.diagnose.waiting.job_side import approval
from runner_scope_doctor.diagnose.waiting.not_shown import DATABASE
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.server import FIRST_MAJOR_LISTING_ALL_JOBS
from runner_scope_doctor.model.waiting import RunAsked, WaitingLook
from runner_scope_doctor.model.waiting_reason import Reason, RunExplanation
from runner_scope_doctor.model.wording import counted_noun


def about_run(asked: RunAsked, look: WaitingLook) -> RunExplanation:
    """Whether it waits for approval or has ended; else what is not shown."""
    told = _told(asked, look)
    return RunExplanation(asked=asked, reason=told.reason, because=told.because, next_step=told.next_step)


def _told(asked: RunAsked, look: WaitingLook) -> Told:
    if asked.went_well:
        return Told(reason=Reason.FINISHED, because=f"It has ended: {asked.status.word}.", next_step="Nothing to do.")
    if asked.waits_for_approval:
        return approval(asked.run, look.major)
    count = len(look.jobs) + look.left_out
    beside = ""
    if look.major >= FIRST_MAJOR_LISTING_ALL_JOBS:
        jobs = f"{counted_noun(count, 'job')} of its repository" if count else "no job of its repository"
        beside = f"; {jobs} {'are' if count > 1 else 'is'} listed as waiting for a runner"
    return Told(
        reason=Reason.JOBS_NOT_SEEN,
        because=f"It is {asked.status.word} as a whole. Which jobs are its own the API of Forgejo {look.major} does not show"
        f"{beside}.",
        next_step=f"Look at the page of the run for its jobs' names, or {DATABASE}.",
    )
