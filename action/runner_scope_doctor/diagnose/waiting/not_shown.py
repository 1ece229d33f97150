"""What cannot be told of a job because the API does not show it: which of several obstacles holds it."""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.diagnose.waiting.candidates import Party, state
from runner_scope_doctor.diagnose.waiting.rule import may_fail_before, scope_kind
from runner_scope_doctor.diagnose.waiting.standing import contact
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.runner import RunnerStatus
from runner_scope_doctor.model.server import FIRST_MAJOR_FAILING_WITHOUT_ACTIONS, FIRST_MAJOR_WITH_RUNNER_LIST
from runner_scope_doctor.model.snapshot import Source
from runner_scope_doctor.model.waiting import NeedsNotShown, PooledRunner, RunnersSeen, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import Reason, ScopeKind, Standing
from runner_scope_doctor.model.wording import counted_noun, named

DATABASE = "let the command see the database (--app-ini or --database)"
_SHOWN = 3
"""Jobs of a run that a sentence names; the others are counted."""


def not_shown(job: WaitingJob, look: WaitingLook) -> Told | None:
    """Why nothing can be told from the runners beside a job that the server may offer; None when it can."""
    if job.repository is None and job.source is Source.API:
        return Told(
            reason=Reason.REPOSITORY_NOT_SEEN,
            because=f"The token may not see repository {job.repo_id}: neither whose it is today nor whether Actions is on.",
            next_step=f"Give the token read:repository and a user who may see that repository, or {DATABASE}.",
        )
    match look.runners_seen:
        case RunnersSeen.ALL | RunnersSeen.IN_SCOPE:
            return None
        case RunnersSeen.SOME:
            name = "" if job.repository is None else full_name(job.repository)
            plain = f":{name}" if name and named(name) == name else ""
            return Told(
                reason=Reason.RUNNERS_NOT_SEEN,
                because="The list of an organisation or a user lacks the runners of single repositories, of which one may "
                "fit.",
                next_step=f"Ask with --api-list repository{plain} or --api-list admin, or {DATABASE}.",
            )
        case RunnersSeen.NONE:
            return Told(
                reason=Reason.RUNNERS_NOT_SEEN,
                because=f"The API of Forgejo {look.major} lists no runners; it does from {FIRST_MAJOR_WITH_RUNNER_LIST} on.",
                next_step=f"{DATABASE[0].upper()}{DATABASE[1:]}.",
            )


def could_take(party: Party) -> bool:
    """Whether one of these may be free for the job as far as the API tells."""
    if party.standing is Standing.ONLINE:
        return True
    combined = scope_kind(party.group.owner_id, party.group.repo_id) is ScopeKind.COMBINED
    return party.standing is Standing.EPHEMERAL_NOT_SEEN and not combined and _is_online(party.members.shown[0])


def holder_not_seen(job: WaitingJob, found: Sequence[Party], look: WaitingLook) -> Told:
    """A runner may be free: it has not asked yet, is busy, was not told, or the job is held."""
    runner = max((party.members.shown[0] for party in found), key=_freedom)
    others = sum(party.members.count for party in found) - 1
    more = f" (and {counted_noun(others, 'further runner')})" if others else ""
    return Told(
        reason=Reason.HOLDER_NOT_SEEN,
        because=f"{named(runner.name)}{more} fits, is {state(runner)}. {_likely(job, runner, found, look)}",
        next_step=f"Ask again in some seconds; if it still waits, {DATABASE}, or look at the page of its run.",
    )


def _freedom(runner: PooledRunner) -> tuple[bool, int, int]:
    return runner.status is RunnerStatus.IDLE, contact(runner), -runner.id


def _likely(job: WaitingJob, runner: PooledRunner, found: Sequence[Party], look: WaitingLook) -> str:
    kinds = {scope_kind(party.group.owner_id, party.group.repo_id) for party in found}
    failing = next(
        (one for party in found if (one := may_fail_before(party.group, job, look.failing, look.major))), None
    )
    if failing is not None:
        return (
            f"Job {failing.id}, whose repository has Actions switched off, may come first and stop it; so may being busy, a "
            "concurrency group, or that the job was only just queued: the API does not show which."
        )
    if job.repository is not None and job.owner_id != job.repository.owner_id and kinds == {ScopeKind.OWNER}:
        return (
            "The repository was transferred while the job waited, and Forgejo tells no runner of the new owner then; it may also "
            "be busy, or a concurrency group holds the job: the API does not show which."
        )
    fails = look.major >= FIRST_MAJOR_FAILING_WITHOUT_ACTIONS
    behind = "a job of a repository without Actions may come first, " if fails else ""
    if runner.status is RunnerStatus.ACTIVE:
        return (
            f"It may be busy, a concurrency group may hold the job, {behind}or it was only just queued: the API does not show "
            "which."
        )
    return (
        f"A concurrency group may hold the job, {behind}the runner was not told of it, is at its capacity or has stopped, or the "
        "job was only just queued: the API does not show which."
    )


def ephemeral_not_seen(found: Sequence[Party], _: WaitingLook) -> Told:
    """An ephemeral runner that takes nothing now, for one of two reasons."""
    runner = max((party.members.shown[0] for party in found), key=contact)
    return Told(
        reason=Reason.HOLDER_NOT_SEEN,
        because=f"{named(runner.name)} would fit, is ephemeral and {state(runner)}; whether it has had its one job the API does "
        "not show.",
        next_step=f"Start its service or register a further ephemeral runner; to know which, {DATABASE}.",
    )


def needs_not_seen(needs: NeedsNotShown) -> Told:
    """A blocked job of a run of several: the API shows names of jobs, and `needs` holds keys."""
    keys = ", ".join(named(key) for key in needs.keys) or "nothing that is shown"
    undone = ", ".join(f"{named(one.name)} (job {one.id}, {one.status.word})" for one in needs.unfinished[:_SHOWN])
    left_out = len(needs.unfinished) - _SHOWN
    more = f" and {counted_noun(left_out, 'further job')}" if left_out > 0 else ""
    rest = (
        f"{undone}{more} {'are' if len(needs.unfinished) > 1 else 'is'} not done"
        if undone
        else "no other job is undone"
    )
    return Told(
        reason=Reason.NEEDS_NOT_SEEN,
        because=f"It is blocked and needs {keys}. Of its run {rest}; which jobs have these keys the API does not show.",
        next_step=f"Look at the page of its run, or {DATABASE}.",
    )


def _is_online(runner: PooledRunner) -> bool:
    return runner.status in (RunnerStatus.IDLE, RunnerStatus.ACTIVE)
