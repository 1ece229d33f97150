"""Reads what tells why jobs are not picked up: the jobs asked for, every live runner, and who is at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner_scope_doctor.database.cells import integer_or_zero
from runner_scope_doctor.database.engines.runner_rows import labels
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import waiting as sql
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable, UsageError
from runner_scope_doctor.model.server import (
    FIRST_MAJOR_FAILING_WITHOUT_ACTIONS,
    ObservedServer,
    Product,
    is_known_major,
)
from runner_scope_doctor.model.snapshot import Need, Source, Unobserved
from runner_scope_doctor.model.waiting import EPHEMERAL, FailingJob, JobStatus, TasksSeen, WaitingJob, WaitingLook
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.observe.runners import batches
from runner_scope_doctor.observe.server_identity import identified
from runner_scope_doctor.observe.waiting_jobs import WholeJobs, jobs_of
from runner_scope_doctor.observe.waiting_runners import deleted_with_labels, live_groups

MOST_JOBS = 200
"""How many waiting jobs one look explains; the others are counted."""
_MOST_FAILING = 1000
"""How many jobs without the Actions unit are looked at; the first of each label is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWanted:
    """One job, by its row's id."""

    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWanted:
    """All jobs of one run, by its repository's name and the number people see."""

    owner: str
    repository: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllWaiting:
    """Every job that has waited or been blocked for longer than this many seconds."""

    longer_than: int


Wanted = JobWanted | RunWanted | AllWaiting


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRequest:
    """What to look for. `now` is the Unix second of the look; `address` names the source without any secret."""

    wanted: Wanted
    address: str
    instance: str | None
    now: int
    assumed_major: int | None = None


def observe_waiting(reader: Reader, request: WaitingRequest) -> WaitingLook:
    """One look. Raises SourceUnavailable when the jobs or the runners cannot be read, or the version's rules are not known,
    and UsageError when there is no such job, run or repository."""
    server, major = _server(reader, request)
    gaps: list[Unobserved] = []
    whole = _jobs(reader, request, major, gaps)
    groups = live_groups(reader, major)
    tasks = _tasks(reader, [row[0] for group in groups for row in group.members if row[EPHEMERAL]], gaps)
    return WaitingLook(
        now=request.now,
        server=server,
        major=major,
        jobs=whole.jobs,
        left_out=whole.left_out,
        groups=groups,
        deleted=deleted_with_labels(reader, major, whole.jobs, groups),
        failing=_failing(reader, major, whole.jobs, gaps),
        tasks=tasks,
        unobserved=tuple(gaps),
    )


def _server(reader: Reader, request: WaitingRequest) -> tuple[ObservedServer, int]:
    identity = identified(reader)
    major = request.assumed_major
    if major is None and identity.version is not None and is_known_major(identity.version.major):
        major = identity.version.major
    if identity.product is Product.GITEA or major is None:
        if identity.obstacle is not None:
            raise identity.obstacle
        text = "Gitea's" if identity.product is Product.GITEA else "not one of a Forgejo whose rules this tool knows"
        raise SourceUnavailable(
            f"The database is {text}, and who is given which job differs from version to version.",
            next_step="Look at the database of a Forgejo server, or name its version with --assume-version.",
        )
    server = ObservedServer(
        product=identity.product,
        version=identity.version,
        engine=reader.engine,
        address=request.address,
        instance=request.instance,
    )
    return server, major


def _jobs(reader: Reader, request: WaitingRequest, major: int, gaps: list[Unobserved]) -> WholeJobs:
    match request.wanted:
        case JobWanted(job_id=job_id):
            rows = reader.read(sql.select_job(major), job_id=job_id)
            if not rows:
                raise UsageError(f"There is no job {job_id}.", next_step="Give the id of a row of action_run_job.")
            return WholeJobs(jobs=jobs_of(reader, rows, major, gaps), left_out=0)
        case RunWanted() as run:
            return WholeJobs(jobs=_jobs_of_run(reader, run, major, gaps), left_out=0)
        case AllWaiting(longer_than=seconds):
            since = request.now - seconds
            rows = reader.read(sql.select_jobs_waiting(major, reader.engine), since=since, limit=MOST_JOBS)
            count = len(rows)
            if count == MOST_JOBS:
                counted = reader.read(sql.count_jobs_waiting(reader.engine), since=since)[0][0]
                count = counted if isinstance(counted, int) else count
            return WholeJobs(jobs=jobs_of(reader, rows, major, gaps), left_out=max(count - len(rows), 0))


def _jobs_of_run(reader: Reader, run: RunWanted, major: int, gaps: list[Unobserved]) -> tuple[WaitingJob, ...]:
    name = f"{run.owner}/{run.repository}"
    found = reader.read(sql.SELECT_REPOSITORY_ID, owner=run.owner.lower(), name=run.repository.lower())
    if not found or not isinstance(found[0][0], int):
        raise UsageError(
            f"There is no repository {named(name)}.",
            next_step="Give its present owner and name, such as alice/website: it may have been renamed or transferred.",
        )
    rows = reader.read(sql.select_jobs_of_run(major), repo_id=found[0][0], number=run.number)
    if not rows:
        raise UsageError(
            f"{named(name)} has no run {run.number}, or that run has no job.",
            next_step="Give the number that stands behind the # on the page of the run.",
        )
    return jobs_of(reader, rows, major, gaps)


def _tasks(reader: Reader, ephemeral: Sequence[int], gaps: list[Unobserved]) -> TasksSeen | None:
    try:
        running: dict[int, list[int]] = {}
        for runner_id, job_id in reader.read(sql.select_running_tasks(reader.engine)):
            if isinstance(runner_id, int) and isinstance(job_id, int):
                running.setdefault(runner_id, []).append(job_id)
        used_up = {
            runner_id
            for some_ids in batches(ephemeral)
            for (runner_id,) in reader.read(sql.SELECT_RUNNERS_WITH_TASKS, ids=some_ids)
            if isinstance(runner_id, int)
        }
    except AccessDenied as denied:
        gaps.append(_gap("who is busy", denied))
        return None
    return TasksSeen(
        running={runner_id: tuple(jobs) for runner_id, jobs in running.items()}, used_up=frozenset(used_up)
    )


def _failing(reader: Reader, major: int, jobs: Sequence[WaitingJob], gaps: list[Unobserved]) -> tuple[FailingJob, ...]:
    if major < FIRST_MAJOR_FAILING_WITHOUT_ACTIONS or not any(job.status is JobStatus.WAITING for job in jobs):
        return ()
    try:
        rows = reader.read(sql.select_failing_jobs(major, reader.engine), limit=_MOST_FAILING)
    except AccessDenied as denied:
        gaps.append(_gap("jobs that the server fails at", denied))
        return ()
    return tuple(
        FailingJob(
            id=integer_or_zero(row[0]),
            repo_id=integer_or_zero(row[1]),
            owner_id=integer_or_zero(row[2]),
            runs_on=labels(row[3]),
            waiting_since=integer_or_zero(row[4]),
            priority=integer_or_zero(row[5]),
        )
        for row in rows
    )


def _gap(what: str, denied: AccessDenied) -> Unobserved:
    return Unobserved(
        source=Source.DATABASE, what=what, reason=denied.problem, next_step=denied.next_step, need=Need.OPTIONAL
    )
