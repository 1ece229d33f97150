"""The runners beside one job: who fits, and of the others the first reason why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner_scope_doctor.diagnose.label_state import Labels
from runner_scope_doctor.diagnose.waiting.near_miss import NearMiss, Spelling, missing, near_miss
from runner_scope_doctor.diagnose.waiting.pool import RunnerPool
from runner_scope_doctor.diagnose.waiting.rule import failure, refusal, scope_kind
from runner_scope_doctor.diagnose.waiting.standing import KEPT, Members, runners_of, toward
from runner_scope_doctor.model.runner import RunnerStatus, UnreadableLabels
from runner_scope_doctor.model.waiting import (
    DeletedRunner,
    FailingJob,
    PooledRunner,
    RunnerGroup,
    WaitingJob,
    WaitingLook,
)
from runner_scope_doctor.model.waiting_reason import Candidate, MoreCandidates, Standing
from runner_scope_doctor.model.wording import counted_noun, duration, stored

_FIRST = (
    Standing.FITS,
    Standing.ONLINE,
    Standing.COMBINED_SCOPE,
    Standing.BUSY,
    Standing.BUSY_NOT_SEEN,
    Standing.EPHEMERAL_NOT_SEEN,
    Standing.STOPPED_POLLING,
)
_SETTLED_BEFORE = (Standing.EPHEMERAL_IN_USE, Standing.EPHEMERAL_USED_UP, Standing.EPHEMERAL_NOT_SEEN)
"""The server asks whether an ephemeral runner had its job before it looks for one."""
_LABELS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Members of one group that stand alike to one job. `miss` tells of a label that is only spelled otherwise, `fails_at` of
    the job that the server fails at first."""

    group: RunnerGroup
    standing: Standing
    members: Members
    miss: NearMiss | None = None
    fails_at: FailingJob | None = None


def parties(job: WaitingJob, pool: RunnerPool, look: WaitingLook) -> tuple[Party, ...]:
    """All runners whose ids cover the job, by how they stand to it."""
    return tuple(party for group in pool.near(job) for party in _of_group(group, job, pool, look))


def _of_group(group: RunnerGroup, job: WaitingJob, pool: RunnerPool, look: WaitingLook) -> Iterator[Party]:
    refused = refusal(group, job, look.major)
    if refused is not None:
        miss = near_miss(group.labels, job.runs_on) if refused is Standing.LABEL_MISSING else None
        yield Party(group=group, standing=refused, members=_all(group), miss=miss)
        return
    fails_at = failure(group, job, look.failing, look.major)
    for standing, members in toward(pool.at_work(group), job.waiting_since).items():
        if fails_at is None or standing in _SETTLED_BEFORE:
            yield Party(group=group, standing=standing, members=members)
        else:
            fails = Standing.ACTIONS_OFF_FAILS if fails_at.id == job.id else Standing.BEHIND_FAILING_JOB
            yield Party(group=group, standing=fails, members=members, fails_at=fails_at)


def outside(job: WaitingJob, pool: RunnerPool, look: WaitingLook) -> tuple[tuple[Party, ...], dict[Standing, int]]:
    """Runners that have every label and belong to somebody else, and how many more of each standing there are."""
    found: list[Party] = []
    left: dict[Standing, int] = {}
    for standing, others in zip((Standing.OTHER_OWNER, Standing.OTHER_REPOSITORY), pool.elsewhere(job), strict=True):
        found += (Party(group=group, standing=standing, members=_all(group)) for group in others.groups)
        if others.left_out:
            left[standing] = others.left_out
    return tuple(found), left


def _all(group: RunnerGroup) -> Members:
    return Members(count=len(group.members), shown=runners_of(group.members[:KEPT], group.statuses))


def listed(
    job: WaitingJob,
    found: Sequence[Party],
    deleted: Sequence[DeletedRunner],
    left: dict[Standing, int],
    look: WaitingLook,
) -> tuple[tuple[Candidate, ...], tuple[MoreCandidates, ...]]:
    """The runners to show, the nearest first, and how many more stand how, with those that were left out before."""
    shown: list[Candidate] = []
    left = dict(left)
    for party in sorted(found, key=lambda one: _distance(one, job)):
        fitting = party.members.shown[: KEPT - len(shown)]
        shown += (_candidate(runner, party, job, look) for runner in fitting)
        if party.members.count > len(fitting):
            left[party.standing] = left.get(party.standing, 0) + party.members.count - len(fitting)
    for gone in deleted[: KEPT - len(shown)]:
        shown.append(_gone(gone))
    more = tuple(MoreCandidates(standing=standing, count=left[standing]) for standing in Standing if standing in left)
    return tuple(shown), more


def _distance(party: Party, job: WaitingJob) -> tuple[int, int, int]:
    """Those that fit first, then those out of scope with all labels or a label spelled otherwise, then by labels missing."""
    lowest = party.group.members[0][0] if party.group.members else 0
    if party.standing in _FIRST:
        return 0, _FIRST.index(party.standing), lowest
    wanting = len(missing(party.group.labels, job.runs_on))
    if wanting == 0:
        return 1, list(Standing).index(party.standing), lowest
    return (2, 0, lowest) if party.miss is not None else (3, wanting, lowest)


def _candidate(runner: PooledRunner, party: Party, job: WaitingJob, look: WaitingLook) -> Candidate:
    return Candidate(
        id=runner.id,
        name=runner.name,
        scope=scope_kind(party.group.owner_id, party.group.repo_id),
        standing=party.standing,
        because=_because(runner, party, job, look),
    )


