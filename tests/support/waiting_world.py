"""A server on which jobs wait for every reason that its version can have, each in a corner of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runner_scope_doctor.model.waiting_reason import Reason
from support.connection import Value
from support.world import ACTIONS_UNIT, Status, World

WAITED = 300
"""Seconds every job has waited, but for those that are about the time."""
CODE_UNIT = 1
QUEUE_BEHIND = 1
"""`concurrency_type` (`models/actions/run.go`)."""
EMPTY = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """An owner and a repository that no other case uses, and a label that only their runners have.

    Every method takes further columns of its table by name; World checks them.
    """

    world: World
    owner: int
    repository: int
    label: str

    def job(self, *labels: str, waited: int = WAITED, **more: Any) -> int:
        """A job of the repository; without labels it asks for the corner's own."""
        since = self.world.now - waited
        return self.world.job(self.repository, runs_on=labels or (self.label,), created=since, updated=since, **more)

    def runner(self, *labels: str, name: str = "", owner_id: int = 0, repo_id: int = 0, **more: Any) -> int:
        """A runner of the repository unless told otherwise, with the corner's label unless told otherwise."""
        repo_id = repo_id or (0 if owner_id else self.repository)
        return self.world.runner(
            name or f"r-{self.label}", labels=labels or (self.label,), owner_id=owner_id, repo_id=repo_id, **more
        )

    def run(self, **more: Any) -> int:
        """A further run of the repository."""
        return self.world.workflow_run(self.repository, **more)

    def other(self) -> Corner:
        """A second owner with a repository."""
        return corner(self.world, f"{self.label}-other", label=self.label)


def corner(world: World, name: str, *, label: str = "", units: tuple[int, ...] = (CODE_UNIT, ACTIONS_UNIT)) -> Corner:
    """A new one."""
    owner = world.user(f"o-{name}")
    repository = world.repository(owner, f"p-{name}", units=units)
    return Corner(world=world, owner=owner, repository=repository, label=label or name)


def staged(world: World) -> dict[int, Reason]:
    """Stages every case that the version can have; the jobs to ask about, each with its reason."""
    found: dict[int, Reason] = {}
    for since, reason, stage in CASES:
        if world.major >= since:
            off = reason in (Reason.ACTIONS_OFF, Reason.ACTIONS_OFF_FAILS)
            units = (CODE_UNIT,) if off else (CODE_UNIT, ACTIONS_UNIT)
            found[stage(corner(world, f"c{len(found)}", units=units))] = reason
    return found


def _ended(at: Corner, status: Status) -> int:
    return at.job(status=status)


def _running(at: Corner) -> int:
    job = at.job()
    at.world.task(job, at.runner())
    return job


def _run_gone(at: Corner) -> int:
    at.runner()
    return at.job(run_id=990_000 + at.repository)


def _repository_gone(at: Corner) -> int:
    at.runner()
    job = at.job()
    at.world.execute(f"DELETE FROM repository WHERE id = {at.repository}")
    return job


def _approval(at: Corner, *, fork: bool) -> int:
    at.runner()
    run = at.run(need_approval=True, is_fork_pull_request=fork)
    return at.job(run_id=run, status=Status.BLOCKED)


def _needing(at: Corner, *labels: str, needed: Status | None) -> int:
    at.runner()
    run = at.run()
    if needed is not None:
        at.job(run_id=run, status=needed, job_id="build", name="build")
    return at.job(*labels, run_id=run, status=Status.BLOCKED, job_id="deploy", needs=("build",))


def _assigned(at: Corner) -> int:
    at.runner()
    return at.job(task_id=1)


def _held(at: Corner, ahead: Status, **more: Any) -> int:
    at.runner()
    group: dict[str, Value] = {"concurrency_group": "deploy", "concurrency_type": QUEUE_BEHIND}
    at.run(status=ahead, **group, **more)
    at.run(status=Status.SUCCESS, **group)
    return at.job(run_id=at.run(**group))


