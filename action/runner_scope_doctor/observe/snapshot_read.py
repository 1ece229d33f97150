"""The text of a snapshot file to a Snapshot. Whoever wrote the file is a stranger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.observe import snapshot_records as records
from runner_scope_doctor.observe.snapshot_fields import LARGEST, LATEST, fields, text, within, word
from runner_scope_doctor.observe.snapshot_json import Json, JsonWalk, kind_of, refused, under
from runner_scope_doctor.observe.snapshot_write import SCHEMA_VERSION

_VERSION_KEY = "schema_version"
_HEAD = frozenset({"tool_version", "taken_at", "server", "coverage", "live_runners", "overdue_before"})
_Value = TypeVar("_Value")


class _Part(Protocol):
    def take(self, walk: JsonWalk, at: str) -> None:
        """Takes the value that comes next in the walk, which stands at this place."""


class _Records(Generic[_Value]):
    """The values of one list, each made as soon as its record was read."""

    def __init__(self, read: Callable[[Json, str], _Value]) -> None:
        self._read = read
        self.values: tuple[_Value, ...] = ()

    def take(self, walk: JsonWalk, at: str) -> None:
        self.values = tuple([self._read(record, place) for place, record in walk.records(at)])


class _Lists:
    """Every list of a snapshot, filled while the text is read."""

    def __init__(self) -> None:
        self.runners = _Records(records.runner)
        self.owners = _Records(records.owner)
        self.repositories = _Records(records.repository)
        self.waiting_jobs = _Records(records.waiting_jobs)
        self.overdue_jobs = _Records(records.overdue_job)
        self.counters = _Records(records.counter)
        self.combined_values = _Records(records.combined_value)
        self.differences = _Records(records.difference)
        self.risky_credentials = _Records(records.risky_credential)
        self.past_repairs = _Records(records.past_repair)
        self.glass_breaks = _Records(records.glass_break)
        self.unobserved = _Records(records.unobserved)

    def parts(self) -> dict[str, _Part]:
        """The lists by the key they have in the file."""
        return {
            "runners": self.runners,
            "owners": self.owners,
            "repositories": self.repositories,
            "waiting_jobs": self.waiting_jobs,
            "overdue_jobs": self.overdue_jobs,
            "counters": self.counters,
            "combined_values": self.combined_values,
            "differences": self.differences,
            "risky_credentials": self.risky_credentials,
            "past_repairs": self.past_repairs,
            "glass_breaks": self.glass_breaks,
            "unobserved": self.unobserved,
        }


def snapshot_from_text(snapshot_text: str, *, file: str) -> Snapshot:
    """The snapshot, with its uuids as masked as they stand there.

    Raises SettingsInvalid for anything that `snapshot_text` would not write but for white space and the order of keys,
    of which only schema_version has to be the first, so that a file of a newer release is known as one.
    """
    root = f"{file}:"
    walk = JsonWalk(snapshot_text, file=file)
    keys = walk.keys()
    _check_version(walk, keys, root)
    lists = _Lists()
    head = _taken(walk, keys, lists.parts(), root)
    text(head, "tool_version", root)
    return Snapshot(
        taken_at=within(head, "taken_at", root, LATEST),
        server=records.server(head["server"], under(root, "server")),
        coverage=word(head, "coverage", root, Coverage),
        live_runners=None if head["live_runners"] is None else within(head, "live_runners", root, LARGEST),
        overdue_before=None if head["overdue_before"] is None else within(head, "overdue_before", root, LATEST),
        runners=lists.runners.values,
        owners=lists.owners.values,
        repositories=lists.repositories.values,
        waiting_jobs=lists.waiting_jobs.values,
        overdue_jobs=lists.overdue_jobs.values,
        counters=lists.counters.values,
        combined_values=lists.combined_values.values,
        differences=lists.differences.values,
        risky_credentials=lists.risky_credentials.values,
        past_repairs=lists.past_repairs.values,
        glass_breaks=lists.glass_breaks.values,
        unobserved=lists.unobserved.values,
    )


def _check_version(walk: JsonWalk, keys: Iterator[str], root: str) -> None:
    at = under(root, _VERSION_KEY)
    if next(keys, None) != _VERSION_KEY:
        raise refused(at, "must be the first key.")
    version = walk.value(at)
    if type(version) is int and version > SCHEMA_VERSION:
        raise SettingsInvalid(
            f"{at} is above {SCHEMA_VERSION}: the snapshot was made by a newer release of this tool.",
            next_step="Read it with that release, or have it written anew by this one.",
        )
    if type(version) is int and 0 < version < SCHEMA_VERSION:
        raise SettingsInvalid(
            f"{at} is below {SCHEMA_VERSION}: the file is a snapshot of an older release of this tool, or none.",
            next_step="Have it written anew by this release, with --save-snapshot.",
        )
    if type(version) is not int or version != SCHEMA_VERSION:
        shown = "another" if type(version) is int else kind_of(version)
        raise refused(at, f"must be the number {SCHEMA_VERSION}, not {shown}.")


def _taken(walk: JsonWalk, keys: Iterator[str], parts: dict[str, _Part], root: str) -> dict[str, Json]:
    """Fills the parts and returns what is no list. Every key of either kind was there, and no other."""
    head: dict[str, Json] = {}
    missing = set(parts)
    for key in keys:
        at = under(root, key)
        if key in parts:
            parts[key].take(walk, at)
            missing.discard(key)
        elif key in _HEAD:
            head[key] = walk.value(at)
        else:
            raise refused(at, "is no key of a snapshot.")
    if missing:
        raise refused(under(root, min(missing)), "is missing.")
    return fields(head, root, _HEAD)
