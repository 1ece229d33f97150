"""What can be told of a repair beyond the row: whether the runner now picks jobs up, and why that may not be seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.runner import ObservedRunner, UnreadableLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeableJob:
    """A job that waits for nothing but a runner (`action_run_job`: status 5, task_id 0; held by no queue or approval)."""

    id: int
    name: str
    runs_on: tuple[str, ...] | UnreadableLabels | None


class Taker(Enum):
    """Who was given a job, by its task (`action_task.runner_id`)."""

    THIS_RUNNER = "this runner"
    ANOTHER = "another runner"
    NOT_SEEN = "not seen"
    """The login may not read that table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenJob:
    """A job that waited and was given to a runner since."""

    id: int
    name: str
    taker: Taker


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectReading:
    """One look at a repaired runner and its work.

    `runner` is None when there is no live row of that id. `combined_beside` are ids of other live combined runners of the
    repository. `counter` is `action_tasks_version.version` of `(0, repo_id)`, None when there is no such row or it could
    not be read; `waiting` and `running` (a count) are None when jobs could not be read. `given` tells of the jobs that
    were asked for. `unseen` has a sentence for each part that could not be read.
    """

    runner: ObservedRunner | None
    combined_beside: tuple[int, ...]
    counter: int | None
    waiting: tuple[TakeableJob, ...] | None
    running: int | None
    given: tuple[GivenJob, ...]
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Everything read of one repair on a Forgejo of `major`. `before` is from before the change, None when that look failed;
    `after` are the looks since, at least one, over `seconds`."""

    repo_id: int
    major: int
    seconds: int
    before: EffectReading | None
    after: tuple[EffectReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGiven:
    """A waiting job was given to this runner, or to one that the login may not see."""

    job: GivenJob


@dataclass(frozen=True, slots=True, kw_only=True)
class PollsQuiet:
    """The runner polled at least `polls` times while the repository's counter stood at `counter`; the polls of a combined
    runner raise it each time."""

    polls: int
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineAgain:
    """On 16, which refuses to note the contacts of a combined runner: one was noted since the repair."""


Sign = JobGiven | PollsQuiet | OnlineAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChangedAgain:
    """The row is not as the repair left it; `now` is its ids in words, None when it is gone."""

    now: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedBeside:
    """Other runners of the repository are combined: their polls raise the same counter."""

    runner_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """The server noted no contact of the runner while it was watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsStoredRaw:
    """The labels are stored with a part such as `:host`, which no job asks for."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverDeclared:
    """No label is stored that a job could ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingWaited:
    """No job of the repository waited for a runner with these labels; `others` wait for other labels."""

    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """Jobs of the repository run, so the runner may be at its capacity, which the server does not know."""

    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterHeld:
    """The runner polls and a job that fits it waits: it holds the counter's present value and is told of nothing.

    `counter` is None when it could not be read.
    """

    job: TakeableJob
    counter: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartUnseen:
    """A part could not be read; `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooShort:
    """A job for the runner waits, or it may not have polled yet, and it was not watched long enough to say more."""


Obstacle = (
    RowChangedAgain
    | CombinedBeside
    | Silent
    | LabelsStoredRaw
    | NeverDeclared
    | NothingWaited
    | AtWork
    | CounterHeld
    | PartUnseen
    | TooShort
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSeen:
    """The runner picks up, as far as the signs go."""

    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectNotSeen:
    """The row is right, and no job was given to the runner. `obstacles` are known reasons that apply, the strongest first,
    at least one; `signs` is what was seen all the same."""

    signs: tuple[Sign, ...]
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectNotLooked:
    """No look after the change succeeded. `reason` and `next_step` are sentences."""

    reason: str
    next_step: str


Effect = EffectSeen | EffectNotSeen | EffectNotLooked
