"""Looks at every source that was named and makes one snapshot of it."""

from __future__ import annotations

import time
from dataclasses import replace

from runner_scope_doctor.cli.formats import Place
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.settings import CheckSettings, Look
from runner_scope_doctor.cli.sources import ApiSource, DatabaseSource
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, Reader, opened_for_reading
from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.snapshot import (
    Coverage,
    Need,
    RiskyCredential,
    Snapshot,
    Source,
    Unobserved,
)
from runner_scope_doctor.observe.nothing import failed_look, nothing_seen
from runner_scope_doctor.observe.request import LookRequest, Sampling

_UNDECLARED_EXAMPLES = 20
_ABOUT_THE_VERSION = ("the server's version", "the rules of this version")
_BEFORE_SECOND_LOOK = 2
"""Seconds between the two looks that must agree on a difference; a runner polls about as often."""


def looked(settings: CheckSettings, contract: Contract | None) -> Snapshot:
    """The snapshot to judge. Sources that fail are gaps in it; nothing is raised for them."""
    now = int(time.time())
    look = settings.look
    request = _request(settings, contract, now)
    database = _database(look.database, look.patience, request, settings) if look.database is not None else None
    api = _api(look.api, now, settings) if look.api is not None else None
    seen = _together(database, api, look, request, settings)
    return assuming(seen, settings.assumed_major)


def whole_look(look: Look) -> Snapshot:
    """Every live runner, for `contract init`. Raises SourceUnavailable when the source fails."""
    now = int(time.time())
    if look.database is not None:
        request = _whole_request(now, look.database)
        return _read_database(look.database, look.patience, request, Place.ELSEWHERE)
    if look.api is not None:
        return _read_api(look.api, now)
    raise AssertionError("settings make sure that a source was named")


def _request(settings: CheckSettings, contract: Contract | None, now: int) -> LookRequest:
    source = settings.look.database
    waits = [] if contract is None else [one.max_wait for one in contract.runners if one.max_wait is not None]
    whole = settings.save_snapshot is not None or settings.look.api is not None
    judges_others = contract is not None and contract.undeclared is not UndeclaredRule.IGNORE
    return LookRequest(
        address="" if source is None else source.name,
        instance=None if source is None else source.instance,
        now=now,
        coverage=Coverage.ALL if whole else Coverage.CANDIDATES,
        names=() if contract is None else tuple(declared.name for declared in contract.runners),
        undeclared_examples=_UNDECLARED_EXAMPLES if judges_others else 0,
        overdue_before=now - min(waits) if waits else None,
        sampling=None if settings.sample_seconds is None else Sampling(seconds=settings.sample_seconds, pause=_pause),
    )


def _whole_request(now: int, source: DatabaseSource) -> LookRequest:
    return LookRequest(address=source.name, instance=source.instance, now=now, coverage=Coverage.ALL)


def _database(
    source: DatabaseSource, patience: Patience, request: LookRequest, settings: CheckSettings
) -> Snapshot | Unobserved:
    try:
        snapshot = _read_database(source, patience, request, settings.place)
    except SourceUnavailable as failure:
        return failed_look(Source.DATABASE, failure, settings.needs[Source.DATABASE], hint=source.hint)
    return _with_need(snapshot, settings.needs[Source.DATABASE])


def _read_database(source: DatabaseSource, patience: Patience, request: LookRequest, place: Place) -> Snapshot:
    from runner_scope_doctor.observe.database import observe_database

    if source.failure is not None:
        raise source.failure
    assert source.address is not None  # noqa: S101 - one of the two is set
    with told_when_waiting("looking at the database"), opened_for_reading(source.address, patience) as reader:
        snapshot = observe_database(reader, request)
        return _with_database_risks(snapshot, reader, source.address) if place is Place.JOB else snapshot


def _with_database_risks(snapshot: Snapshot, reader: Reader, address: DatabaseAddress) -> Snapshot:
    from runner_scope_doctor.database.privileges import write_power

    what = "database credential"
    try:
        power = write_power(reader, address)
    except SourceUnavailable as failure:
        # A warning that could not be given; what the check is about was seen.
        gap = Unobserved(
            source=Source.DATABASE,
            what=f"what this job's {what} could write",
            reason=failure.problem,
            next_step=failure.next_step,
            need=Need.OPTIONAL,
        )
        return replace(snapshot, unobserved=(*snapshot.unobserved, gap))
    if power is None:
        return snapshot
    return replace(snapshot, risky_credentials=(RiskyCredential(source=Source.DATABASE, what=what, power=power),))


