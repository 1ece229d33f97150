"""Each kind of record in a snapshot file, as the value it stands for."""

from __future__ import annotations

from runner_scope_doctor.model.direction import Direction
from runner_scope_doctor.model.runner import (
    Absent,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    RunnerStatus,
)
from runner_scope_doctor.model.scope import OwnerKind
from runner_scope_doctor.model.server import Engine, ObservedServer, Product, ServerVersion
from runner_scope_doctor.model.snapshot import (
    ActionsUnit,
    CombinedValue,
    CounterSample,
    Difference,
    GlassBreak,
    Need,
    OverdueJob,
    PastRepair,
    RiskyCredential,
    Source,
    StoredValueKind,
    Unobserved,
    WaitingJobs,
)
from runner_scope_doctor.observe.snapshot_fields import (
    LARGEST,
    fields,
    integer,
    labels,
    observed_id,
    optional_integer,
    optional_text,
    optional_truth,
    optional_word,
    text,
    uuid,
    within,
    word,
)
from runner_scope_doctor.observe.snapshot_json import Json, kind_of, refused

_SERVER = frozenset({"product", "version", "engine", "address", "instance"})
_VERSION = frozenset({"major", "text", "source"})
_RUNNER = frozenset(
    {
        *("id", "uuid", "name", "version", "owner_id", "repo_id", "labels"),
        *("last_online", "deleted", "ephemeral", "status"),
    }
)
_ABSENT = frozenset({"id", "absent"})
_OWNER = frozenset({"id", "name", "kind"})
_REPOSITORY = frozenset({"id", "owner_id", "owner_name", "name"})
_WAITING_JOBS = frozenset({"repo_id", "count", "oldest"})
_OVERDUE_JOB = frozenset({"id", "name", "runs_on", "waiting_since", "repository", "actions_unit"})
_COUNTER = frozenset({"repo_id", "first", "second", "seconds", "changed_jobs"})
_COMBINED_VALUE = frozenset({"kind", "id", "name", "owner_id", "repo_id"})
_DIFFERENCE = frozenset({"runner_id", "what", "database", "api"})
_RISKY_CREDENTIAL = frozenset({"source", "what", "power"})
_PAST_REPAIR = frozenset(
    {"plan", "repaired_at", "undone_at", "instance", "runner_id", "runner_name", "owner_id", "repo_id"}
)
_GLASS_BREAK = frozenset({"plan", "at", "direction", "login", "reason", "instance", "runner_id", "runner_name"})
_UNOBSERVED = frozenset({"source", "what", "reason", "next_step", "need"})


def server(value: Json, at: str) -> ObservedServer:
    """The server, with its version where one is known."""
    row = fields(value, at, _SERVER)
    return ObservedServer(
        product=optional_word(row, "product", at, Product),
        version=None if row["version"] is None else _version(row["version"], f"{at}.version"),
        engine=optional_word(row, "engine", at, Engine),
        address=text(row, "address", at),
        instance=optional_text(row, "instance", at),
    )


def _version(value: Json, at: str) -> ServerVersion:
    row = fields(value, at, _VERSION)
    return ServerVersion(
        major=within(row, "major", at, LARGEST), text=text(row, "text", at), source=text(row, "source", at)
    )


def runner(value: Json, at: str) -> ObservedRunner:
    """A runner's row."""
    row = fields(value, at, _RUNNER)
    return ObservedRunner(
        id=integer(row, "id", at),
        uuid=uuid(row, "uuid", at),
        name=text(row, "name", at),
        version=text(row, "version", at),
        owner_id=observed_id(row, "owner_id", at),
        repo_id=observed_id(row, "repo_id", at),
        labels=labels(row, "labels", at),
        last_online=optional_integer(row, "last_online", at),
        deleted=optional_integer(row, "deleted", at),
        ephemeral=optional_truth(row, "ephemeral", at),
        status=optional_word(row, "status", at, RunnerStatus),
    )


def owner(value: Json, at: str) -> ObservedOwner | Absent:
    """A user or organisation, or that there is none of this id."""
    if (gone := _absent(value, at)) is not None:
        return gone
    row = fields(value, at, _OWNER)
    return ObservedOwner(id=integer(row, "id", at), name=text(row, "name", at), kind=word(row, "kind", at, OwnerKind))


def repository(value: Json, at: str) -> ObservedRepository | Absent:
    """A repository, or that there is none of this id."""
    gone = _absent(value, at)
    return _found_repository(value, at) if gone is None else gone


