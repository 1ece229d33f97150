"""A look that failed as a whole is a snapshot too: of nothing, with the reason."""

from __future__ import annotations

from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved


def failed_look(source: Source, failure: SourceUnavailable, *, hint: str) -> Unobserved:
    """The runners were not seen. `hint` is one more sentence about what to do, empty when there is none."""
    return Unobserved(
        source=source,
        what="the runners over the API" if source is Source.API else "the runners",
        reason=failure.problem,
        next_step=f"{failure.next_step} {hint}".rstrip(),
        need=Need.REQUIRED,
    )


def nothing_seen(gaps: tuple[Unobserved, ...], *, address: str, instance: str | None, now: int) -> Snapshot:
    """A snapshot without a single row. Never healthy: at least one of the gaps is made REQUIRED."""
    required = tuple(
        Unobserved(source=gap.source, what=gap.what, reason=gap.reason, next_step=gap.next_step, need=Need.REQUIRED)
        for gap in gaps
    )
    return Snapshot(
        taken_at=now,
        server=ObservedServer(product=None, version=None, engine=None, address=address, instance=instance),
        coverage=Coverage.CANDIDATES,
        live_runners=None,
        runners=(),
        owners=(),
        repositories=(),
        unobserved=required,
    )
