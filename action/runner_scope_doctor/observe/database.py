"""Reads a Forgejo database into a Snapshot: every row that could be sick, and what its ids point at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import ObservedRunner, is_combined, is_live
from runner_scope_doctor.model.server import (
    NEWEST_KNOWN_MAJOR,
    OLDEST_KNOWN_MAJOR,
    ObservedServer,
    Product,
    is_known_major,
)
from runner_scope_doctor.model.snapshot import (
    CombinedValue,
    CounterSample,
    Need,
    OverdueJob,
    Snapshot,
    Source,
    StoredValueKind,
    Unobserved,
    WaitingJobs,
)
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.observe import work
from runner_scope_doctor.observe.request import LookRequest
from runner_scope_doctor.observe.runners import RunnerRows
from runner_scope_doctor.observe.server_identity import Identity, identified

OVERDUE_JOBS = "jobs that wait longer than the contract allows"
"""What a gap is called when jobs were asked for and could not be read."""


def observe_database(reader: Reader, request: LookRequest) -> Snapshot:
    """One look at a database.

    Raises SourceUnavailable when the runner table cannot be read; lesser gaps stand in the snapshot's `unobserved`.
    """
    identity = identified(reader)
    major = identity.version.major if identity.version is not None else OLDEST_KNOWN_MAJOR
    rows = RunnerRows(reader, major)
    rows.gather(request)
    live_count = rows.counts.live
    gaps = [*_identity_gaps(identity), *_emptiness(live_count)]
    overdue = _overdue(reader, request, major, rows, gaps)
    repo_ids = _repositories_of_combined(rows.runners)
    return Snapshot(
        taken_at=request.now,
        server=ObservedServer(
            product=identity.product,
            version=identity.version,
            engine=reader.engine,
            address=_address(reader, request),
            instance=request.instance,
        ),
        coverage=request.coverage,
        live_runners=live_count,
        runners=rows.runners,
        owners=rows.owners,
        repositories=rows.repositories,
        waiting_jobs=_waiting(reader, repo_ids, gaps),
        overdue_before=request.overdue_before,
        overdue_jobs=overdue,
        counters=_counters(reader, repo_ids, request, gaps),
        combined_values=_values(reader, gaps),
        unobserved=tuple(gaps),
    )


def _address(reader: Reader, request: LookRequest) -> str:
    # A role's search path can lead elsewhere than to the tables that everybody means.
    elsewhere = reader.schema not in (None, "public")
    return f"{request.address}, schema {named(str(reader.schema))}" if elsewhere else request.address


def _repositories_of_combined(runners: Iterable[ObservedRunner]) -> list[int]:
    return sorted(
        {
            runner.repo_id
            for runner in runners
            if is_live(runner) and is_combined(runner) and isinstance(runner.repo_id, int)
        }
    )


@contextmanager
def _noting(what: str, need: Need, gaps: list[Unobserved]) -> Iterator[None]:
    """A part that cannot be read is noted, and the look goes on."""
    try:
        yield
    except SourceUnavailable as failure:
        gaps.append(_gap(what, failure, need))


def _waiting(reader: Reader, repo_ids: list[int], gaps: list[Unobserved]) -> tuple[WaitingJobs, ...]:
    # Evidence beside a finding: a role that may not read jobs does not spoil the verdict.
    with _noting("the jobs that wait for a combined runner", Need.OPTIONAL, gaps):
        return work.waiting_jobs(reader, repo_ids)
    return ()


def _overdue(
    reader: Reader, request: LookRequest, major: int, rows: RunnerRows, gaps: list[Unobserved]
) -> tuple[OverdueJob, ...]:
    if request.overdue_before is None:
        return ()
    with _noting(OVERDUE_JOBS, Need.REQUIRED, gaps):
        jobs = work.overdue_jobs(reader, major, since=request.overdue_before)
        if jobs:
            rows.add_in_scope([job.repository for job in jobs])
        return _with_actions_units(reader, jobs, gaps)
    return ()


def _with_actions_units(reader: Reader, jobs: tuple[OverdueJob, ...], gaps: list[Unobserved]) -> tuple[OverdueJob, ...]:
    # Without it most jobs can be judged all the same; of the others `diagnose` says that they could not.
    with _noting("whether Actions is switched on where jobs wait", Need.OPTIONAL, gaps):
        return work.with_actions_units(reader, jobs)
    return jobs


def _counters(
    reader: Reader, repo_ids: list[int], request: LookRequest, gaps: list[Unobserved]
) -> tuple[CounterSample, ...]:
    if request.sampling is None or not repo_ids:
        return ()
    with _noting("the counters asked for with --sample", Need.REQUIRED, gaps):
        return work.counter_samples(reader, repo_ids, request.sampling, now=request.now)
    return ()


def _values(reader: Reader, gaps: list[Unobserved]) -> tuple[CombinedValue, ...]:
    # Reported only, so a role without these tables, which docs/access.md does not ask for, is as good.
    found: list[CombinedValue] = []
    for kind in StoredValueKind:
        with _noting(f"rows of {kind.value} with both ids", Need.OPTIONAL, gaps):
            found += work.combined_values(reader, kind)
    return tuple(found)


def _gap(what: str, failure: SourceUnavailable, need: Need) -> Unobserved:
    return Unobserved(source=Source.DATABASE, what=what, reason=failure.problem, next_step=failure.next_step, need=need)


def _identity_gaps(identity: Identity) -> Iterable[Unobserved]:
    version = identity.version
    known = f"{OLDEST_KNOWN_MAJOR} to {NEWEST_KNOWN_MAJOR}"
    if identity.product is Product.GITEA:
        yield _required(
            "a Forgejo server",
            "This database is Gitea's, whose runner rows are outside what this tool knows.",
            "Upgrade Gitea to 1.24 or later, which repairs combined rows by itself.",
        )
    elif identity.obstacle is not None:
        yield _gap("the server's version", identity.obstacle, Need.REQUIRED)
    elif identity.product is None:
        yield _required(
            "the server's version",
            "The database has none of Forgejo's version tables (forgejo_sem_ver, forgejo_migration, forgejo_version).",
            "Check that this is the database of a Forgejo server ([database] in its app.ini).",
        )
    elif version is None or not is_known_major(version.major):
        said = "the version recorded there" if version is None else f"Forgejo {version.text}"
        yield _required(
            "the rules of this version",
            f"{said} is outside what this tool knows, {known}.",
            "Use a release of this tool that knows it.",
        )


def _emptiness(live_count: int) -> Iterable[Unobserved]:
    if live_count == 0:
        yield _required(
            "any live runner",
            "The table action_runner holds no live row.",
            "Check that this is the right server and database; if it is, register a runner first.",
        )


def _required(what: str, reason: str, next_step: str) -> Unobserved:
    return Unobserved(source=Source.DATABASE, what=what, reason=reason, next_step=next_step, need=Need.REQUIRED)