def _absent(value: Json, at: str) -> Absent | None:
    if not isinstance(value, dict) or "absent" not in value:
        return None
    row = fields(value, at, _ABSENT)
    if row["absent"] is not True:
        raise refused(f"{at}.absent", f"must be true, not {kind_of(row['absent'])}.")
    return Absent(id=integer(row, "id", at))


def _found_repository(value: Json, at: str) -> ObservedRepository:
    row = fields(value, at, _REPOSITORY)
    return ObservedRepository(
        id=integer(row, "id", at),
        owner_id=integer(row, "owner_id", at),
        owner_name=optional_text(row, "owner_name", at),
        name=text(row, "name", at),
    )


def waiting_jobs(value: Json, at: str) -> WaitingJobs:
    """How much waits in one repository."""
    row = fields(value, at, _WAITING_JOBS)
    return WaitingJobs(
        repo_id=integer(row, "repo_id", at),
        count=within(row, "count", at, LARGEST),
        oldest=optional_integer(row, "oldest", at),
    )


def overdue_job(value: Json, at: str) -> OverdueJob:
    """A job that waited too long."""
    row = fields(value, at, _OVERDUE_JOB)
    return OverdueJob(
        id=integer(row, "id", at),
        name=text(row, "name", at),
        runs_on=labels(row, "runs_on", at),
        waiting_since=integer(row, "waiting_since", at),
        repository=_found_repository(row["repository"], f"{at}.repository"),
        actions_unit=optional_word(row, "actions_unit", at, ActionsUnit),
    )


def counter(value: Json, at: str) -> CounterSample:
    """Two readings of one repository's counter."""
    row = fields(value, at, _COUNTER)
    return CounterSample(
        repo_id=integer(row, "repo_id", at),
        first=integer(row, "first", at),
        second=integer(row, "second", at),
        seconds=within(row, "seconds", at, LARGEST),
        changed_jobs=within(row, "changed_jobs", at, LARGEST),
    )


def combined_value(value: Json, at: str) -> CombinedValue:
    """A secret or variable with both ids, without its value."""
    row = fields(value, at, _COMBINED_VALUE)
    return CombinedValue(
        kind=word(row, "kind", at, StoredValueKind),
        id=integer(row, "id", at),
        name=text(row, "name", at),
        owner_id=integer(row, "owner_id", at),
        repo_id=integer(row, "repo_id", at),
    )


def difference(value: Json, at: str) -> Difference:
    """What two witnesses told differently."""
    row = fields(value, at, _DIFFERENCE)
    return Difference(
        runner_id=integer(row, "runner_id", at),
        what=text(row, "what", at),
        database=text(row, "database", at),
        api=text(row, "api", at),
    )


def risky_credential(value: Json, at: str) -> RiskyCredential:
    """A credential that could do more than look."""
    row = fields(value, at, _RISKY_CREDENTIAL)
    return RiskyCredential(
        source=word(row, "source", at, Source), what=text(row, "what", at), power=text(row, "power", at)
    )


def past_repair(value: Json, at: str) -> PastRepair:
    """A repair that a deploy host noted."""
    row = fields(value, at, _PAST_REPAIR)
    return PastRepair(
        plan=text(row, "plan", at),
        repaired_at=integer(row, "repaired_at", at),
        undone_at=optional_integer(row, "undone_at", at),
        instance=text(row, "instance", at),
        runner_id=integer(row, "runner_id", at),
        runner_name=text(row, "runner_name", at),
        owner_id=integer(row, "owner_id", at),
        repo_id=integer(row, "repo_id", at),
    )


def glass_break(value: Json, at: str) -> GlassBreak:
    """An attempt that a deploy host noted without an approval."""
    row = fields(value, at, _GLASS_BREAK)
    return GlassBreak(
        plan=text(row, "plan", at),
        at=integer(row, "at", at),
        direction=word(row, "direction", at, Direction),
        login=text(row, "login", at),
        reason=text(row, "reason", at),
        instance=text(row, "instance", at),
        runner_id=integer(row, "runner_id", at),
        runner_name=text(row, "runner_name", at),
    )


def unobserved(value: Json, at: str) -> Unobserved:
    """What was not seen, and why."""
    row = fields(value, at, _UNOBSERVED)
    return Unobserved(
        source=word(row, "source", at, Source),
        what=text(row, "what", at),
        reason=text(row, "reason", at),
        next_step=text(row, "next_step", at),
        need=word(row, "need", at, Need),
    )
