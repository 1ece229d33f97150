"""Reads a Forgejo database into a Snapshot: every row that could be sick, and what its ids point at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from runner_scope_doctor.database import sql
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.runner_rows import RunnerContext, runner_with_context
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import Absent, ObservedOwner, ObservedRepository, ObservedRunner, is_live
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, ObservedServer, Product
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved, WaitingJobs
from runner_scope_doctor.observe.server_identity import Identity, identified

_Value = TypeVar("_Value", int, str)
_BATCH = 500
"""Values in one IN list: below SQLite's limit of 999 parameters in builds before 3.32, with room for others."""


def observe_database(reader: Reader, *, address: str, instance: str | None, now: int) -> Snapshot:
    """One look at a database.

    `now` is the Unix second of the look. Raises SourceUnavailable when the runner table cannot be read; lesser gaps are
    listed in the snapshot's `unobserved`.
    """
    identity = identified(reader)
    major = identity.version.major if identity.version is not None else OLDEST_KNOWN_MAJOR
    live_count = _count(reader)
    contexts = [runner_with_context(row) for row in reader.read(sql.select_combined_runners(major))]
    contexts += _deleted_twins(reader, [runner for runner, _, _ in contexts], major)
    unobserved = [*_identity_gaps(identity), *_emptiness(live_count)]
    waiting = _waiting_jobs(reader, [runner for runner, _, _ in contexts], unobserved)
    return Snapshot(
        taken_at=now,
        server=ObservedServer(
            product=identity.product,
            version=identity.version,
            engine=reader.engine,
            address=address,
            instance=instance,
        ),
        coverage=Coverage.CANDIDATES,
        live_runners=live_count,
        runners=tuple(runner for runner, _, _ in contexts),
        owners=_owners(contexts),
        repositories=_repositories(contexts),
        waiting_jobs=waiting,
        unobserved=tuple(unobserved),
    )


def _count(reader: Reader) -> int:
    count = reader.read(sql.COUNT_LIVE_RUNNERS)[0][0]
    return count if isinstance(count, int) else 0


def _deleted_twins(reader: Reader, runners: Sequence[ObservedRunner], major: int) -> list[RunnerContext]:
    repo_ids = sorted({runner.repo_id for runner in runners if isinstance(runner.repo_id, int)})
    names = sorted({runner.name for runner in runners})
    return [
        runner_with_context(row)
        for some_names in _batches(names)
        for some_ids in _batches(repo_ids)
        for row in reader.read(sql.select_deleted_twins(major), repo_ids=some_ids, names=some_names)
    ]


def _waiting_jobs(
    reader: Reader, runners: Sequence[ObservedRunner], unobserved: list[Unobserved]
) -> tuple[WaitingJobs, ...]:
    """Waiting jobs are evidence beside a finding, so a role that may not read them does not spoil the verdict."""
    repo_ids = sorted({runner.repo_id for runner in runners if is_live(runner) and isinstance(runner.repo_id, int)})
    try:
        rows = [
            row for some_ids in _batches(repo_ids) for row in reader.read(sql.COUNT_WAITING_JOBS, repo_ids=some_ids)
        ]
    except SourceUnavailable as failure:
        unobserved.append(_gap("waiting jobs", failure, Need.OPTIONAL))
        return ()
    return tuple(
        WaitingJobs(repo_id=repo_id, count=count, oldest=oldest if isinstance(oldest, int) else None)
        for repo_id, count, oldest in rows
        if isinstance(repo_id, int) and isinstance(count, int)
    )


def _gap(what: str, failure: SourceUnavailable, need: Need) -> Unobserved:
    return Unobserved(source=Source.DATABASE, what=what, reason=failure.problem, next_step=failure.next_step, need=need)


def _identity_gaps(identity: Identity) -> Iterable[Unobserved]:
    version = identity.version
    if identity.product is Product.GITEA:
        yield _required(
            "a Forgejo server",
            "This database is Gitea's, whose runner rows are outside what this tool knows.",
            "Upgrade Gitea to 1.24 or later, which repairs combined rows by itself.",
        )
    elif identity.obstacle is not None:
        yield _gap("the server's version", identity.obstacle, Need.REQUIRED)
    elif version is None:
        yield _required(
            "the server's version",
            "The database has none of Forgejo's version tables (forgejo_sem_ver, forgejo_migration, forgejo_version).",
            "Check that this is the database of a Forgejo server ([database] in its app.ini).",
        )
    elif not OLDEST_KNOWN_MAJOR <= version.major <= NEWEST_KNOWN_MAJOR:
        yield _required(
            "the rules of this version",
            f"Forgejo {version.text} is outside what this tool knows, {OLDEST_KNOWN_MAJOR} to {NEWEST_KNOWN_MAJOR}.",
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


def _owners(contexts: Iterable[RunnerContext]) -> tuple[ObservedOwner | Absent, ...]:
    return tuple({owner.id: owner for _, _, owner in contexts if owner is not None}.values())


def _repositories(contexts: Iterable[RunnerContext]) -> tuple[ObservedRepository | Absent, ...]:
    return tuple({repository.id: repository for _, repository, _ in contexts if repository is not None}.values())


def _batches(values: Sequence[_Value]) -> Iterable[tuple[_Value, ...]]:
    return (tuple(values[start : start + _BATCH]) for start in range(0, len(values), _BATCH))
