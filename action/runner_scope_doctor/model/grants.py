"""Which rights each database login needs: the one source of `grants`, `host self-test` and the pages docs/access*.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS, OLDEST_KNOWN_MAJOR, Engine

_WORK_QUEUES = 14
"""Since 14 `action_run` has the columns of concurrency, and `workflow_directory`; since 14 there is `action_user`."""
_PRIORITIES = 16
"""Since 16 `action_run` has `priority`."""
_ACCOUNTS = (Engine.POSTGRES, Engine.MYSQL)
CHECK, APPROVAL = ConnectionPurpose.CHECK, ConnectionPurpose.APPROVAL
BACKUP, REPAIR = ConnectionPurpose.BACKUP, ConnectionPurpose.REPAIR


class Right(Enum):
    """What a statement gives; the engines' own words."""

    SELECT = "SELECT"
    UPDATE = "UPDATE"
    TRIGGER = "TRIGGER"


class Part(Enum):
    """A group of statements, by the beginning of its heading on the page."""

    REQUIRED = "Required"
    OPTIONAL = "Optional"
    WAITING = "More for why"
    APPROVAL = "Approval"
    ADMINS = "Site admins"
    BACKUP = "Backup"
    ALL_ACTIONS = "More for all-actions"
    REPAIR = "Repair"
    LIVE_RUN = "More for a run's approval"
    FENCE = "More for the counter fence"


