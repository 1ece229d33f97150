"""Looks at every source that was named and makes one snapshot of it."""

from __future__ import annotations

import time
from dataclasses import replace

from runner_scope_doctor.cli.formats import Format, Place
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.settings import CheckSettings, Look
from runner_scope_doctor.cli.sources import ApiSource, DatabaseSource
from runner_scope_doctor.cli.witnesses import api_seen, database_seen
from runner_scope_doctor.diagnose.case import SHOWN
from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.snapshot import (
    Coverage,
    Need,
    Snapshot,
    Source,
    Unobserved,
)
from runner_scope_doctor.observe.nothing import failed_look, nothing_seen
from runner_scope_doctor.observe.request import LookRequest, Sampling

_ABOUT_THE_VERSION = ("the server's version", "the rules of this version")
_BEFORE_SECOND_LOOK = 2
"""Seconds between the two looks that must agree on a difference; a runner polls about as often."""


def looked(settings: CheckSettings, contract: Contract | None) -> Snapshot:
    """The snapshot to judge. Sources that fail are gaps in it; nothing is raised for them."""
    now = int(time.time())
    seen = _together(settings.look, _request(settings, contract, now), settings)
    return assuming(seen, settings.assumed_major)


def whole_look(look: Look) -> Snapshot:
    """Every live runner, for `contract init`. Raises SourceUnavailable when the source fails."""
    now = int(time.time())
    if look.database is not None:
        request = _whole_request(now, look.database)
        return database_seen(look.database, look.patience, request, Place.ELSEWHERE)
    if look.api is not None:
        return api_seen(look.api, (), Place.ELSEWHERE, now=now)
    raise AssertionError("settings make sure that a source was named")


def _request(settings: CheckSettings, contract: Contract | None, now: int) -> LookRequest:
    source = settings.look.database
    waits = [] if contract is None else [one.max_wait for one in contract.runners if one.max_wait is not None]
    drawn = any(output.format is Format.HTML for output in settings.outputs)
    whole = drawn or settings.save_snapshot is not None or settings.look.api is not None
    judges_others = contract is not None and contract.undeclared is not UndeclaredRule.IGNORE
    return LookRequest(
        address="" if source is None else source.name,
        instance=None if source is None else source.instance,
        now=now,
        coverage=Coverage.ALL if whole else Coverage.CANDIDATES,
        names=() if contract is None else tuple(declared.name for declared in contract.runners),
        undeclared_examples=SHOWN if judges_others else 0,
        overdue_before=now - min(waits) if waits else None,
        sampling=None if settings.sample_seconds is None else Sampling(seconds=settings.sample_seconds, pause=_pause),
    )


def _whole_request(now: int, source: DatabaseSource) -> LookRequest:
    return LookRequest(address=source.name, instance=source.instance, now=now, coverage=Coverage.ALL)


def _together(look: Look, request: LookRequest, settings: CheckSettings) -> Snapshot:
    """What the sources that were named show. One that failed is a gap; declared optional it spoils nothing, as long as
    the other was seen."""
    database, api = _database(look, request, settings), _api(look, request, settings)
    match database, api:
        case Snapshot(), Snapshot():
            return _compared(database, api, look, request, settings)
        case Snapshot(), Unobserved():
            return replace(database, unobserved=(*database.unobserved, _weighed(api, settings)))
        case Unobserved(), Snapshot():
            return _api_alone(replace(api, unobserved=(*api.unobserved, _weighed(database, settings))), request)
        case Snapshot(), None:
            return database
        case None, Snapshot():
            return _api_alone(api, request)
        case _:
            gaps = tuple(gap for gap in (database, api) if isinstance(gap, Unobserved))
            name = look.database.name if look.database is not None else f"API {_base_url(look.api)}"
            return nothing_seen(gaps, address=name, instance=request.instance, now=request.now)


def _database(look: Look, request: LookRequest, settings: CheckSettings) -> Snapshot | Unobserved | None:
    if look.database is None:
        return None
    try:
        return database_seen(look.database, look.patience, request, settings.place)
    except SourceUnavailable as failure:
        return failed_look(Source.DATABASE, failure, hint=look.database.hint)


def _api(look: Look, request: LookRequest, settings: CheckSettings) -> Snapshot | Unobserved | None:
    if look.api is None:
        return None
    try:
        return api_seen(look.api, request.names, settings.place, now=request.now)
    except SourceUnavailable as failure:
        return failed_look(Source.API, failure, hint="")


def _api_alone(seen: Snapshot, request: LookRequest) -> Snapshot:
    from runner_scope_doctor.observe.api import gaps_without_database

    return replace(seen, unobserved=(*seen.unobserved, *gaps_without_database(request)))


def _compared(database: Snapshot, api: Snapshot, look: Look, request: LookRequest, settings: CheckSettings) -> Snapshot:
    from runner_scope_doctor.observe.witnesses import confirmed, differences, testified

    database, api = _all_weighed(database, Source.DATABASE, settings), _all_weighed(api, Source.API, settings)
    first = differences(database, api)
    if not first:
        return testified(database, api, ())
    _pause(_BEFORE_SECOND_LOOK)
    again = replace(request, sampling=None)
    match _database(look, again, settings), _api(look, again, settings):
        case Snapshot() as second_database, Snapshot() as second_api:
            # The later rows are judged: one that turned sick between the looks is sick.
            points = confirmed(first, differences(second_database, second_api))
            latest = _all_weighed(replace(second_database, counters=database.counters), Source.DATABASE, settings)
            return testified(latest, _all_weighed(second_api, Source.API, settings), points)
        case seconds:
            gaps = tuple(_weighed(second, settings) for second in seconds if isinstance(second, Unobserved))
            return testified(replace(database, unobserved=(*database.unobserved, *gaps)), api, ())


def _weighed(gap: Unobserved, settings: CheckSettings) -> Unobserved:
    return replace(gap, need=settings.needs[gap.source])


def _all_weighed(snapshot: Snapshot, source: Source, settings: CheckSettings) -> Snapshot:
    if settings.needs[source] is Need.REQUIRED:
        return snapshot
    return replace(snapshot, unobserved=tuple(replace(gap, need=Need.OPTIONAL) for gap in snapshot.unobserved))


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
    with told_when_waiting(f"waiting {seconds} s between two readings"):
        time.sleep(seconds)
