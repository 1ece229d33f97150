"""Evidence by a dispatch: a reviewer starts the repair's workflow with the plan's digest as input.

Believed is only what the server itself wrote into its database when it was asked. The caller's run id is a hint: whoever
names a run gets what its starter approved.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.approve.dispatch_look import recorded_dispatch
from runner_scope_doctor.approve.dispatch_rules import (
    CREATED_FACT,
    RUN_FACT,
    DispatchCase,
    declined,
    dispatch_judged,
)
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.run_rules import CLOCK_SKEW
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import approval as sql_approval
from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.host import Environment, EvidenceKind, HostConfiguration, environment_named
from runner_scope_doctor.model.plan import Plan

_MOST_CANDIDATES = 100
"""Waiting dispatches of reviewers that name one digest; the first ones are enough, as one for each person counts."""


def dispatch_evidence(
    reader: Reader,
    run_id: int,
    plan: Plan,
    digest: str,
    configuration: HostConfiguration,
    *,
    major: int,
    now: int,
) -> Evidence:
    """Who approved the plan of this digest by starting that run, by the environment the plan names.

    `reader` is of the connection for approvals, `major` the Forgejo that wrote its tables, `now` in Unix seconds.
    `Declined` says why for every run that does not count, a database that cannot be read included; nothing is raised.
    Whether the person may approve at all is for `rules.judged`.
    """
    environment = _environment(plan, configuration)
    if environment is None:
        return declined(run_id, "approves nothing: the plan names no environment of this host")
    record = recorded_dispatch(reader, run_id, major=major)
    if isinstance(record, str):
        return declined(run_id, record)
    return dispatch_judged(
        DispatchCase(
            record=record,
            environment=environment,
            configuration=configuration,
            plan=plan,
            digest=digest,
            major=major,
            now=now,
        )
    )


def waiting_dispatches(
    reader: Reader,
    plan: Plan,
    digest: str,
    configuration: HostConfiguration,
    *,
    major: int,
    now: int,
) -> tuple[int, ...]:
    """The runs, by id, that wait for a runner and by which a reviewer approved the plan of this digest.

    For who repairs while no runner does. Empty where the environment takes no dispatch.
    Raises SourceUnavailable when the candidates cannot be read.
    """
    environment = _environment(plan, configuration)
    if environment is None or EvidenceKind.DISPATCH not in environment.evidence or not environment.reviewers:
        return ()
    rows = reader.read(
        sql_approval.select_waiting_dispatches(reader.engine),
        repo_id=environment.repository.id,
        since=plan.created - CLOCK_SKEW,
        people=tuple(person.forgejo_id for person in environment.reviewers),
        naming=f"%{digest}%",
        limit=_MOST_CANDIDATES,
    )
    runs = (run_id for (run_id,) in rows if isinstance(run_id, int))
    return tuple(
        run_id
        for run_id in runs
        if isinstance(
            dispatch_evidence(reader, run_id, plan, digest, configuration, major=major, now=now),
            Approval,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovingRun:
    """A run by which somebody approved. The change itself must carry that it still waits or runs (`RUN_STILL_LIVE` in
    `database/sql/approval.py`) as long as the journal has not noted the approval. `created` is in Unix seconds."""

    run_id: int
    created: int


def run_of(approval: Approval) -> ApprovingRun | None:
    """The run by which somebody approved; None for an approval that is no dispatch."""
    if approval.kind is not EvidenceKind.DISPATCH:
        return None
    facts = dict(approval.facts)
    return ApprovingRun(run_id=int(facts[RUN_FACT]), created=int(facts[CREATED_FACT]))


def _environment(plan: Plan, configuration: HostConfiguration) -> Environment | None:
    return None if plan.environment is None else environment_named(configuration, plan.environment)
