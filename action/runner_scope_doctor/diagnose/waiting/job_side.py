"""Why the server offers a job to nobody: what its own rows say, before any runner is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.diagnose.waiting.not_shown import needs_not_seen
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.runner import UnreadableLabels
from runner_scope_doctor.model.server import FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON
from runner_scope_doctor.model.snapshot import Source
from runner_scope_doctor.model.waiting import (
    JobStatus,
    NeededJob,
    NeedsNotShown,
    RunAhead,
    RunOfJob,
    WaitingJob,
)
from runner_scope_doctor.model.waiting_reason import Reason
from runner_scope_doctor.model.wording import counted_noun, named

_EXPRESSION = "${{"
_AGAIN = "Cancel the run and run it again"
_FIRST_MAJOR_APPROVING_ON_PULL_REQUEST = 14
"""Since 14 a person is trusted on the page of the pull request; before, each run has a button of its own."""


def job_side(job: WaitingJob, major: int) -> Told | None:
    """The first reason in the job itself; None when only runners can be the reason."""
    match job.status:
        case JobStatus.WAITING:
            return _gone(job) or _not_offered(job) or _unmatchable(job, major)
        case JobStatus.BLOCKED:
            return _gone(job) or _blocked(job, major)
        case JobStatus.RUNNING:
            return _told(Reason.RUNNING, "A runner has it.", "Nothing to do; its log is on the page of the run.")
        case JobStatus.UNKNOWN:
            return _told(Reason.STATUS_UNKNOWN, "Its row has no status that Forgejo gives a job to do.", f"{_AGAIN}.")
        case _:
            return _told(Reason.FINISHED, f"It has ended: {job.status.word}.", "Nothing to do.")


def _told(reason: Reason, because: str, next_step: str) -> Told:
    return Told(reason=reason, because=because, next_step=next_step)


def _gone(job: WaitingJob) -> Told | None:
    if job.source is Source.API:
        return None  # what it does not show may be there
    if job.run is None:
        return _told(
            Reason.RUN_GONE,
            f"Its run, id {job.run_id}, has no row, so the server cannot give the job away.",
            "Start the workflow again, and find out how the row of its run was lost.",
        )
    if job.repository is None:
        return _told(
            Reason.REPOSITORY_GONE,
            f"Its repository, id {job.repo_id}, has no row; a runner of the instance fails at the job.",
            "Cancel the job's run; run `forgejo doctor check --run check-db-consistency` to see what else was left.",
        )
    return None


def _blocked(job: WaitingJob, major: int) -> Told | None:
    if job.run is not None and job.run.needs_approval:
        return approval(job.run, major)
    if isinstance(job.needs, NeedsNotShown):
        return needs_not_seen(job.needs)
    unfinished = [one for one in job.needs if one.status is not None and not one.status.is_done]
    unknown = [one for one in job.needs if one.status is None]
    if unfinished:
        return _behind(job, unfinished)
    if unknown:
        names = ", ".join(named(one.key) for one in unknown)
        return _told(
            Reason.NEEDS_UNKNOWN,
            f"It needs {names}, and its run has no such job.",
            "Correct `needs` in the workflow, cancel this run and start the workflow again.",
        )
    return _told(
        Reason.BLOCKED_WITHOUT_CAUSE,
        "All that it needs is done, and the server has not released it.",
        f"Ask again in a moment. If it stays so: {_AGAIN.lower()}, and look for errors of the job emitter in the server's log.",
    )


def approval(run: RunOfJob, major: int) -> Told:
    """What is told of a run that nobody has approved."""
    where = "pull request" if major >= _FIRST_MAJOR_APPROVING_ON_PULL_REQUEST else "run"
    what = "comes from a fork" if run.from_fork else "was started by somebody not yet trusted"
    return _told(
        Reason.FORK_NEEDS_APPROVAL if run.from_fork else Reason.AUTHOR_NEEDS_APPROVAL,
        f"Run {run.number} {what}, and nobody has approved it.",
        f"Read what it would run, then approve it on the page of the {where}, or cancel the run.",
    )


def _behind(job: WaitingJob, unfinished: Sequence[NeededJob]) -> Told:
    first = unfinished[0]
    more = f" and {counted_noun(len(unfinished) - 1, 'further job')}" if len(unfinished) > 1 else ""
    behind = f"{named(first.key)} (job {first.id}, {'' if first.status is None else first.status.word}){more}"
    next_step = (
        f"Wait for job {first.id}, which runs."
        if first.status is JobStatus.RUNNING
        else f"Ask why that one waits: runner-scope-doctor why --job {first.id}"
    )
    asked = [label for label in job.runs_on if _EXPRESSION in label] if isinstance(job.runs_on, tuple) else []
    if any("matrix." in label for label in asked):
        return _told(Reason.INCOMPLETE_MATRIX, f"Its matrix is not known before {behind} is done.", next_step)
    if asked:
        return _told(Reason.INCOMPLETE_RUNS_ON, f"Its runs-on is not known before {behind} is done.", next_step)
    return _told(Reason.NEEDS_UNFINISHED, f"It needs {behind}.", next_step)


def _not_offered(job: WaitingJob) -> Told | None:
    if job.assigned:
        return _told(
            Reason.ALREADY_ASSIGNED,
            "It waits and has a task all the same; the server offers only jobs without one.",
            f"{_AGAIN}.",
        )
    if job.ahead and job.run is not None:
        return _held(job, job.run, job.ahead)
    return None


def _held(job: WaitingJob, run: RunOfJob, ahead: Sequence[RunAhead]) -> Told:
    """Of several runs ahead the running one is told, else the first."""
    first = min(ahead, key=lambda one: (one.status is not JobStatus.RUNNING, one.number))
    group = "" if run.concurrency_group is None else named(run.concurrency_group)
    behind = f"It queues in the concurrency group {group} behind run {first.number}, which"
    if first.status is JobStatus.RUNNING:
        return _told(Reason.CONCURRENCY_RUNNING, f"{behind} is running.", f"Wait for run {first.number}, or cancel it.")
    if first.needs_approval:
        return _told(
            Reason.CONCURRENCY_APPROVAL,
            f"{behind} waits for approval.",
            f"Approve run {first.number} if its code can be trusted, or cancel it.",
        )
    return _told(
        Reason.CONCURRENCY_WAITING,
        f"{behind} is {first.status.word}.",
        f"Ask why that one waits{_command(job, first.number)}",
    )


def _command(job: WaitingJob, number: int) -> str:
    """What to type for a run of the same repository; nothing to type for a name that a shell could take for more."""
    name = "" if job.repository is None else full_name(job.repository)
    return f": runner-scope-doctor why {name} {number}" if name and named(name) == name else "."


def _unmatchable(job: WaitingJob, major: int) -> Told | None:
    if isinstance(job.runs_on, UnreadableLabels):
        return _told(
            Reason.RUNS_ON_UNREADABLE,
            f"What is stored as its runs-on is no list of labels: {named(job.runs_on.text)}.",
            "Start the workflow again; if its jobs are stored so again, look at its runs-on.",
        )
    if not job.runs_on:
        return _empty(job) if major >= FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON else None
    if "" in job.runs_on:
        return _told(
            Reason.EMPTY_STRING_LABEL,
            'Its runs-on has an empty label, as after `runs-on: ""` or a variable that is not set. '
            "Only a runner that has declared no label would match.",
            "Set the variable, or write the label into the workflow; then start the workflow again.",
        )
    return None


def _empty(job: WaitingJob) -> Told:
    if job.calls_workflow:
        return _told(
            Reason.REUSABLE_NOT_EXPANDED,
            "It calls another workflow (`uses:`), was stored as a job of its own with an empty runs-on, and no runner matches "
            "that.",
            "Cancel the run; give the calling job a runs-on, or copy the called jobs into the workflow.",
        )
    return _told(
        Reason.EMPTY_RUNS_ON,
        f"Its runs-on is empty, and since Forgejo {FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON} that matches no runner.",
        "Give the job a runs-on in the workflow, cancel this run and start the workflow again.",
    )
