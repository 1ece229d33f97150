"""What the host's service sees, for a check that may look at nothing itself."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable
from runner_scope_doctor.model.snapshot import Snapshot, Source
from runner_scope_doctor.observe.nothing import failed_look, nothing_seen
from runner_scope_doctor.observe.snapshot_file import MOST_BYTES
from runner_scope_doctor.observe.snapshot_read import snapshot_from_text
from runner_scope_doctor.observe.snapshot_write import SCHEMA_VERSION
from runner_scope_doctor.service.client import ClientLimits, asked, greeted
from runner_scope_doctor.service.protocol import PROTOCOL, Channel, CheckRequest, Ended, Greeting, Said

_TOTAL = 12
"""The whole look may take so many times the patience for one connection, as one over the API."""
_ON_THE_HOST = "On the host: journalctl -u 'runner-scope-doctor@*'"


def seen_through(path: Path, patience: Patience) -> Snapshot:
    """The snapshot of the service behind that socket. One that did not come is a gap; nothing is raised for it."""
    try:
        with told_when_waiting("waiting for the host's service"):
            return _snapshot(path, patience)
    except SourceUnavailable as failure:
        gap = replace(failed_look(Source.SNAPSHOT, failure, hint=""), what="the runners through the host's socket")
        return nothing_seen((gap,), address=f"socket {path}", instance=None, now=int(time.time()))


def _snapshot(path: Path, patience: Patience) -> Snapshot:
    own = Greeting(version=__version__, protocol=PROTOCOL, snapshot=SCHEMA_VERSION)
    limits = ClientLimits(
        connect_seconds=patience.seconds, total_seconds=_TOTAL * patience.seconds, total_bytes=MOST_BYTES
    )
    lines: dict[Channel, list[str]] = {channel: [] for channel in Channel}
    with greeted(path, own, limits) as conversation:
        for answer in asked(conversation, CheckRequest()):
            match answer:
                case Said(channel=channel, text=text):
                    lines[channel].append(text)
                case Ended(code=0):
                    return _read("\n".join(lines[Channel.DATA]), path)
                case Ended(code=code):
                    raise _refused(lines[Channel.ERR], code, path)
                case unanswered:
                    raise SourceUnavailable(f"{path}: {unanswered.reason}", next_step=f"Check again. {_ON_THE_HOST}")
    raise AssertionError("the last answer is never something said")


def _refused(said: list[str], code: int, path: Path) -> SourceUnavailable:
    reason = said[-1] if said else f"it ended with {code}."
    return SourceUnavailable(f"{path}: the service gave no snapshot: {reason}", next_step=_ON_THE_HOST)


def _read(text: str, path: Path) -> Snapshot:
    try:
        return snapshot_from_text(text, file=str(path))
    except SettingsInvalid as error:
        raise SourceUnavailable(
            f"What the service gave is no snapshot: {error.problem}", next_step=f"Check again. {_ON_THE_HOST}"
        ) from error
