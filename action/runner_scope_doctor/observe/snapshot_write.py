"""A Snapshot to text: JSON, one record a line, described by `snapshot.schema.json` beside this module.

The text is plain ASCII. Every control character is an escape, and so is the second of two colons and a # before a
bracket: a job that prints the file into its log gives the runner no command.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import assert_never

from runner_scope_doctor.model.runner import (
    Absent,
    NotANumber,
    ObservedId,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    UnreadableLabels,
)
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import (
    CombinedValue,
    CounterSample,
    Difference,
    GlassBreak,
    OverdueJob,
    PastRepair,
    RiskyCredential,
    Snapshot,
    Unobserved,
    WaitingJobs,
)
from runner_scope_doctor.model.wording import masked_uuid

SCHEMA_VERSION = 2
"""Raised with every change of the form, a new key included: an older release then says that it is older."""

_Json = None | bool | int | str | list["_Json"] | dict[str, "_Json"]
_Record = dict[str, _Json]
_encode = json.JSONEncoder(check_circular=False).encode


def snapshot_text(snapshot: Snapshot, *, tool_version: str) -> str:
    """The whole file: one JSON object and a line end. Everything survives but uuids, which are masked.

    Two halves of a surrogate pair that stand side by side, which no source delivers, come back as the character they
    make: JSON has no other reading of them.
    """
    return "".join(snapshot_pieces(snapshot, tool_version=tool_version))


def snapshot_pieces(snapshot: Snapshot, *, tool_version: str) -> Iterator[str]:
    """The same text in pieces of about one record each, so that it need not be held as a whole."""
    yield f'{{\n  "schema_version": {SCHEMA_VERSION},\n'
    yield f'  "tool_version": {_line(tool_version)},\n'
    yield f'  "taken_at": {_line(snapshot.taken_at)},\n'
    yield f'  "server": {_line(_server(snapshot.server))},\n'
    yield f'  "coverage": {_line(snapshot.coverage.value)},\n'
    yield f'  "live_runners": {_line(snapshot.live_runners)},\n'
    yield f'  "overdue_before": {_line(snapshot.overdue_before)}'
    for key, records in _lists(snapshot):
        yield f',\n  "{key}": ['
        separator, end = "\n    ", "]"
        for record in records:
            yield separator + _line(record)
            separator, end = ",\n    ", "\n  ]"
        yield end
    yield "\n}\n"


def _line(value: _Json) -> str:
    # Outside of a string neither pair can occur, and inside none of the three characters is part of an escape.
    return _encode(value).replace("::", ":\\u003a").replace("#[", "\\u0023[")


def _lists(snapshot: Snapshot) -> Iterator[tuple[str, Iterable[_Record]]]:
    yield "runners", map(_runner, snapshot.runners)
    yield "owners", map(_owner, snapshot.owners)
    yield "repositories", map(_repository, snapshot.repositories)
    yield "waiting_jobs", map(_waiting_jobs, snapshot.waiting_jobs)
    yield "overdue_jobs", map(_overdue_job, snapshot.overdue_jobs)
    yield "counters", map(_counter, snapshot.counters)
    yield "combined_values", map(_combined_value, snapshot.combined_values)
    yield "differences", map(_difference, snapshot.differences)
    yield "risky_credentials", map(_risky_credential, snapshot.risky_credentials)
    yield "past_repairs", map(_past_repair, snapshot.past_repairs)
    yield "glass_breaks", map(_glass_break, snapshot.glass_breaks)
    yield "unobserved", map(_unobserved, snapshot.unobserved)


def _server(server: ObservedServer) -> _Record:
    version = server.version
    return {
        "product": None if server.product is None else server.product.value,
        "version": None
        if version is None
        else {"major": version.major, "text": version.text, "source": version.source},
        "engine": None if server.engine is None else server.engine.value,
        "address": server.address,
        "instance": server.instance,
    }


def _runner(runner: ObservedRunner) -> _Record:
    return {
        "id": runner.id,
        "uuid": masked_uuid(runner.uuid),
        "name": runner.name,
        "version": runner.version,
        "owner_id": _id(runner.owner_id),
        "repo_id": _id(runner.repo_id),
        "labels": _labels(runner.labels),
        "last_online": runner.last_online,
        "deleted": runner.deleted,
        "ephemeral": runner.ephemeral,
        "status": None if runner.status is None else runner.status.value,
    }


def _id(value: ObservedId) -> _Json:
    return value.text if isinstance(value, NotANumber) else value


def _labels(labels: tuple[str, ...] | UnreadableLabels | None) -> _Json:
    match labels:
        case None:
            return None
        case UnreadableLabels(text=text):
            return text
        case tuple():
            return list(labels)
        case _:
            assert_never(labels)


def _owner(owner: ObservedOwner | Absent) -> _Record:
    match owner:
        case Absent():
            return _absent(owner)
        case ObservedOwner():
            return {"id": owner.id, "name": owner.name, "kind": owner.kind.value}
        case _:
            assert_never(owner)


def _repository(repository: ObservedRepository | Absent) -> _Record:
    match repository:
        case Absent():
            return _absent(repository)
        case ObservedRepository():
            return _found_repository(repository)
        case _:
            assert_never(repository)


def _absent(gone: Absent) -> _Record:
    return {"id": gone.id, "absent": True}


def _found_repository(repository: ObservedRepository) -> _Record:
    return {
        "id": repository.id,
        "owner_id": repository.owner_id,
        "owner_name": repository.owner_name,
        "name": repository.name,
    }


def _waiting_jobs(jobs: WaitingJobs) -> _Record:
    return {"repo_id": jobs.repo_id, "count": jobs.count, "oldest": jobs.oldest}


def _overdue_job(job: OverdueJob) -> _Record:
    return {
        "id": job.id,
        "name": job.name,
        "runs_on": _labels(job.runs_on),
        "waiting_since": job.waiting_since,
        "repository": _found_repository(job.repository),
        "actions_unit": None if job.actions_unit is None else job.actions_unit.value,
    }


def _counter(sample: CounterSample) -> _Record:
    return {
        "repo_id": sample.repo_id,
        "first": sample.first,
        "second": sample.second,
        "seconds": sample.seconds,
        "changed_jobs": sample.changed_jobs,
    }


def _combined_value(value: CombinedValue) -> _Record:
    return {
        "kind": value.kind.value,
        "id": value.id,
        "name": value.name,
        "owner_id": value.owner_id,
        "repo_id": value.repo_id,
    }


def _difference(difference: Difference) -> _Record:
    return {
        "runner_id": difference.runner_id,
        "what": difference.what,
        "database": difference.database,
        "api": difference.api,
    }


def _risky_credential(credential: RiskyCredential) -> _Record:
    return {"source": credential.source.value, "what": credential.what, "power": credential.power}


def _past_repair(repair: PastRepair) -> _Record:
    return {
        "plan": repair.plan,
        "repaired_at": repair.repaired_at,
        "undone_at": repair.undone_at,
        "instance": repair.instance,
        "runner_id": repair.runner_id,
        "runner_name": repair.runner_name,
        "owner_id": repair.owner_id,
        "repo_id": repair.repo_id,
    }


def _glass_break(broken: GlassBreak) -> _Record:
    return {
        "plan": broken.plan, "at": broken.at, "direction": broken.direction.value, "login": broken.login,
        "reason": broken.reason, "instance": broken.instance, "runner_id": broken.runner_id,
        "runner_name": broken.runner_name,
    }  # fmt: skip


def _unobserved(gap: Unobserved) -> _Record:
    return {
        "source": gap.source.value,
        "what": gap.what,
        "reason": gap.reason,
        "next_step": gap.next_step,
        "need": gap.need.value,
    }
