"""Whether what the server recorded of a dispatch is a person's approval of one plan. Pure: no word of a job counts."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.approve.branch_protection import protection_problem
from runner_scope_doctor.approve.dispatch_payload import DispatchPayload, WrongPayload
from runner_scope_doctor.approve.dispatch_record import DispatchRecord
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.run_rules import (
    CLOCK_SKEW,
    Operation,
    RunCase,
    believed_payload,
    known_starter,
    run_problem,
    typed_problem,
)
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import Environment, EvidenceKind, HostConfiguration
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.wording import duration, moment, named

RUN_FACT, CREATED_FACT = "run", "created"


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchCase:
    """Everything one dispatch is judged by. `digest` is the plan's, `now` in Unix seconds."""

    record: DispatchRecord
    environment: Environment
    configuration: HostConfiguration
    plan: Plan
    digest: str
    major: int
    now: int


def dispatch_judged(case: DispatchCase) -> Evidence:
    """The approval of whoever started the run, or the first test that it failed."""
    run = case.record.run
    person = known_starter(run, case.configuration)
    if isinstance(person, str):
        return declined(run.id, person)
    if (reason := _problem(case)) is not None:
        return declined(run.id, reason)
    return Approval(
        forgejo_id=person.forgejo_id,
        login=person.forgejo_login,
        kind=EvidenceKind.DISPATCH,
        reference=f"run {run.id} of {case.configuration.instance}, created {run.created}",
        facts=(
            (RUN_FACT, str(run.id)),
            (CREATED_FACT, str(run.created)),
            ("ref", run.ref),
            ("workflow", case.environment.workflow),
            ("commit", run.commit),
        ),
    )


def declined(run_id: int, reason: str) -> Declined:
    """A dispatch that approves nothing. `reason` completes "The dispatch run x …"."""
    return Declined(kind=EvidenceKind.DISPATCH, reason=f"The dispatch run {run_id} {reason}.")


def _problem(case: DispatchCase) -> str | None:
    """The first test that the run fails; None when it approves."""
    asked = RunCase(
        record=case.record,
        environment=case.environment,
        configuration=case.configuration,
        operation=Operation.APPLY,
        major=case.major,
        now=case.now,
    )
    if (reason := run_problem(asked) or _order(case)) is not None:
        return reason
    try:
        payload = believed_payload(asked)
        return _digest(payload, case) or typed_problem(case.record, ("operation", "digest")) or _protection(case)
    except WrongPayload as error:
        return str(error)


def _order(case: DispatchCase) -> str | None:
    """The random number in the plan's digest is the real proof that the plan came first."""
    created, made = case.record.run.created, case.plan.created
    if created is not None and created < made - CLOCK_SKEW:
        return f"was made {duration(made - created)} before the plan, at {moment(created)}"
    return None


def _digest(payload: DispatchPayload, case: DispatchCase) -> str | None:
    digest = payload.required("digest")
    return None if digest == case.digest else f"names the digest {named(digest)}, not that of this plan"


def _protection(case: DispatchCase) -> str | None:
    return protection_problem(case.record.run.ref, case.record.rules, case.environment.reviewers)
