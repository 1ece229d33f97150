"""Snapshots for tests of the pure rooms: a healthy server, and ways to make it sick."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.model.runner import (
    Absent,
    ObservedId,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    UnreadableLabels,
)
from runner_scope_doctor.model.scope import OwnerKind
from runner_scope_doctor.model.server import Engine, ObservedServer, Product, ServerVersion
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved, WaitingJobs

NOW = 1795459000
TEAM = ObservedOwner(id=1, name="platform-team", kind=OwnerKind.ORGANIZATION)
PLATFORM = ObservedRepository(id=35, owner_id=1, owner_name="platform-team", name="platform")


def runner(
    number: int,
    *,
    name: str = "rs2000-deploy-host",
    owner_id: ObservedId = 0,
    repo_id: ObservedId = 0,
    labels: tuple[str, ...] | UnreadableLabels | None = ("deploy",),
    last_online: int | None = NOW - 2,
    deleted: int | None = None,
) -> ObservedRunner:
    """A live, online runner that has declared its labels."""
    return ObservedRunner(
        id=number,
        uuid=f"8f0f6a3c-41b6-4a84-9c53-{number:012d}",
        name=name,
        version="v12.3.0",
        owner_id=owner_id,
        repo_id=repo_id,
        labels=labels,
        last_online=last_online,
        deleted=deleted,
        ephemeral=False,
    )


def server(
    major: int | None = 15, *, product: Product | None = Product.FORGEJO, engine: Engine | None = Engine.SQLITE
) -> ObservedServer:
    """A server of that Forgejo major; None for a version no source could tell."""
    version = None if major is None else ServerVersion(major=major, text=f"{major}.0.3", source="forgejo_sem_ver")
    return ObservedServer(
        product=product, version=version, engine=engine, address="SQLite /srv/forgejo.db", instance=None
    )


def snapshot(
    *runners: ObservedRunner,
    major: int | None = 15,
    product: Product | None = Product.FORGEJO,
    owners: tuple[ObservedOwner | Absent, ...] = (TEAM,),
    repositories: tuple[ObservedRepository | Absent, ...] = (PLATFORM,),
    waiting_jobs: tuple[WaitingJobs, ...] = (),
    unobserved: tuple[Unobserved, ...] = (),
) -> Snapshot:
    """One look at a server with these runners."""
    return Snapshot(
        taken_at=NOW,
        server=server(major, product=product),
        coverage=Coverage.ALL,
        live_runners=sum(not one.deleted for one in runners),
        runners=runners,
        owners=owners,
        repositories=repositories,
        waiting_jobs=waiting_jobs,
        unobserved=unobserved,
    )


def through_the_api(seen: Snapshot, *, listed: bool = False) -> Snapshot:
    """The same rows as a token sees them: without engine; `listed` for the list of less than the whole instance."""
    return replace(
        seen,
        server=replace(seen.server, engine=None),
        coverage=Coverage.LISTED if listed else Coverage.ALL,
        live_runners=None if listed else seen.live_runners,
    )


def nothing_seen() -> Snapshot:
    """A look whose every source failed."""
    gap = Unobserved(
        source=Source.DATABASE, what="the runners", reason="It is locked.", next_step="Try again.", need=Need.REQUIRED
    )
    return replace(snapshot(), server=server(None, product=None, engine=None), live_runners=None, unobserved=(gap,))


USERS_CASE = (
    runner(4, repo_id=35, deleted=1778752131),
    runner(5, owner_id=1, repo_id=35),
)
"""The rows of the host this product was made for."""
