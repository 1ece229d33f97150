"""Reads the two sources that a check can be given. Each raises SourceUnavailable when it did not show the runners."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from runner_scope_doctor.cli.formats import Place
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.sources import ApiSource, DatabaseSource
from runner_scope_doctor.database.reader import Patience, Reader, opened_for_reading
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.snapshot import Need, RiskyCredential, Snapshot, Source, Unobserved
from runner_scope_doctor.observe.request import LookRequest

if TYPE_CHECKING:
    from runner_scope_doctor.database.address import DatabaseAddress
    from runner_scope_doctor.forgejo.client import ApiClient


def database_seen(source: DatabaseSource, patience: Patience, request: LookRequest, place: Place) -> Snapshot:
    """One look at the database; in a job also at what its credential could write."""
    from runner_scope_doctor.observe.database import observe_database

    if source.failure is not None:
        raise source.failure
    assert source.address is not None  # noqa: S101 - one of the two is set
    with told_when_waiting("looking at the database"), opened_for_reading(source.address, patience) as reader:
        snapshot = observe_database(reader, request)
        return _with_database_risks(snapshot, reader, source.address) if place is Place.JOB else snapshot


def api_seen(source: ApiSource, names: Collection[str], place: Place, *, now: int) -> Snapshot:
    """One look at the API, with the repositories that runners of these names serve; in a job also at the token's power."""
    from runner_scope_doctor.forgejo.client import opened
    from runner_scope_doctor.observe.api import observe_api, with_repositories

    with told_when_waiting("looking at the API"), opened(source.address) as client:
        snapshot = with_repositories(client, observe_api(client, source.target, now=now), names)
        return _with_token_risks(snapshot, client) if place is Place.JOB else snapshot


def _with_database_risks(snapshot: Snapshot, reader: Reader, address: DatabaseAddress) -> Snapshot:
    from runner_scope_doctor.database.tables.privileges import write_power

    what = "database credential"
    try:
        power = write_power(reader, address)
    except SourceUnavailable as failure:
        return _with_unknown_power(snapshot, Source.DATABASE, what, failure)
    if power is None:
        return snapshot
    return replace(snapshot, risky_credentials=(RiskyCredential(source=Source.DATABASE, what=what, power=power),))


def _with_token_risks(snapshot: Snapshot, client: ApiClient) -> Snapshot:
    from runner_scope_doctor.forgejo.lookups import token_power
    from runner_scope_doctor.model.token_power import TokenPower

    what = "API token"
    try:
        power = token_power(client)
    except SourceUnavailable as failure:
        return _with_unknown_power(snapshot, Source.API, what, failure)
    if power is not TokenPower.SITE_ADMIN:
        return snapshot
    risk = RiskyCredential(source=Source.API, what=what, power="register a runner for the whole instance")
    return replace(snapshot, risky_credentials=(risk,))


def _with_unknown_power(snapshot: Snapshot, source: Source, what: str, failure: SourceUnavailable) -> Snapshot:
    """A warning that could not be given; what the check is about was seen."""
    gap = Unobserved(
        source=source,
        what=f"what this job's {what} could do",
        reason=failure.problem,
        next_step=failure.next_step,
        need=Need.OPTIONAL,
    )
    return replace(snapshot, unobserved=(*snapshot.unobserved, gap))
