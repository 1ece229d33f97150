"""What was seen of a repair's effect, for people. It never claims more than was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from runner_scope_doctor.model.effect import (
    AtWork,
    CombinedBeside,
    CounterHeld,
    Effect,
    EffectNotLooked,
    EffectNotSeen,
    EffectSeen,
    JobGiven,
    LabelsStoredRaw,
    NeverDeclared,
    NothingWaited,
    Obstacle,
    OnlineAgain,
    PartUnseen,
    PollsQuiet,
    RowChangedAgain,
    Sign,
    Silent,
    Taker,
    TooShort,
)
from runner_scope_doctor.model.receipt import Receipt
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.wording import counted_noun, named

_RESTART = "Restart the runner's service (never Forgejo) while it runs nothing"
_NO_PICK = "no job waited for it, so none was seen to be given"

Told = tuple[str, str]
"""Why, in words that go on in a sentence; and what to do, as sentences."""


def effect_lines(receipt: Receipt, effect: Effect) -> Iterator[str]:
    """Everything that was seen and every known reason, unescaped; the last line comes behind them."""
    match effect:
        case EffectSeen(signs=signs):
            yield from (f"effect: {_sign(sign, receipt)}" for sign in signs)
        case EffectNotSeen(signs=signs, obstacles=obstacles):
            yield from (f"effect: {_sign(sign, receipt)}" for sign in signs)
            for obstacle in obstacles:
                why, way_out = _obstacle(obstacle, receipt)
                yield f"effect not seen: {why}"
                yield f"  next: {way_out}"
        case EffectNotLooked():
            pass
        case _:
            assert_never(effect)
    yield f"to take it back: runner-scope-doctor undo {receipt.digest}"


def effect_line(receipt: Receipt, effect: Effect) -> str:
    """The last line."""
    match effect:
        case EffectSeen(signs=signs):
            seen = "; ".join(_sign(sign, receipt) for sign in signs)
            given = any(isinstance(sign, JobGiven) for sign in signs)
            return f"DONE: row right, effect seen: {seen}{'' if given else f'; {_NO_PICK}'}."
        case EffectNotSeen(obstacles=(RowChangedAgain() as changed, *_)):
            why, way_out = _obstacle(changed, receipt)
            return f"DONE, AND UNDONE BY OTHERS: {why}. Next: {way_out}"
        case EffectNotSeen(obstacles=obstacles):
            why, way_out = _obstacle(obstacles[0], receipt)
            return f"DONE: row right, effect not seen: {why}. Next: {way_out}"
        case EffectNotLooked(reason=reason, next_step=next_step):
            return f"DONE: row right, effect not looked at: {reason} Next: {next_step}"
        case _:
            assert_never(effect)


def _sign(sign: Sign, receipt: Receipt) -> str:
    match sign:
        case JobGiven(job=job):
            words = f"job {job.id} {named(job.name)}"
            if job.taker is Taker.NOT_SEEN:
                return f"{words}, which waited for it, was given to a runner (to which, this login may not see)"
            return f"{words} was given to runner {receipt.plan.after.id}"
        case PollsQuiet(polls=polls, counter=counter):
            return (
                f"runner {receipt.plan.after.id} polls, and the counter of repository {receipt.plan.after.repo_id} "
                f"stood at {counter} over {polls} polls"
            )
        case OnlineAgain():
            return f"runner {receipt.plan.after.id} is online again"
        case _:
            assert_never(sign)


def _obstacle(obstacle: Obstacle, receipt: Receipt) -> Told:
    match obstacle:
        case RowChangedAgain(now=now):
            ids = "is gone or deleted" if now is None else f"now has {now}"
            return (
                f"runner {receipt.plan.after.id} was repaired, and {ids}: something registers or changes it",
                "Find what does; `runner-scope-doctor explain RSD022` tells where to look. Then run the check.",
            )
        case Silent():
            return _silent(receipt)
        case LabelsStoredRaw(labels=labels):
            shown = ", ".join(named(label) for label in labels)
            return (
                f"its labels are stored as {shown}, with a part that no job asks for",
                f"{_RESTART}: it declares them.",
            )
        case NeverDeclared():
            return ("it has no declared label, so no job fits it", f"{_RESTART}: it declares its labels.")
        case NothingWaited() | AtWork() | CounterHeld():
            return _about_work(obstacle, receipt)
        case CombinedBeside(runner_ids=runner_ids):
            others = ", ".join(map(str, runner_ids))
            return (
                f"combined runners of the same repository still raise its counter: {others}",
                f"Repair each of them: runner-scope-doctor plan --runner {runner_ids[0]}",
            )
        case PartUnseen(why=why):
            return (why.removesuffix("."), "Give the login of the check the rights that docs/access.md lists.")
        case TooShort():
            return (
                "the runner was not watched long enough to tell",
                "Look at the repository's Actions page: waiting jobs should start within some polls.",
            )
        case _:
            assert_never(obstacle)


def _silent(receipt: Receipt) -> Told:
    heard = f"the server noted no contact of runner {receipt.plan.after.id} while it was watched"
    if receipt.plan.target.major >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
        return (
            f"{heard}; from Forgejo 16 on a runner exits when its row is refused",
            "Start the runner's service on its host: it stays up now.",
        )
    return (
        f"{heard}: its service does not run, or cannot reach the server",
        "Look at the runner's service on its host.",
    )


def _about_work(obstacle: NothingWaited | AtWork | CounterHeld, receipt: Receipt) -> Told:
    repository = f"repository {receipt.plan.after.repo_id}"
    match obstacle:
        case NothingWaited(others=others):
            beside = f"; {counted_noun(others, 'job')} for other labels" if others else ""
            return (
                f"no job of {repository} waited that runner {receipt.plan.after.id} could take{beside}",
                "Start a job for it, and see that it is taken.",
            )
        case AtWork(running=running):
            return (
                f"{counted_noun(running, 'job')} of {repository} now running may keep the runner at its capacity",
                "Wait until they have ended, and see that the next one is taken.",
            )
        case CounterHeld(job=job, counter=counter):
            stands = "" if counter is None else f" ({counter})"
            return (
                f"job {job.id} {named(job.name)} waits for it, and it polls: most likely it holds the number{stands} at which "
                "the counter of its repository stands, and so is told of nothing",
                f"Start any job of {repository}, which raises the counter. {_RESTART} if that does not help. A counter fence "
                "is part of a repair: it cannot be planned for a row that is right.",
            )
        case _:
            assert_never(obstacle)