def _stored(at: Corner, text: str, payload: bytes = b"") -> int:
    """A job whose runs-on is stored as this text."""
    at.runner()
    job = at.job(workflow_payload=payload)
    at.world.execute(f"UPDATE action_run_job SET runs_on = '{text}' WHERE id = {job}")
    return job


def _calling(at: Corner) -> int:
    return _stored(at, EMPTY, b"jobs:\n    outer:\n        name: outer\n        uses: ./.forgejo/workflows/inner.yml\n")


def _with_steps(at: Corner) -> int:
    steps = b"jobs:\n    job:\n        steps:\n            - uses: actions/checkout@v4\n              name: x\n"
    return _stored(at, EMPTY, steps)


def _transferred(at: Corner, *, runner_of_new: bool) -> int:
    """Queued under the old owner, and the repository is another's since."""
    job, new = at.job(), at.world.user(f"new-{at.label}")
    at.world.execute(f"UPDATE repository SET owner_id = {new} WHERE id = {at.repository}")
    at.runner(owner_id=new if runner_of_new else at.owner)
    return job


def _fitting(at: Corner, *, waited: int = WAITED, **more: Any) -> int:
    at.runner(**more)
    return at.job(waited=waited)


def _busy(at: Corner) -> int:
    at.world.task(at.job(), at.runner())
    return at.job()


def _ephemeral(at: Corner, status: Status) -> int:
    at.world.task(at.job(), at.runner(ephemeral=True), status=status)
    return at.job()


def _near(at: Corner, has: str, asks: str) -> int:
    at.runner(has.format(at.label))
    return at.job(asks.format(at.label))


def _elsewhere(at: Corner, *, of_owner: bool) -> int:
    other = at.other()
    other.runner(owner_id=other.owner if of_owner else 0)
    at.runner("something-else")
    return at.job()


def _split(at: Corner) -> int:
    at.runner(f"{at.label}-a")
    at.runner(f"{at.label}-b")
    return at.job(f"{at.label}-a", f"{at.label}-b")


def _deleted(at: Corner, **more: Any) -> int:
    at.runner("something-else")
    at.runner(deleted=at.world.now - 100, last_online=at.world.now - 200, **more)
    return at.job()


def _undeclared(at: Corner, *, last_online: int, name: str = "") -> int:
    at.runner("", name=name, last_online=last_online)
    return at.job()


def _behind_failing(at: Corner) -> int:
    """An instance's runner that fails at a job of a repository without Actions first."""
    off = corner(at.world, f"{at.label}-off", label=at.label, units=(CODE_UNIT,))
    at.world.runner(f"r-{at.label}", labels=(at.label,))
    off.job(waited=WAITED + 1)
    return at.job()


def _failing(at: Corner) -> int:
    at.runner()
    return at.job()


