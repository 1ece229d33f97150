"""A dispatch as the server's database recorded it. All texts are foreign; nothing of this is judged yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """A text that was left where it is. `size` is in bytes."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """A row of `action_run`. A number is None when NULL or of another type.

    `repository` is `owner/name` as both are called now, None when the repository or its owner is gone; `is_mirror` is
    None then. `workflow_directory` is None before Forgejo 14. `ref` is the full one. `trigger_login` is what the user is
    called now, None when the user is gone. `created` is in Unix seconds. `version` counts how often the server wrote the
    row, from 1. `payload` is the event's JSON, None when NULL.
    """

    id: int
    repo_id: int | None
    repository: str | None
    is_mirror: bool | None
    workflow_directory: str | None
    workflow_file: str
    ref: str
    commit: str
    event: str
    trigger_event: str
    trigger_user_id: int | None
    trigger_login: str | None
    status: int | None
    version: int | None
    created: int | None
    payload: str | TooLarge | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableWorkflow:
    """A stored workflow nobody could read. `problem` completes "the workflow that the server stored …"."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchInputs:
    """What `on: workflow_dispatch` of a stored workflow declares, by name. `with_default` is a part of `declared`."""

    declared: frozenset[str]
    with_default: frozenset[str]


StoredWorkflow = DispatchInputs | UnreadableWorkflow


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedJob:
    """A row of `action_run_job`. A number is None when NULL or of another type; `created` and `updated` are Unix seconds.

    `task_id` is 0 while no runner picked the job.
    """

    id: int | None
    status: int | None
    attempt: int | None
    task_id: int | None
    created: int | None
    updated: int | None
    workflow: StoredWorkflow


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRule:
    """A row of `protected_branch`. A switch or a list is None when it holds what no Forgejo writes.

    `pushers` and `mergers` are ids of users, the `…_teams` ids of teams. The push lists count where `limits_pushers`,
    the merge lists where `limits_mergers`. `open_files` are the patterns of files that any writer may push.
    """

    name: str
    allows_push: bool | None
    limits_pushers: bool | None
    pushers: tuple[int, ...] | None
    pusher_teams: tuple[int, ...] | None
    allows_keys: bool | None
    limits_mergers: bool | None
    mergers: tuple[int, ...] | None
    merger_teams: tuple[int, ...] | None
    open_files: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRecord:
    """One run with its jobs and with the rules for branches of its repository. Both are cut after `MOST_JOBS` + 1 and
    `MOST_RULES` + 1 rows."""

    run: RecordedRun
    jobs: tuple[RecordedJob, ...]
    rules: tuple[BranchRule, ...]


MOST_JOBS = 20
MOST_RULES = 1000
LARGEST_PAYLOAD = 100_000
"""Bytes of `event_payload`; a recorded one has 3,000, most of them the repository's own texts."""
LARGEST_WORKFLOW = 65_535
"""Bytes of `workflow_payload`: what MariaDB can hold in it (BLOB)."""