ENTERING = frozenset({Part.REQUIRED, Part.APPROVAL, Part.BACKUP, Part.REPAIR})
"""The parts that also let a login in, which PostgreSQL has rights of its own for: CONNECT and USAGE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGrant:
    """One right of one login on one table. Without `columns` it is for the whole table.

    `since` is the first Forgejo major that has the table or the columns.
    """

    part: Part
    login: ConnectionPurpose
    right: Right
    table: str
    columns: tuple[str, ...] = ()
    since: int = OLDEST_KNOWN_MAJOR
    engines: tuple[Engine, ...] = _ACCOUNTS


_RUNNER_COLUMNS = ("id", "uuid", "name", "version", "owner_id", "repo_id", "agent_labels", "last_online", "deleted")
_VALUE_COLUMNS = ("id", "name", "owner_id", "repo_id")
_JOB_COLUMNS = ("id", "run_id", "repo_id", "name", "runs_on", "task_id", "status", "updated")
_QUEUE_COLUMNS = ("repo_id", "status", "concurrency_group", "concurrency_type")
_RUN_COLUMNS = (
    "id", "repo_id", "workflow_id", "ref", "commit_sha", "event", "event_payload", "trigger_event", "trigger_user_id",
    "status", "version", "created",
)  # fmt: skip
_EXPLAINED_JOB_COLUMNS = ("owner_id", "job_id", "needs", "workflow_payload")
_APPROVING_JOB_COLUMNS = ("id", "run_id", "status", "attempt", "task_id", "created", "updated", "workflow_payload")
_BRANCH_COLUMNS = (
    "repo_id", "branch_name", "can_push", "enable_whitelist", "whitelist_user_i_ds", "whitelist_team_i_ds",
    "whitelist_deploy_keys", "enable_merge_whitelist", "merge_whitelist_user_i_ds", "merge_whitelist_team_i_ds",
    "unprotected_file_patterns",
)  # fmt: skip
_ADMIN_COLUMNS = ("id", "name", "type", "is_active", "is_admin", "prohibit_login")
_ALL_ACTIONS = (
    "action_artifact", "action_run", "action_run_index", "action_run_job", "action_schedule", "action_schedule_spec",
    "action_task", "action_task_output", "action_task_step", "action_variable",
)  # fmt: skip


def _reads(
    part: Part, login: ConnectionPurpose, table: str, columns: tuple[str, ...] = (), since: int = OLDEST_KNOWN_MAJOR
) -> TableGrant:
    return TableGrant(part=part, login=login, right=Right.SELECT, table=table, columns=columns, since=since)


def _updates(part: Part, table: str, column: str) -> TableGrant:
    return TableGrant(part=part, login=REPAIR, right=Right.UPDATE, table=table, columns=(column,))


def _sees_triggers(part: Part, table: str) -> TableGrant:
    """MySQL and MariaDB show triggers for this right alone."""
    return TableGrant(part=part, login=BACKUP, right=Right.TRIGGER, table=table, engines=(Engine.MYSQL,))


GRANTS: tuple[TableGrant, ...] = (
    _reads(Part.REQUIRED, CHECK, "forgejo_sem_ver", ("version",)),
    _reads(Part.REQUIRED, CHECK, "action_runner", _RUNNER_COLUMNS),
    _reads(Part.REQUIRED, CHECK, "repository", ("id", "owner_id", "name")),
    _reads(Part.REQUIRED, CHECK, "user", ("id", "name", "type")),
    _reads(Part.REQUIRED, CHECK, "action_runner", ("ephemeral",), FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS),
    _reads(Part.OPTIONAL, CHECK, "action_run_job", _JOB_COLUMNS),
    _reads(Part.OPTIONAL, CHECK, "action_run", ("id", "need_approval")),
    _reads(Part.OPTIONAL, CHECK, "repo_unit", ("repo_id", "type")),
    _reads(Part.OPTIONAL, CHECK, "action_tasks_version", ("owner_id", "repo_id", "version")),
    _reads(Part.OPTIONAL, CHECK, "secret", _VALUE_COLUMNS),
    _reads(Part.OPTIONAL, CHECK, "action_variable", _VALUE_COLUMNS),
    _reads(Part.OPTIONAL, CHECK, "action_run", _QUEUE_COLUMNS, _WORK_QUEUES),
    _reads(Part.WAITING, CHECK, "action_run_job", _EXPLAINED_JOB_COLUMNS),
    _reads(Part.WAITING, CHECK, "action_run", ("repo_id", "index", "status", "workflow_id", "is_fork_pull_request")),
    _reads(Part.WAITING, CHECK, "action_task", ("id", "runner_id", "job_id", "status")),
    _reads(Part.WAITING, CHECK, "repository", ("lower_name",)),
    _reads(Part.WAITING, CHECK, "user", ("lower_name",)),
    _reads(Part.WAITING, CHECK, "action_run", ("priority",), _PRIORITIES),
    _reads(Part.APPROVAL, APPROVAL, "action_run", _RUN_COLUMNS),
    _reads(Part.APPROVAL, APPROVAL, "action_run_job", _APPROVING_JOB_COLUMNS),
    _reads(Part.APPROVAL, APPROVAL, "repository", ("id", "owner_id", "name", "is_mirror")),
    _reads(Part.APPROVAL, APPROVAL, "user", ("id", "name")),
    _reads(Part.APPROVAL, APPROVAL, "protected_branch", _BRANCH_COLUMNS),
    _reads(Part.APPROVAL, APPROVAL, "action_run", ("workflow_directory",), _WORK_QUEUES),
    _reads(Part.ADMINS, APPROVAL, "user", _ADMIN_COLUMNS),
    _reads(Part.BACKUP, BACKUP, "action_runner"),
    _reads(Part.BACKUP, BACKUP, "action_runner_token"),
    _reads(Part.BACKUP, BACKUP, "action_tasks_version"),
    _sees_triggers(Part.BACKUP, "action_runner"),
    *(_reads(Part.ALL_ACTIONS, BACKUP, table) for table in _ALL_ACTIONS),
    _reads(Part.ALL_ACTIONS, BACKUP, "action_user", (), _WORK_QUEUES),
    _reads(Part.REPAIR, REPAIR, "action_runner", ("id", "uuid", "owner_id", "repo_id", "deleted")),
    _updates(Part.REPAIR, "action_runner", "owner_id"),
    _reads(Part.LIVE_RUN, REPAIR, "action_run", ("id", "created", "status")),
    _reads(Part.FENCE, REPAIR, "action_tasks_version", ("owner_id", "repo_id", "version")),
    _updates(Part.FENCE, "action_tasks_version", "version"),
    _sees_triggers(Part.FENCE, "action_tasks_version"),
)
"""All of them, in the order of the pages. docs/access.md and docs/access-repair.md say what each is for."""


def grants_of(engine: Engine, major: int | None, *parts: Part) -> tuple[TableGrant, ...]:
    """The grants of these parts on that engine for that Forgejo major; for None those of every version."""
    return tuple(
        grant
        for part in parts
        for grant in GRANTS
        if grant.part is part and engine in grant.engines and (major is None or grant.since <= major)
    )
