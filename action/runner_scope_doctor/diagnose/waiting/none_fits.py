"""Why no runner fits a job at all, and who comes nearest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runner_scope_doctor.diagnose.label_state import labels_cover
from runner_scope_doctor.diagnose.waiting.candidates import Party, in_words, spelled
from runner_scope_doctor.diagnose.waiting.near_miss import missing
from runner_scope_doctor.diagnose.waiting.standing import has_been_online
from runner_scope_doctor.diagnose.waiting.told import Told
from runner_scope_doctor.model.runner import counted
from runner_scope_doctor.model.waiting import DeletedRunner, PooledRunner, RunnersSeen, WaitingJob
from runner_scope_doctor.model.waiting_reason import Reason, Standing
from runner_scope_doctor.model.wording import named

_EDIT = "in the workflow's runs-on, or declare that label on a runner; then start the workflow again"
_RESTART = "Restart the service of {}: it declares its labels when it starts."


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """What is there beside a job that nobody fits: runners whose ids cover it, runners of others that have every label, and
    deleted ones that had. `seen` tells of which runners that is said."""

    near: tuple[Party, ...]
    outside: tuple[Party, ...]
    deleted: tuple[DeletedRunner, ...]
    seen: RunnersSeen = RunnersSeen.ALL


def when_none_fits(job: WaitingJob, misses: Misses, major: int) -> Told:
    """The strongest of the reasons, in the order of `_TELLERS`."""
    for tell in _TELLERS:
        told = tell(job, misses, major)
        if told is not None:
            return told
    return _no_label(job, misses)


def covering(job: WaitingJob, found: Sequence[Party], standing: Standing, major: int) -> tuple[Party, ...]:
    """Those that stand so although their labels are right."""
    return tuple(
        party for party in found if party.standing is standing and labels_cover(party.group.labels, job.runs_on, major)
    )


def _told(reason: Reason, because: str, next_step: str) -> Told:
    return Told(reason=reason, because=because, next_step=next_step)


def _name(party: Party) -> str:
    return named(party.members.shown[0].name)


def _actions_off(job: WaitingJob, misses: Misses, major: int) -> Told | None:
    for party in covering(job, misses.near, Standing.ACTIONS_OFF, major):
        return _told(
            Reason.ACTIONS_OFF,
            f"Actions is switched off for its repository, and runners of an owner, such as {_name(party)}, pass it over then.",
            "Switch Actions on for the repository, or cancel the run.",
        )
    return None


def _spelling(_: WaitingJob, misses: Misses, __: int) -> Told | None:
    alike = [party for party in misses.near if party.miss is not None]
    found = min(alike, key=lambda party: list(Reason).index(_reason(party)), default=None)
    if found is None or found.miss is None:
        return None
    reason = _reason(found)
    if reason is Reason.LABELS_RAW:
        next_step = _RESTART.format(_name(found))
    else:
        next_step = f"Write {in_words((found.miss.stored,))} {_EDIT}."
    return _told(reason, f"{_name(found)} is nearest: {spelled(found.miss)}.", next_step)


def _reason(party: Party) -> Reason:
    return Reason.NO_RUNNER_WITH_LABEL if party.miss is None else party.miss.spelling.value


def _transferred(job: WaitingJob, misses: Misses, _: int) -> Told | None:
    if job.repository is None or job.owner_id == job.repository.owner_id:
        return None
    for party in misses.outside:
        if party.standing is Standing.OTHER_OWNER and counted(party.group.owner_id) == job.owner_id:
            return _told(
                Reason.TRANSFERRED_FROM_OWNER,
                f"The repository was transferred, and {_name(party)} has stayed with its old owner (id {job.owner_id}).",
                f"Register a runner with {in_words(job.runs_on)} for the new owner or for the repository.",
            )
    return None


def _elsewhere(job: WaitingJob, misses: Misses, _: int) -> Told | None:
    only = "Only" if misses.seen is RunnersSeen.ALL else "Of the runners in this list only"
    for standing, reason, whose in (
        (Standing.OTHER_OWNER, Reason.SCOPE_OTHER_OWNER, "another owner"),
        (Standing.OTHER_REPOSITORY, Reason.SCOPE_OTHER_REPOSITORY, "another repository"),
    ):
        for party in misses.outside:
            if party.standing is standing:
                return _told(
                    reason,
                    f"{only} runners of {whose} have {in_words(job.runs_on)}, such as {_name(party)}.",
                    f"Register a runner with {in_words(job.runs_on)} for this repository or its owner, or change its runs-on.",
                )
    return None


def _split(job: WaitingJob, misses: Misses, _: int) -> Told | None:
    wanted = tuple(dict.fromkeys(job.runs_on)) if isinstance(job.runs_on, tuple) else ()
    holders = {label: _holder(label, misses.near) for label in wanted}
    if len(wanted) < 2 or None in holders.values():
        return None
    who = ", ".join(f"{in_words((label,))} on {name}" for label, name in list(holders.items())[:4])
    return _told(
        Reason.LABELS_SPLIT,
        f"Every label it asks for is there, and no single runner has all of them: {who}.",
        "Declare all of them on one runner, or ask for fewer in the workflow's runs-on.",
    )


def _holder(label: str, found: Sequence[Party]) -> str | None:
    for party in found:
        if isinstance(party.group.labels, tuple) and label in party.group.labels:
            return _name(party)
    return None


def _deleted(job: WaitingJob, misses: Misses, _: int) -> Told | None:
    for runner in misses.deleted:
        if runner.ephemeral:
            return _told(
                Reason.EPHEMERAL_USED_UP,
                f"{named(runner.name)} had {in_words(job.runs_on)}, was ephemeral, and was deleted after its one job.",
                "Register a further ephemeral runner, and look at what was to do that.",
            )
        return _told(
            Reason.RUNNER_DELETED,
            f"Only {named(runner.name)} (id {runner.id}) had {in_words(job.runs_on)}, and it was deleted.",
            f"Register a runner with {in_words(job.runs_on)}, or change the workflow's runs-on.",
        )
    return None


def _wiped(_: WaitingJob, misses: Misses, __: int) -> Told | None:
    # A service declares before it asks for work, so one that was heard of had labels, and lost them since.
    for party in _undeclared(misses.near):
        for runner in party.members.shown:
            if has_been_online(runner):
                return _told(
                    Reason.LABELS_WIPED,
                    f"{named(runner.name)} has been online, and no label of it is stored: registering it again without "
                    "--keep-labels wiped them.",
                    _RESTART.format(named(runner.name)),
                )
    return None


def _never_declared(job: WaitingJob, misses: Misses, _: int) -> Told | None:
    """Which label it would declare nobody knows; its name is a hint."""
    wanted = [label.casefold() for label in job.runs_on if label] if isinstance(job.runs_on, tuple) else []
    for party in _undeclared(misses.near):
        for runner in party.members.shown:
            if any(label in runner.name.casefold() for label in wanted):
                return _told(
                    Reason.NEVER_DECLARED,
                    f"No runner has {in_words(job.runs_on)}; {named(runner.name)}, by its name meant for it, "
                    f"{_without_label(runner)}.",
                    f"Start the service of {named(runner.name)}: it declares its labels when it starts.",
                )
    return None


def _without_label(runner: PooledRunner) -> str:
    """Of one that is offline the API does not tell whether it ever had one."""
    return "has never declared a label" if runner.status is None else "has no label stored"


def _undeclared(found: Sequence[Party]) -> Iterator[Party]:
    return (party for party in found if party.standing is Standing.NEVER_DECLARED)


def _nobody(job: WaitingJob, misses: Misses, _: int) -> Told | None:
    if misses.near:
        return None
    return _told(
        Reason.NO_RUNNER_IN_SCOPE,
        "No live runner serves the instance, the owner or the repository.",
        f"Register one with {in_words(job.runs_on)}.",
    )


def _no_label(job: WaitingJob, misses: Misses) -> Told:
    lacking = [label for label in missing((), job.runs_on) if _holder(label, misses.near) is None]
    nearest = _nearest(job, misses.near)
    return _told(
        Reason.NO_RUNNER_WITH_LABEL,
        f"No runner of the instance, the owner or the repository has {in_words(tuple(lacking))}.{nearest}",
        f"Correct the workflow's runs-on, or register a runner with {in_words(job.runs_on)}.",
    )


def _nearest(job: WaitingJob, found: Sequence[Party]) -> str:
    """Who has most of the labels, else who has declared none yet."""
    wanted = len(missing((), job.runs_on))
    nearest = min(found, key=lambda party: len(missing(party.group.labels, job.runs_on)), default=None)
    if nearest is not None and (lacks := missing(nearest.group.labels, job.runs_on)) and len(lacks) < wanted:
        return f" {_name(nearest)} is nearest and lacks {in_words(lacks)}."
    for party in _undeclared(found):
        return f" {_name(party)} {_without_label(party.members.shown[0])}."
    return ""


_TELLERS: tuple[Callable[[WaitingJob, Misses, int], Told | None], ...] = (
    _actions_off,
    _spelling,
    _transferred,
    _elsewhere,
    _split,
    _deleted,
    _wiped,
    _never_declared,
    _nobody,
)
