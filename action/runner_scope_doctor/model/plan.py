"""A repair as it is proposed: exactly which change, to which row of which server, made by whom, good until when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.direction import Direction as Direction  # a word of plans, told without them too
from runner_scope_doctor.model.server import Engine

Parameter = tuple[str, int | str]
"""Name and value of one placeholder of a statement."""


class Purpose(Enum):
    """Why a statement is part of a plan."""

    CLEAR_OWNER = "clear-owner"
    """Sets `owner_id` of the one row to 0."""
    RESTORE_OWNER = "restore-owner"
    """Sets `owner_id` of the one row back to what it was before a repair."""
    COUNTER_FENCE = "counter-fence"
    """Raises the repository's work counter above every counter a runner can hold (Forgejo `action_tasks_version`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStatement:
    """One parametrised statement. `text` has :name placeholders; `rows` is how many rows it must change."""

    purpose: Purpose
    text: str
    parameters: tuple[Parameter, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowImage:
    """A row of `action_runner`, but for what moves by itself (`last_online`, `last_active`, `updated`, labels, version).

    `token_hash` and `token_salt` are SHA-256 digests (hex) of the stored values; None when the credential may not read
    them. `created` is Unix seconds, None when NULL. `ephemeral` is None before Forgejo 15.
    """

    id: int
    uuid: str
    name: str
    owner_id: int
    repo_id: int
    description: str | None
    created: int | None
    ephemeral: bool | None
    token_hash: str | None
    token_salt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTarget:
    """Which server and database the plan is for. `identity` is what the engine says of itself, such as PostgreSQL's
    system_identifier; a clone behind the same address can look the same."""

    instance: str
    engine: Engine
    database: str
    identity: str
    forgejo: str
    major: int
    table_fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingRun:
    """The workflow run by which somebody asked for a plan. `id` is `action_run.id`; `created`, in Unix seconds, tells it from
    another run that gets the same id in a database that was set back."""

    id: int
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who asked for the plan. `forgejo_id` None means that no person did: a timer or a schedule.

    `login` is the account of the host or of Forgejo that was mapped to the person. `run` is None when the plan was asked
    for on the host.
    """

    forgejo_id: int | None
    login: str
    run: AskingRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else the table held: information for a reader, never a condition.

    `others` counts the other rows, live or not; `fingerprint` is SHA-256 over their ids, uuids and scopes.
    """

    others: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan. `created` and `expires` are UTC in Unix seconds. `plan_id` is random, 32 lower-case hex digits.

    `finding` is the code of the finding it answers; None for an undo, whose `undoes` is the digest of the plan it takes
    back. `environment` names the approval environment of the host that judges it; None where the host has none.
    """

    plan_id: str
    tool_version: str
    target: PlannedTarget
    environment: str | None
    finding: str | None
    undoes: str | None
    repository: str
    before: RowImage
    after: RowImage
    statements: tuple[PlannedStatement, ...]
    surroundings: Surroundings
    maker: Maker
    created: int
    expires: int

    @property
    def direction(self) -> Direction:
        """Which way the plan goes."""
        return Direction.REPAIR if self.undoes is None else Direction.UNDO
