"""What a run must be so that its starter asked for something by it, whatever that is. Pure: no word of a job counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.approve.dispatch_payload import DispatchPayload, WrongPayload, dispatch_payload
from runner_scope_doctor.approve.dispatch_record import DispatchInputs, DispatchRecord, RecordedRun, UnreadableWorkflow
from runner_scope_doctor.approve.first_attempt import RUNNING, WAITING, attempt_problem
from runner_scope_doctor.model.host import Environment, HostConfiguration, Person, person_of_forgejo_id
from runner_scope_doctor.model.wording import duration, named

CLOCK_SKEW = 300
"""Seconds the clocks of host and server may differ."""
_EVENT = "workflow_dispatch"
_STATUS_WORDS = {1: "successful", 2: "failed", 3: "cancelled", 4: "skipped", 7: "blocked"}
"""Forgejo's `models/actions/status.go`, all versions; 5 is waiting and 6 running."""


class Operation(Enum):
    """What a run asks for. The value is that of the input `operation`."""

    PLAN = "plan"
    APPLY = "apply"


_ASKED = {Operation.PLAN: "a request for a plan", Operation.APPLY: "an approval"}
_ANSWERED = {Operation.PLAN: "gets a plan", Operation.APPLY: "approves"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCase:
    """One run, and what it is held against. `major` is the Forgejo that recorded it, `now` in Unix seconds."""

    record: DispatchRecord
    environment: Environment
    configuration: HostConfiguration
    operation: Operation
    major: int
    now: int


def run_problem(case: RunCase) -> str | None:
    """The first test of the run's row that it fails, None when it fails none. The text completes "The run x …"."""
    return next((reason for problem in _TESTS if (reason := problem(case)) is not None), None)


def tests_of_belonging_passed(case: RunCase) -> int:
    """How many of the tests of repository, workflow and ref the run passes before it fails one."""
    return next((count for count, problem in enumerate(_BELONGING) if problem(case) is not None), len(_BELONGING))


def belongs(case: RunCase) -> bool:
    """Whether the run is of the environment's repository, workflow and branches."""
    return tests_of_belonging_passed(case) == len(_BELONGING)


def starter_id(run: RecordedRun) -> int | str:
    """The id of the user who started the run, or why there is none."""
    if run.trigger_user_id is None or run.trigger_user_id <= 0:
        return f"was started by the user id {run.trigger_user_id}, which is the server itself and no person"
    return run.trigger_user_id


def known_starter(run: RecordedRun, configuration: HostConfiguration) -> Person | str:
    """The person whom the host knows by the starter's id, or why there is none. Names decide nothing: an account can be
    made again under an old one."""
    number = starter_id(run)
    if isinstance(number, str):
        return number
    if (person := person_of_forgejo_id(configuration, number)) is not None:
        return person
    login = "a user who is gone" if run.trigger_login is None else named(run.trigger_login)
    known = next((one for one in configuration.people if one.forgejo_login == run.trigger_login), None)
    namesake = f"; the id of {named(known.forgejo_login)} there is {known.forgejo_id}, and ids decide" if known else ""
    return (
        f"was started by {login} (Forgejo id {number}), whom {named(configuration.file)} gives to none of the "
        f"people{namesake}"
    )


def believed_payload(case: RunCase) -> DispatchPayload:
    """What was typed, once it agrees with the run's row and asks for this operation. Raises WrongPayload."""
    run, environment = case.record.run, case.environment
    payload = dispatch_payload(run.payload)
    for what, said, recorded in (
        ("ref", payload.ref, run.ref),
        ("workflow", payload.workflow, environment.workflow),
        ("repository", payload.repository_name, environment.repository.name),
        ("repository id", payload.repository_id, environment.repository.id),
        ("sender", payload.sender_id, run.trigger_user_id),
    ):
        if said != recorded:
            raise WrongPayload(
                f"has an event payload with the {what} {named(str(said))}, which is not {named(str(recorded))}"
            )
    operation = payload.required("operation")
    if operation != case.operation.value:
        raise WrongPayload(f"asks for the operation {named(operation)}, not for {case.operation.value}")
    return payload


def typed_problem(record: DispatchRecord, names: Iterable[str]) -> str | None:
    """Why nobody needs to have typed one of these inputs; None when somebody did. A default is recorded like an input."""
    wanted = tuple(names)
    for job in record.jobs:
        match job.workflow:
            case UnreadableWorkflow(problem=problem):
                return f"cannot be judged: the workflow that the server stored for its job {job.id} {problem}"
            case DispatchInputs(declared=declared_inputs, with_default=with_default):
                for name in wanted:
                    if name in with_default:
                        return f"ran a workflow with a default for the input {name}, which nobody needs to have typed"
                    if name not in declared_inputs:
                        return f"ran a workflow that, as the server stored it, has no input {name}"
    return None


def _repository(case: RunCase) -> str | None:
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


def _workflow(case: RunCase) -> str | None:
    run, wanted = case.record.run, case.environment.workflow
    directory, _, file = wanted.rpartition("/")
    if run.workflow_file != file or run.workflow_directory not in (None, directory):
        found = run.workflow_file if run.workflow_directory is None else f"{run.workflow_directory}/{run.workflow_file}"
        return f"is of the workflow {named(found)}, not of {named(wanted)}"
    return None


def _ref(case: RunCase) -> str | None:
    run, refs = case.record.run, case.environment.deployment_refs
    if run.ref in refs:
        return None
    return f"was made on {named(run.ref)}, not on {' or '.join(map(named, refs))}"


def _event(case: RunCase) -> str | None:
    run = case.record.run
    for event in (run.event, run.trigger_event):
        if event != _EVENT:
            return f"was started by the event {named(event)}, not by {_EVENT}"
    return None


def _status(case: RunCase) -> str | None:
    status = case.record.run.status
    if status in (WAITING, RUNNING):
        return None
    word = _STATUS_WORDS.get(status, f"in the status {status}") if status is not None else "in no status"
    return f"is {word}; only a run that waits or runs {_ANSWERED[case.operation]}"


def _attempt(case: RunCase) -> str | None:
    run, jobs = case.record.run, case.record.jobs
    return attempt_problem(run, jobs, major=case.major, asked=_ASKED[case.operation])


def _time(case: RunCase) -> str | None:
    created = case.record.run.created
    if created is None:
        return "was recorded without a time"
    if created > case.now + CLOCK_SKEW:
        return f"was made {duration(created - case.now)} in the future, by the clock of this host"
    return None


_BELONGING: tuple[Callable[[RunCase], str | None], ...] = (_repository, _workflow, _ref)
_TESTS = (*_BELONGING, _event, _status, _attempt, _time)
