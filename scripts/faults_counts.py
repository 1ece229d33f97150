"""The counts of one engine: every checkpoint, many moments, many races, every story."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.command import Ended
from support.faults.aftermath import Aftermath, Depth
from support.faults.disk import CannotMount
from support.faults.forgejo import Worked, applied_beside, journal_mode
from support.faults.host_stories import HOST_STORIES
from support.faults.kills import NOTES, Lengths, at_checkpoint, at_moment, in_a_write, lengths, moments
from support.faults.limits import at_most, journal_sizes, largest_file
from support.faults.races import one_plan, two_hosts, two_plans
from support.faults.restart import restarted_at
from support.faults.scene import Scene
from support.faults.server_stories import LINES, LOCKED, SLOW_LINE
from support.faults.stages import Stage
from support.faults.story import Story, tell

APART = 0.03
"""Seconds at most between the starts of a race's two."""
BESIDE_FORGEJO = 50
"""Applies beside a server that writes all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often everything is tried, and the seed that repeats it."""

    seed: int
    moments: int
    races: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one engine showed. `kills` has a list per kind of kill; `last` counts the last checkpoint before a random moment,
    None before the first; `races` counts what became of the loser; `stories` has exit codes, None where it could not be tried."""

    engine: Engine
    lengths: Lengths
    kills: dict[str, list[Aftermath]]
    last: Counter[Checkpoint | None]
    races: dict[str, Counter[str]]
    stories: dict[str, int | None]
    beside: dict[str, Worked]
    seconds: float


def measured(scene: Scene, stage: Stage, counts: Counts) -> Measured:
    """Everything, in turn. Raises AssertionError at the first promise that does not hold."""
    started = time.perf_counter()
    chance = random.Random(f"{counts.seed} {scene.engine.value}")  # noqa: S311 - a seed must repeat a run
    found = lengths(scene)
    last: Counter[Checkpoint | None] = Counter()
    return Measured(
        engine=scene.engine,
        lengths=found,
        kills=_kills(scene, chance, counts, last),
        last=last,
        races=_races(scene, stage, chance, counts.races),
        stories=_stories(scene, stage),
        beside=_beside(scene),
        seconds=time.perf_counter() - started,
    )


def _kills(
    scene: Scene, chance: random.Random, counts: Counts, last: Counter[Checkpoint | None]
) -> dict[str, list[Aftermath]]:
    both = (scene.plain, scene.fenced)
    checkpoints = [at_checkpoint(scene, one, plan, Depth.TO_THE_UNDO) for one in Checkpoint for plan in both]
    random_ones = []
    for moment in moments(scene, counts.moments, chance):
        random_ones.append(at_moment(scene, moment, chance.choice(both), Depth.TO_THE_UNDO_PLAN))
        last[random_ones[-1].last] += 1
    writes = [
        in_a_write(scene, number, chance.random(), scene.plain, Depth.TO_THE_RECEIPT)
        for number in range(1, NOTES + 1)
        for _ in range(counts.moments // 50)
    ]
    largest = largest_file(scene)
    sizes = [at_most(scene, chance.randrange(largest), chance.choice(both))[1] for _ in range(counts.moments // 10)]
    later = journal_sizes(scene)
    since = Checkpoint.BACKUP_PROVEN
    later_sizes = [at_most(scene, chance.choice(later), chance.choice(both), since)[1] for _ in sizes]
    return {
        "`kill -9` at every checkpoint, both kinds of plan": [one.aftermath for one in checkpoints],
        "`kill -9` at a random moment": [one.aftermath for one in random_ones],
        "`kill -9` in the midst of a write of journal or backup": [one.aftermath for one in writes],
        "no file may pass a random size": sizes,
        "the same, once the backup is proven": later_sizes,
    }


def _races(scene: Scene, stage: Stage, chance: random.Random, races: int) -> dict[str, Counter[str]]:
    scene.reset()
    other = stage.second_host(scene)
    return {
        "one plan twice": _losers(one_plan(scene, chance.uniform(0, APART)) for _ in range(races)),
        "two plans for one row": _losers(two_plans(scene, chance.uniform(0, APART)) for _ in range(races)),
        "two hosts, two plans for one row": _losers(
            two_hosts(scene, other, chance.uniform(0, APART)) for _ in range(races)
        ),
    }


def _losers(races: Iterable[tuple[Ended, Ended]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for first, second in races:
        loser = second if first.code == 0 and not first.last_line.startswith("ALREADY") else first
        found["shown the receipt, 0" if loser.code == 0 else "refused, 5"] += 1
    return found


def _stories(scene: Scene, stage: Stage) -> dict[str, int | None]:
    found = {story.what: _told(scene, story) for story in (*HOST_STORIES, LOCKED)}
    if scene.engine is Engine.SQLITE:
        return found
    found |= {story.what: _told(scene, story) for story in (*LINES, SLOW_LINE)}
    for checkpoint in (Checkpoint.UPDATED, Checkpoint.COMMITTING, Checkpoint.COMMITTED):
        found[f"server restarted at: {checkpoint.value}"] = restarted_at(stage, scene.engine, checkpoint).code
    return found


def _told(scene: Scene, story: Story) -> int | None:
    try:
        return tell(scene, story).code
    except CannotMount:
        return None


def _beside(scene: Scene) -> dict[str, Worked]:
    if scene.engine is not Engine.SQLITE:
        return {"": applied_beside(scene, BESIDE_FORGEJO)}
    found = {}
    for mode in ("WAL", "DELETE"):
        with journal_mode(scene, mode):
            found[mode] = applied_beside(scene, BESIDE_FORGEJO)
    return found
