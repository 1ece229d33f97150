"""The snapshot that the host's service gives away: what the host's own login sees, and what its journal tells."""

from __future__ import annotations

import time
from dataclasses import replace

from runner_scope_doctor.cli.host_side import HostSide, address_for
from runner_scope_doctor.database.address import described
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source
from runner_scope_doctor.observe.database import OVERDUE_JOBS, observe_database
from runner_scope_doctor.observe.nothing import failed_look, nothing_seen
from runner_scope_doctor.observe.past_repairs import with_past_repairs
from runner_scope_doctor.observe.request import LookRequest


def host_snapshot(side: HostSide) -> Snapshot:
    """Every live runner, every job that waits, every repair of the journal. A server that cannot be read is a gap in it.

    Nobody's contract is known here, so what only some contracts ask for is looked at for all of them. Raises
    SettingsInvalid and RepairRefused for a configuration that leads nowhere or to another instance.
    """
    return with_past_repairs(_seen(side), side.state.journal)


def _seen(side: HostSide) -> Snapshot:
    now, instance = int(time.time()), side.configuration.instance
    try:
        address = address_for(side, ConnectionPurpose.CHECK)
        request = LookRequest(
            address=described(address), instance=instance, now=now, coverage=Coverage.ALL, overdue_before=now
        )
        with opened_for_reading(address, side.patience) as reader:
            return _without_needless_gap(observe_database(reader, request))
    except SourceUnavailable as failure:
        gap = failed_look(Source.DATABASE, failure, hint="")
        return nothing_seen((gap,), address="the host's database", instance=instance, now=now)


def _without_needless_gap(snapshot: Snapshot) -> Snapshot:
    """Jobs that this login may not read spoil only the verdict by a contract that asks for them, and that says so then."""
    if not any(gap.what == OVERDUE_JOBS for gap in snapshot.unobserved):
        return snapshot
    gaps = (replace(gap, need=Need.OPTIONAL) if gap.what == OVERDUE_JOBS else gap for gap in snapshot.unobserved)
    return replace(snapshot, overdue_before=None, unobserved=tuple(gaps))