def _gone(runner: DeletedRunner) -> Candidate:
    used = runner.ephemeral
    return Candidate(
        id=runner.id,
        name=runner.name,
        scope=scope_kind(runner.owner_id, runner.repo_id),
        standing=Standing.EPHEMERAL_USED_UP if used else Standing.DELETED,
        because="ephemeral, had its one job and was deleted" if used else "was deleted",
    )


def _because(runner: PooledRunner, party: Party, job: WaitingJob, look: WaitingLook) -> str:
    group = party.group
    match party.standing:
        case Standing.FITS:
            return f"online and idle, {last_seen(runner, look.now)}"
        case Standing.OTHER_REPOSITORY:
            return f"has the labels, and serves repository {stored(group.repo_id)} only"
        case Standing.OTHER_OWNER:
            return f"has the labels, and serves owner {stored(group.owner_id)} only"
        case Standing.ACTIONS_OFF:
            return "an owner's runner passes over a repository where Actions is switched off"
        case Standing.ACTIONS_NOT_SEEN:
            return "an owner's runner; whether Actions is on in the repository could not be seen"
        case Standing.LABEL_MISSING | Standing.NEVER_DECLARED | Standing.LABELS_UNREADABLE | Standing.EMPTY_RUNS_ON:
            return _labels_because(party, job)
        case Standing.ACTIONS_OFF_FAILS:
            return "the server fails to give it this job: Actions is switched off for the repository"
        case Standing.BEHIND_FAILING_JOB:
            number = 0 if party.fails_at is None else party.fails_at.id
            return f"the server fails at job {number} for it on every poll, and never comes to this one"
        case Standing.COMBINED_SCOPE:
            return f"owner_id {stored(group.owner_id)} and repo_id {stored(group.repo_id)} are both set"
        case _:
            return _at_work_because(runner, party.standing, look)


def _at_work_because(runner: PooledRunner, standing: Standing, look: WaitingLook) -> str:
    running = () if look.tasks is None else look.tasks.running.get(runner.id, ())
    match standing:
        case Standing.EPHEMERAL_IN_USE:
            return (
                f"ephemeral, and its one job runs: job {running[0]}" if running else "ephemeral, and its one job runs"
            )
        case Standing.EPHEMERAL_USED_UP:
            return "ephemeral, and has had its one job"
        case Standing.BUSY:
            more = f" and {counted_noun(len(running) - 1, 'more job')}" if len(running) > 1 else ""
            return f"runs job {running[0]}{more}" if running else "runs a job"
        case Standing.BUSY_NOT_SEEN:
            return f"online, {last_seen(runner, look.now)}; whether it is busy could not be seen"
        case Standing.ONLINE:
            return f"{_occupation(runner)} as the API says; whether it could take the job now it does not show"
        case Standing.EPHEMERAL_NOT_SEEN:
            return f"ephemeral, {state(runner)} as the API says; whether it has had its one job it does not show"
        case Standing.STOPPED_POLLING:
            return f"{last_seen(runner, look.now)}, which is not since the job waits"
        case _:
            return last_seen(runner, look.now)


def last_seen(runner: PooledRunner, now: int) -> str:
    """When the server last heard of it, as far as the source tells."""
    if runner.status is not None:
        return "not seen for more than a minute" if runner.status is RunnerStatus.OFFLINE else "seen within a minute"
    return f"last seen {duration(now - runner.last_online)} ago" if runner.last_online else "never seen"


def state(runner: PooledRunner) -> str:
    """The API's word for it, as people would say it."""
    return "offline" if runner.status is RunnerStatus.OFFLINE else f"online and {_occupation(runner)}"


def _occupation(runner: PooledRunner) -> str:
    return "at work within the last ten seconds" if runner.status is RunnerStatus.ACTIVE else "idle"


def _labels_because(party: Party, job: WaitingJob) -> str:
    labels = party.group.labels
    match party.standing:
        case Standing.EMPTY_RUNS_ON:
            return "no runner matches an empty runs-on"
        case Standing.NEVER_DECLARED:
            return "has declared no label"
        case Standing.LABELS_UNREADABLE:
            return "its stored labels cannot be read"
        case _:
            pass
    if party.miss is not None:
        return spelled(party.miss)
    return f"lacks {in_words(missing(labels, job.runs_on))}; has {in_words(labels)}"


def spelled(miss: NearMiss) -> str:
    """A label that is near and not equal."""
    has, wants = in_words((miss.stored,)), in_words((miss.wanted,))
    match miss.spelling:
        case Spelling.RAW:
            return f"its label is stored as {has}, which {wants} does not match until its service declares it"
        case Spelling.CASE:
            return f"has {has} and not {wants}: capitals count"
        case Spelling.SUFFIX:
            return f"has {has} and not {wants}: the part behind the colon belongs into the runner's configuration only"
        case Spelling.SPACE:
            return f"has {has} and not {wants}: spaces count"


def in_words(labels: Labels) -> str:
    """Labels in a sentence, each in quotes as a job would name it."""
    if labels is None or isinstance(labels, UnreadableLabels):
        return "none"
    words = [f'"{label.replace(chr(34), chr(39))}"' for label in labels[:_LABELS_SHOWN]]
    if len(labels) > _LABELS_SHOWN:
        words.append(f"{len(labels) - _LABELS_SHOWN} more")
    return ", ".join(words) or "none"
