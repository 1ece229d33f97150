"""Whether what the server recorded of a dispatch is a person's approval of one plan. Pure: no word of a job counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner_scope_doctor.approve.branch_protection import protection_problem
from runner_scope_doctor.approve.dispatch_payload import WrongPayload, dispatch_payload
from runner_scope_doctor.approve.dispatch_record import DispatchInputs, DispatchRecord, UnreadableWorkflow
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.first_attempt import RUNNING, WAITING, attempt_problem
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import (
    Environment,
    EvidenceKind,
    HostConfiguration,
    Person,
    person_of_forgejo_id,
)
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.wording import duration, moment, named

CLOCK_SKEW = 300
"""Seconds the clocks of host and server may differ. The random number in the plan's digest is the real proof of order."""
OPERATION = "apply"
EVENT = "workflow_dispatch"
RUN_FACT, CREATED_FACT = "run", "created"
_STATUS_WORDS = {1: "successful", 2: "failed", 3: "cancelled", 4: "skipped", 7: "blocked"}
"""Forgejo's `models/actions/status.go`, all versions; 5 is waiting and 6 running."""


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
    person = _starter(case)
    if isinstance(person, str):
        return declined(run.id, person)
    for problem in _TESTS:
        if (reason := problem(case)) is not None:
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


def _repository(case: DispatchCase) -> str | None:
    run, wanted = case.record.run, case.environment.repository
    if run.repo_id != wanted.id:
        return (
            f"belongs to the repository with the id {run.repo_id}, not to {named(wanted.name)} with the id {wanted.id}"
        )
    if run.repository is None:
        return f"belongs to the repository with the id {wanted.id}, which is gone, or its owner is"
    if run.repository != wanted.name:
        return (
            f"belongs to the repository with the id {wanted.id}, which is called {named(run.repository)} now, "
            f"not {named(wanted.name)}"
        )
    if run.is_mirror is not False:
        return "belongs to a repository that is a mirror: another server decides what stands on its branches"
    return None


def _workflow(case: DispatchCase) -> str | None:
    run, wanted = case.record.run, case.environment.workflow
    directory, _, file = wanted.rpartition("/")
    if run.workflow_file != file or run.workflow_directory not in (None, directory):
        found = run.workflow_file if run.workflow_directory is None else f"{run.workflow_directory}/{run.workflow_file}"
        return f"is of the workflow {named(found)}, not of {named(wanted)}"
    return None


def _ref(case: DispatchCase) -> str | None:
    run, refs = case.record.run, case.environment.deployment_refs
    if run.ref in refs:
        return None
    return f"was made on {named(run.ref)}, not on {' or '.join(map(named, refs))}"


def _event(case: DispatchCase) -> str | None:
    run = case.record.run
    for event in (run.event, run.trigger_event):
        if event != EVENT:
            return f"was started by the event {named(event)}, not by {EVENT}"
    return None


def _starter(case: DispatchCase) -> Person | str:
    """The person whom the host knows by the starter's id, or why there is none. Names decide nothing: an account can be
    made again under an old one."""
    run, configuration = case.record.run, case.configuration
    if run.trigger_user_id is None or run.trigger_user_id <= 0:
        return f"was started by the user id {run.trigger_user_id}, which is the server itself and no person"
    if (person := person_of_forgejo_id(configuration, run.trigger_user_id)) is not None:
        return person
    login = "a user who is gone" if run.trigger_login is None else named(run.trigger_login)
    known = next((one for one in configuration.people if one.forgejo_login == run.trigger_login), None)
    namesake = f"; the id of {named(known.forgejo_login)} there is {known.forgejo_id}, and ids decide" if known else ""
    return (
        f"was started by {login} (Forgejo id {run.trigger_user_id}), whom {named(configuration.file)} gives to none of the "
        f"people{namesake}"
    )


def _status(case: DispatchCase) -> str | None:
    status = case.record.run.status
    if status in (WAITING, RUNNING):
        return None
    word = _STATUS_WORDS.get(status, f"in the status {status}") if status is not None else "in no status"
    return f"is {word}; only a run that waits or runs approves"


def _attempt(case: DispatchCase) -> str | None:
    return attempt_problem(case.record.run, case.record.jobs, major=case.major)


def _time(case: DispatchCase) -> str | None:
    created, made = case.record.run.created, case.plan.created
    if created is None:
        return "was recorded without a time"
    if created < made - CLOCK_SKEW:
        return f"was made {duration(made - created)} before the plan, at {moment(created)}"
    if created > case.now + CLOCK_SKEW:
        return f"was made {duration(created - case.now)} in the future, by the clock of this host"
    return None


def _payload(case: DispatchCase) -> str | None:
    run, environment = case.record.run, case.environment
    try:
        payload = dispatch_payload(run.payload)
    except WrongPayload as error:
        return str(error)
    for what, said, recorded in (
        ("ref", payload.ref, run.ref),
        ("workflow", payload.workflow, environment.workflow),
        ("repository", payload.repository_name, environment.repository.name),
        ("repository id", payload.repository_id, environment.repository.id),
        ("sender", payload.sender_id, run.trigger_user_id),
    ):
        if said != recorded:
            return f"has an event payload with the {what} {named(str(said))}, which is not {named(str(recorded))}"
    if payload.operation != OPERATION:
        return f"asks for the operation {named(payload.operation)}, not for {OPERATION}"
    if payload.digest != case.digest:
        return f"names the digest {named(payload.digest)}, not that of this plan"
    return None


def _typed(case: DispatchCase) -> str | None:
    """A default is recorded like an input, though nobody typed it."""
    for job in case.record.jobs:
        match job.workflow:
            case UnreadableWorkflow(problem=problem):
                return f"cannot be judged: the workflow that the server stored for its job {job.id} {problem}"
            case DispatchInputs(declared=declared_inputs, with_default=with_default):
                for name in ("operation", "digest"):
                    if name in with_default:
                        return f"ran a workflow with a default for the input {name}, which nobody needs to have typed"
                    if name not in declared_inputs:
                        return f"ran a workflow that, as the server stored it, has no input {name}"
    return None


def _protection(case: DispatchCase) -> str | None:
    return protection_problem(case.record.run.ref, case.record.rules, case.environment.reviewers)


_TESTS: tuple[Callable[[DispatchCase], str | None], ...] = (
    _repository,
    _workflow,
    _ref,
    _event,
    _status,
    _attempt,
    _time,
    _payload,
    _typed,
    _protection,
)
