"""Reads what the server recorded of a dispatch, through the connection for approvals. Judges nothing."""

from __future__ import annotations

import json

from runner_scope_doctor.approve.dispatch_record import (
    LARGEST_PAYLOAD,
    LARGEST_WORKFLOW,
    MOST_JOBS,
    MOST_RULES,
    BranchRule,
    DispatchRecord,
    RecordedJob,
    RecordedRun,
    TooLarge,
)
from runner_scope_doctor.approve.dispatch_workflow import stored_workflow
from runner_scope_doctor.database.cells import integer, optional_text, text_or_empty
from runner_scope_doctor.database.reader import Reader, Row
from runner_scope_doctor.database.sql import approval as sql_approval
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.server import is_known_major

FIRST_MAJOR_WITH_DISPATCH = 8
"""Since 8 a workflow can be started by hand (`workflow_dispatch`)."""
_LARGEST_ID = 2**63 - 1


def recorded_dispatch(reader: Reader, run_id: int, *, major: int) -> DispatchRecord | str:
    """The run of that id with its jobs and its repository's rules, or why it is not known, which completes "The dispatch run
    x …". Raises nothing: a database that cannot be read is one of the reasons."""
    try:
        return found_dispatch(reader, run_id, major=major)
    except SourceUnavailable as error:
        return f"cannot be judged: {error.problem} {error.next_step}".removesuffix(".")


def found_dispatch(reader: Reader, run_id: int, *, major: int) -> DispatchRecord | str:
    """The same for who must not take what was not seen for no approval. Raises SourceUnavailable when any of it was not."""
    if major < FIRST_MAJOR_WITH_DISPATCH or not is_known_major(major):
        return f"cannot be judged: what Forgejo {major} records of a dispatch is not known"
    if not 1 <= run_id <= _LARGEST_ID:
        return "cannot be: no run has that number"
    record = dispatch_record(reader, run_id, major=major)
    return "is not in the server's database" if record is None else record


def dispatch_record(reader: Reader, run_id: int, *, major: int) -> DispatchRecord | None:
    """The run of that id with its jobs and its repository's rules; None when there is none.

    Raises SourceUnavailable when any of it cannot be read.
    """
    rows = reader.read(sql_approval.select_run(major, reader.engine), id=run_id, most=LARGEST_PAYLOAD)
    if len(rows) != 1:
        return None
    run = _run(run_id, rows[0])
    jobs = reader.read(
        sql_approval.select_jobs(reader.engine), run_id=run_id, most=LARGEST_WORKFLOW, limit=MOST_JOBS + 1
    )
    rules: list[Row] = []
    if run.repo_id is not None:
        rules = reader.read(sql_approval.SELECT_BRANCH_RULES, repo_id=run.repo_id, limit=MOST_RULES + 1)
    return DispatchRecord(run=run, jobs=tuple(map(_job, jobs)), rules=tuple(map(_rule, rules)))


def _run(run_id: int, row: Row) -> RecordedRun:
    repo_id, directory, file, ref, commit, event, trigger_event, user_id, status, version, created = row[:11]
    size, payload, owner, repository, mirror, login = row[11:]
    whole = None if owner is None or repository is None else f"{text_or_empty(owner)}/{text_or_empty(repository)}"
    return RecordedRun(
        id=run_id,
        repo_id=integer(repo_id),
        repository=whole,
        is_mirror=None if repository is None else _switch(mirror),
        workflow_directory=optional_text(directory),
        workflow_file=text_or_empty(file),
        ref=text_or_empty(ref),
        commit=text_or_empty(commit),
        event=text_or_empty(event),
        trigger_event=text_or_empty(trigger_event),
        trigger_user_id=integer(user_id),
        trigger_login=optional_text(login),
        status=integer(status),
        version=integer(version),
        created=integer(created),
        payload=_payload(size, payload),
    )


def _payload(size: object, payload: object) -> str | TooLarge | None:
    if payload is None and isinstance(size, int):
        return TooLarge(size=size)
    return optional_text(payload)


def _job(row: Row) -> RecordedJob:
    number, status, attempt, task_id, created, updated, size, content = row
    if content is None and isinstance(size, int):
        workflow = stored_workflow(TooLarge(size=size))
    else:
        workflow = stored_workflow(content.encode() if isinstance(content, str) else _bytes(content))
    return RecordedJob(
        id=integer(number),
        status=integer(status),
        attempt=integer(attempt),
        task_id=integer(task_id),
        created=integer(created),
        updated=integer(updated),
        workflow=workflow,
    )


def _rule(row: Row) -> BranchRule:
    name, can_push, limits_pushers, pushers, pusher_teams, keys, limits_mergers, mergers, merger_teams, open_files = row
    return BranchRule(
        name=text_or_empty(name),
        allows_push=_switch(can_push),
        limits_pushers=_switch(limits_pushers),
        pushers=_ids(pushers),
        pusher_teams=_ids(pusher_teams),
        allows_keys=_switch(keys),
        limits_mergers=_switch(limits_mergers),
        mergers=_ids(mergers),
        merger_teams=_ids(merger_teams),
        open_files=text_or_empty(open_files),
    )


def _bytes(value: object) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _switch(value: object) -> bool | None:
    """A BOOL as each engine has it, NULL being false as in Go; None for anything else."""
    if value is None:
        return False
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _ids(value: object) -> tuple[int, ...] | None:
    """A list of ids as Forgejo writes one, `null` and nothing at all being empty; None for anything else."""
    if value is None or value == "":
        return ()
    try:
        found: object = json.loads(value) if isinstance(value, str) else 0
    except (ValueError, RecursionError):
        return None
    if found is None:
        return ()
    if not isinstance(found, list) or not all(type(one) is int for one in found):
        return None
    return tuple(found)
