"""Why no runner takes a job that the server offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner_scope_doctor.diagnose.waiting.candidates import Party, last_seen
from runner_scope_doctor.diagnose.waiting.not_shown import could_take, ephemeral_not_seen, holder_not_seen
from runner_scope_doctor.diagnose.waiting.rule import scope_kind
from runner_scope_doctor.diagnose.waiting.standing import contact
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.waiting import PooledRunner, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import Reason, ScopeKind, Standing
from runner_scope_doctor.model.wording import counted_noun, duration, named

_A_FEW_POLLS = 10
"""Seconds in which an idle runner asks several times (its `fetch_interval` is 2 s by default)."""


def among_fitting(job: WaitingJob, found: Sequence[Party], look: WaitingLook) -> Told | None:
    """The reason when scope and labels of some runner fit; None when those of none do. A runner that could take the job at
    once is told first, then what keeps the nearest from it."""
    by_standing: dict[Standing, list[Party]] = {}
    for party in found:
        by_standing.setdefault(party.standing, []).append(party)
    if Standing.FITS in by_standing:
        return _idle(job, by_standing[Standing.FITS], look)
    takers = [party for party in found if could_take(party)]
    if takers:
        return holder_not_seen(job, takers, look)
    for standing, tell in _IN_ORDER:
        if standing in by_standing:
            return tell(by_standing[standing], look)
    return None


def _told(reason: Reason, because: str, next_step: str) -> Told:
    return Told(reason=reason, because=because, next_step=next_step)


def _first(found: Sequence[Party]) -> PooledRunner:
    """The one heard of last."""
    return max((party.members.shown[0] for party in found), key=contact)


def _others(found: Sequence[Party]) -> str:
    count = sum(party.members.count for party in found) - 1
    return f" and {counted_noun(count, 'further runner')}" if count else ""


def _idle(job: WaitingJob, found: Sequence[Party], look: WaitingLook) -> Told:
    runner, waited = _first(found), 0 if job.waiting_since is None else look.now - job.waiting_since
    name = named(runner.name)
    kinds = {scope_kind(party.group.owner_id, party.group.repo_id) for party in found}
    moved = job.repository is not None and job.owner_id != job.repository.owner_id
    if waited <= _A_FEW_POLLS:
        return _told(
            Reason.JUST_QUEUED,
            f"It waits since {duration(waited)}, and {name} is online and idle.",
            "Ask again in some seconds.",
        )
    if moved and kinds == {ScopeKind.OWNER}:
        return _told(
            Reason.TRANSFERRED_NOT_TOLD,
            f"The repository was transferred while the job waited, and Forgejo told no runner of the new owner: {name} is "
            "online and idle, and does not ask.",
            f"Restart the service of {name}, or start any workflow of that owner.",
        )
    return _told(
        Reason.FITTING_RUNNER_IDLE,
        f"{name} fits, is online and runs nothing here, and has not taken it in {duration(waited)}.",
        f"Restart the service of {name}; if the job still waits, look for `pick task` and for its capacity in the log of "
        "that service.",
    )


def _combined(found: Sequence[Party], look: WaitingLook) -> Told:
    runner = _first(found)
    effect = (
        "the server refuses such a row"
        if look.major >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE
        else "the server never tells such a runner of new work"
    )
    return _told(
        Reason.COMBINED_SCOPE,
        f"{named(runner.name)} would fit, and has owner_id and repo_id both set: {effect}.",
        f"Repair it as RSD001 says: `runner-scope-doctor plan --runner {runner.id}` on the host that may write to the "
        "database.",
    )


def _busy(found: Sequence[Party], look: WaitingLook) -> Told:
    runner = _first(found)
    running = () if look.tasks is None else look.tasks.running.get(runner.id, ())
    what = f"runs job {running[0]}" if running else "is busy"
    return _told(
        Reason.RUNNER_BUSY,
        f"{named(runner.name)}{_others(found)} would fit, and {what}.",
        f"Wait until {named(runner.name)} is free, raise its capacity, or add a runner with these labels.",
    )


def _busy_not_seen(found: Sequence[Party], _: WaitingLook) -> Told:
    return _told(
        Reason.BUSY_NOT_SEEN,
        f"{named(_first(found).name)}{_others(found)} fits and is online; whether it is busy could not be seen.",
        "Let the login read runner_id, job_id and status of the table action_task, then ask again.",
    )


def _stopped(found: Sequence[Party], look: WaitingLook) -> Told:
    runner = _first(found)
    return _told(
        Reason.RUNNER_STOPPED_POLLING,
        f"{named(runner.name)} still counts as online, and was {last_seen(runner, look.now)}: not since the job waits.",
        f"Start the service of {named(runner.name)}.",
    )


def _behind(found: Sequence[Party], look: WaitingLook) -> Told:
    failing = min((one.fails_at for one in found if one.fails_at is not None), key=lambda one: one.id, default=None)
    number = 0 if failing is None else failing.id
    return _told(
        Reason.BEHIND_FAILING_JOB,
        f"Job {number} comes first, and its repository has Actions switched off: on Forgejo {look.major} the server fails at "
        f"it on every poll of {named(_first(found).name)}{_others(found)}, and gives that runner nothing behind it.",
        f"Cancel job {number}, or switch Actions on for its repository (id {0 if failing is None else failing.repo_id}).",
    )


def _fails(found: Sequence[Party], look: WaitingLook) -> Told:
    return _told(
        Reason.ACTIONS_OFF_FAILS,
        f"Actions is switched off for its repository: on Forgejo {look.major} the server fails to give it to "
        f"{named(_first(found).name)}{_others(found)}, which get nothing else meanwhile.",
        "Cancel the run, or switch Actions on for the repository.",
    )


def _ephemeral_in_use(found: Sequence[Party], _: WaitingLook) -> Told:
    return _told(
        Reason.EPHEMERAL_IN_USE,
        f"{named(_first(found).name)}{_others(found)} would fit, is ephemeral, and has its one job.",
        "Register a further ephemeral runner: this one gets no second job.",
    )


def _ephemeral_used(found: Sequence[Party], _: WaitingLook) -> Told:
    return _told(
        Reason.EPHEMERAL_USED_UP,
        f"{named(_first(found).name)}{_others(found)} would fit, is ephemeral, and has had its one job.",
        "Register a further ephemeral runner, and look at what was to do that.",
    )


def _offline(found: Sequence[Party], look: WaitingLook) -> Told:
    runner = _first(found)
    return _told(
        Reason.RUNNER_OFFLINE,
        f"{named(runner.name)}{_others(found)} would fit, and is offline: {last_seen(runner, look.now)}.",
        f"Start the service of {named(runner.name)}.",
    )


_IN_ORDER: tuple[tuple[Standing, Callable[[Sequence[Party], WaitingLook], Told]], ...] = (
    (Standing.COMBINED_SCOPE, _combined),
    (Standing.EPHEMERAL_NOT_SEEN, ephemeral_not_seen),
    (Standing.BUSY, _busy),
    (Standing.BUSY_NOT_SEEN, _busy_not_seen),
    (Standing.STOPPED_POLLING, _stopped),
    (Standing.BEHIND_FAILING_JOB, _behind),
    (Standing.ACTIONS_OFF_FAILS, _fails),
    (Standing.EPHEMERAL_IN_USE, _ephemeral_in_use),
    (Standing.EPHEMERAL_USED_UP, _ephemeral_used),
    (Standing.OFFLINE, _offline),
)