CASES: tuple[tuple[int, Reason, Callable[[Corner], int]], ...] = (
    (7, Reason.FINISHED, lambda at: _ended(at, Status.SUCCESS)),
    (7, Reason.FINISHED, lambda at: _ended(at, Status.CANCELLED)),
    (7, Reason.RUNNING, _running),
    (7, Reason.STATUS_UNKNOWN, lambda at: _ended(at, Status.UNKNOWN)),
    (7, Reason.RUN_GONE, _run_gone),
    (7, Reason.REPOSITORY_GONE, _repository_gone),
    (7, Reason.FORK_NEEDS_APPROVAL, lambda at: _approval(at, fork=True)),
    (7, Reason.AUTHOR_NEEDS_APPROVAL, lambda at: _approval(at, fork=False)),
    (15, Reason.INCOMPLETE_MATRIX, lambda at: _needing(at, "${{ matrix.os }}", needed=Status.WAITING)),
    (15, Reason.INCOMPLETE_RUNS_ON, lambda at: _needing(at, "${{ needs.build.outputs.x }}", needed=Status.RUNNING)),
    (7, Reason.NEEDS_UNFINISHED, lambda at: _needing(at, needed=Status.BLOCKED)),
    (7, Reason.NEEDS_UNKNOWN, lambda at: _needing(at, needed=None)),
    (7, Reason.BLOCKED_WITHOUT_CAUSE, lambda at: _needing(at, needed=Status.SKIPPED)),
    (7, Reason.ALREADY_ASSIGNED, _assigned),
    (14, Reason.CONCURRENCY_RUNNING, lambda at: _held(at, Status.RUNNING)),
    (14, Reason.CONCURRENCY_WAITING, lambda at: _held(at, Status.WAITING)),
    (14, Reason.CONCURRENCY_WAITING, lambda at: _held(at, Status.BLOCKED)),
    (14, Reason.CONCURRENCY_APPROVAL, lambda at: _held(at, Status.WAITING, need_approval=True)),
    (7, Reason.RUNS_ON_UNREADABLE, lambda at: _stored(at, '{"docker": 1}')),
    (11, Reason.EMPTY_RUNS_ON, lambda at: _stored(at, EMPTY)),
    (11, Reason.EMPTY_RUNS_ON, lambda at: _stored(at, "null")),
    (11, Reason.EMPTY_RUNS_ON, _with_steps),
    (11, Reason.REUSABLE_NOT_EXPANDED, _calling),
    (7, Reason.EMPTY_STRING_LABEL, lambda at: _stored(at, '[""]')),
    (7, Reason.TRANSFERRED_NOT_TOLD, lambda at: _transferred(at, runner_of_new=True)),
    (7, Reason.TRANSFERRED_FROM_OWNER, lambda at: _transferred(at, runner_of_new=False)),
    (7, Reason.JUST_QUEUED, lambda at: _fitting(at, waited=4)),
    (7, Reason.FITTING_RUNNER_IDLE, _fitting),
    (7, Reason.COMBINED_SCOPE, lambda at: _fitting(at, owner_id=at.owner, repo_id=at.repository)),
    (7, Reason.RUNNER_BUSY, _busy),
    (7, Reason.RUNNER_STOPPED_POLLING, lambda at: _fitting(at, waited=20, last_online=at.world.now - 20)),
    (7, Reason.RUNNER_OFFLINE, lambda at: _fitting(at, last_online=at.world.now - 61)),
    (7, Reason.RUNNER_OFFLINE, lambda at: _fitting(at, owner_id=at.owner, last_online=0)),
    (15, Reason.EPHEMERAL_IN_USE, lambda at: _ephemeral(at, Status.RUNNING)),
    (15, Reason.EPHEMERAL_USED_UP, lambda at: _ephemeral(at, Status.SUCCESS)),
    (15, Reason.EPHEMERAL_USED_UP, lambda at: _deleted(at, ephemeral=True)),
    (7, Reason.ACTIONS_OFF, lambda at: _fitting(at, owner_id=at.owner)),
    (7, Reason.LABELS_RAW, lambda at: _near(at, "{}:host", "{}")),
    (7, Reason.LABEL_CASE, lambda at: _near(at, "{}-X", "{}-x")),
    (7, Reason.LABEL_SUFFIX, lambda at: _near(at, "{}", "{}:host")),
    (7, Reason.LABEL_SPACE, lambda at: _near(at, "{}", "{} ")),
    (7, Reason.SCOPE_OTHER_OWNER, lambda at: _elsewhere(at, of_owner=True)),
    (7, Reason.SCOPE_OTHER_REPOSITORY, lambda at: _elsewhere(at, of_owner=False)),
    (7, Reason.LABELS_SPLIT, _split),
    (7, Reason.RUNNER_DELETED, _deleted),
    (7, Reason.LABELS_WIPED, lambda at: _undeclared(at, last_online=at.world.now)),
    (7, Reason.NEVER_DECLARED, lambda at: _undeclared(at, last_online=0)),
    (7, Reason.NO_RUNNER_WITH_LABEL, lambda at: _undeclared(at, last_online=0, name="somebody")),
    (7, Reason.NO_RUNNER_WITH_LABEL, lambda at: _near(at, "else", "{}")),
    (16, Reason.ACTIONS_OFF_FAILS, _failing),
    (16, Reason.BEHIND_FAILING_JOB, _behind_failing),
)
"""From which version on, what is to be told, and how it comes about."""
