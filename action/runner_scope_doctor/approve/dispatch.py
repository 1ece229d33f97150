"""Evidence by a dispatch: a reviewer starts the repair's workflow with the plan's digest as input.

Believed is only what the server itself wrote into its database when it was asked. The caller's run id is a hint: whoever
names a run gets what its starter approved.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.approve.dispatch_look import found_dispatch, recorded_dispatch
from runner_scope_doctor.approve.dispatch_record import DispatchRecord
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
    return _Asked(environment, configuration, plan, digest, major, now).of(run_id, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDispatch:
    """A run of a reviewer that waits for a runner and names the plan's digest, with what it comes to."""

    run_id: int
    evidence: Evidence


def waiting_dispatches(
    reader: Reader,
    plan: Plan,
    digest: str,
    configuration: HostConfiguration,
    *,
    major: int,
    now: int,
) -> tuple[WaitingDispatch, ...]:
    """What waits for a runner and may approve the plan of this digest, by the ids of the runs.

    For who repairs while no runner does. Empty where the environment takes no dispatch.
    Raises SourceUnavailable when any of it cannot be read: what was not seen may be an approval.
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
    asked = _Asked(environment, configuration, plan, digest, major, now)
    runs = (run_id for (run_id,) in rows if isinstance(run_id, int))
    return tuple(
        WaitingDispatch(run_id=run_id, evidence=asked.of(run_id, found_dispatch(reader, run_id, major=major)))
        for run_id in runs
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every run is held against."""

    environment: Environment
    configuration: HostConfiguration
    plan: Plan
    digest: str
    major: int
    now: int

    def of(self, run_id: int, record: DispatchRecord | str) -> Evidence:
        if isinstance(record, str):
            return declined(run_id, record)
        return dispatch_judged(
            DispatchCase(
                record=record,
                environment=self.environment,
                configuration=self.configuration,
                plan=self.plan,
                digest=self.digest,
                major=self.major,
                now=self.now,
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