def _api(source: ApiSource, now: int, settings: CheckSettings) -> Snapshot | Unobserved:
    try:
        snapshot = _read_api(source, now)
        if settings.place is Place.JOB:
            snapshot = replace(snapshot, risky_credentials=_token_risks(source))
    except SourceUnavailable as failure:
        return failed_look(Source.API, failure, settings.needs[Source.API], hint="")
    return _with_need(snapshot, settings.needs[Source.API])


def _read_api(source: ApiSource, now: int) -> Snapshot:
    from runner_scope_doctor.forgejo.client import opened
    from runner_scope_doctor.observe.api import observe_api

    with told_when_waiting("looking at the API"), opened(source.address) as client:
        return observe_api(client, source.target, now=now)


def _token_risks(source: ApiSource) -> tuple[RiskyCredential, ...]:
    from runner_scope_doctor.forgejo.client import opened
    from runner_scope_doctor.forgejo.lookups import token_power
    from runner_scope_doctor.model.token_power import TokenPower

    with opened(source.address) as client:
        if token_power(client) is not TokenPower.SITE_ADMIN:
            return ()
    return (RiskyCredential(source=Source.API, what="API token", power="register a runner for the whole instance"),)


def _together(
    database: Snapshot | Unobserved | None,
    api: Snapshot | Unobserved | None,
    look: Look,
    request: LookRequest,
    settings: CheckSettings,
) -> Snapshot:
    match database, api:
        case Snapshot(), Snapshot():
            return _compared(database, api, look, request, settings)
        case Snapshot() as seen, Unobserved() as gap:
            return replace(seen, unobserved=(*seen.unobserved, gap))
        case Unobserved() as gap, Snapshot() as seen:
            return replace(seen, unobserved=(*seen.unobserved, gap))
        case (Snapshot() as seen, None) | (None, Snapshot() as seen):
            return seen
        case _:
            gaps = tuple(gap for gap in (database, api) if isinstance(gap, Unobserved))
            name = look.database.name if look.database is not None else f"API {_base_url(look.api)}"
            return nothing_seen(gaps, address=name, instance=request.instance, now=request.now)


def _compared(database: Snapshot, api: Snapshot, look: Look, request: LookRequest, settings: CheckSettings) -> Snapshot:
    from runner_scope_doctor.observe.witnesses import confirmed, differences, testified

    first = differences(database, api)
    if not first:
        return testified(database, api, ())
    _pause(_BEFORE_SECOND_LOOK)
    again = replace(request, names=(), overdue_before=None, sampling=None)
    assert look.database is not None and look.api is not None  # noqa: S101, PT018 - both were read a moment ago
    second_database = _database(look.database, look.patience, again, settings)
    second_api = _api(look.api, request.now, settings)
    for second in (second_database, second_api):
        if isinstance(second, Unobserved):
            return testified(replace(database, unobserved=(*database.unobserved, second)), api, ())
    assert isinstance(second_database, Snapshot) and isinstance(second_api, Snapshot)  # noqa: S101, PT018 - see above
    return testified(database, api, confirmed(first, differences(second_database, second_api)))


def _with_need(snapshot: Snapshot, need: Need) -> Snapshot:
    """A source declared optional may have gaps without spoiling the verdict."""
    if need is Need.REQUIRED:
        return snapshot
    return replace(snapshot, unobserved=tuple(replace(gap, need=need) for gap in snapshot.unobserved))


def assuming(snapshot: Snapshot, major: int | None) -> Snapshot:
    """The snapshot with the version the user vouches for, None for none, in place of what was or was not seen."""
    if major is None:
        return snapshot
    version = ServerVersion(major=major, text=f"{major} (assumed)", source="--assume-version")
    told = tuple(gap for gap in snapshot.unobserved if gap.what not in _ABOUT_THE_VERSION)
    return replace(snapshot, server=replace(snapshot.server, version=version), unobserved=told)


def _base_url(source: ApiSource | None) -> str:
    return "" if source is None else source.address.base_url


def _pause(seconds: int) -> None:
    with told_when_waiting(f"waiting {seconds} s between two looks"):
        time.sleep(seconds)
