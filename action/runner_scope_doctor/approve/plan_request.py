"""Whether what the server recorded of a dispatch asks for a plan: whose, for which runner, with the fence or without. Pure.

The branch need not be protected for it. A plan changes nothing and must be approved, and of the run only its starter and
what was typed count, which a changed workflow cannot forge: it could at most give the inputs other words or defaults of its
own, and an input with a default is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from runner_scope_doctor.approve.dispatch_payload import DispatchPayload, WrongPayload
from runner_scope_doctor.approve.dispatch_record import DispatchRecord, RecordedRun
from runner_scope_doctor.approve.run_rules import (
    Operation,
    RunCase,
    believed_payload,
    belongs,
    known_starter,
    run_problem,
    starter_id,
    tests_of_belonging_passed,
    typed_problem,
)
from runner_scope_doctor.model.host import Environment, HostConfiguration, Person, SelfReview
from runner_scope_doctor.model.plan import AskingRun, Maker
from runner_scope_doctor.model.wording import duration, named
from runner_scope_doctor.plan.make import Fence

OPERATION_INPUT, DIGEST_INPUT, RUNNER_INPUT, FENCE_INPUT = "operation", "digest", "runner", "counter-fence"
_LARGEST_ID = 2**63 - 1
_MOST_DIGITS = 19
_FENCES = {"": Fence.WITHOUT, "false": Fence.WITHOUT, "true": Fence.WITH}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """A plan that a run asks for, in the environment the run belongs to.

    `starter_id` is `user.id` of who started it and decides who that is; `starter_login` is for reading. `runner_id` is
    None when none was named.
    """

    starter_id: int
    starter_login: str
    run: AskingRun
    environment: Environment
    runner_id: int | None
    fence: Fence

    @property
    def maker(self) -> Maker:
        """Who counts as the maker of the plan."""
        return Maker(forgejo_id=self.starter_id, login=self.starter_login, run=self.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPlanRequest:
    """A run that gets no plan. `reason` is a sentence that names the run and says which test it failed, and why."""

    reason: str


class _NotAsked(Exception):
    """The text completes "The workflow run x …"."""


def plan_requested(
    record: DispatchRecord, configuration: HostConfiguration, *, major: int, now: int
) -> PlanRequest | NoPlanRequest:
    """What the run asks for, or the first test that it failed. `major` is the Forgejo that recorded it, `now` in Unix
    seconds. How old the run is, is for `age_problem`: a plan that was made in time may be asked for again."""
    try:
        case = _fitting(record, configuration, major, now)
        starter = _starter(case)
        if (reason := run_problem(case)) is not None:
            raise _NotAsked(reason)
        return _request(case, starter, believed_payload(case))
    except (_NotAsked, WrongPayload) as error:
        return no_plan_request(record.run.id, str(error))


def no_plan_request(run_id: int, reason: str) -> NoPlanRequest:
    """A run that gets no plan. `reason` completes "The workflow run x …"."""
    return NoPlanRequest(reason=f"The workflow run {run_id} {reason}.")


def age_problem(request: PlanRequest, *, now: int) -> str | None:
    """Why the run is too old to get a plan, as a sentence; None when it is not. `now` is in Unix seconds."""
    age, good_for = now - request.run.created, request.environment.plan_valid_for
    if age <= good_for:
        return None
    return (
        f"The workflow run {request.run.id} was made {duration(age)} ago, and a run can ask for a plan for "
        f"{duration(good_for)}."
    )


def _request(case: RunCase, starter: tuple[int, str], payload: DispatchPayload) -> PlanRequest:
    if digest := payload.given(DIGEST_INPUT):
        raise _NotAsked(f"names the digest {named(digest)}, which has no place beside the operation plan")
    runner_id, fence = _runner_id(payload), _fence(payload)
    asked = (OPERATION_INPUT, *_names(runner_id, fence))
    if (reason := typed_problem(case.record, asked)) is not None:
        raise _NotAsked(reason)
    return PlanRequest(
        starter_id=starter[0],
        starter_login=starter[1],
        run=_asking_run(case.record.run),
        environment=case.environment,
        runner_id=runner_id,
        fence=fence,
    )


def _names(runner_id: int | None, fence: Fence) -> tuple[str, ...]:
    """The inputs by which more than the plain plan is asked for, so that somebody must have typed them."""
    runner = () if runner_id is None else (RUNNER_INPUT,)
    return (*runner, FENCE_INPUT) if fence is Fence.WITH else runner


def _fitting(record: DispatchRecord, configuration: HostConfiguration, major: int, now: int) -> RunCase:
    """The case of the one environment that the run belongs to."""
    cases = [
        RunCase(
            record=record,
            environment=environment,
            configuration=configuration,
            operation=Operation.PLAN,
            major=major,
            now=now,
        )
        for environment in configuration.environments
    ]
    fitting = [case for case in cases if belongs(case)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(named(case.environment.name) for case in fitting)
        raise _NotAsked(f"belongs to more than one environment of {named(configuration.file)}: {names}")
    _refuse_all(cases, configuration)


def _refuse_all(cases: list[RunCase], configuration: HostConfiguration) -> NoReturn:
    """Says what is wrong with the environment that the run comes nearest to."""
    if not cases:
        raise _NotAsked(f"gets no plan: {named(configuration.file)} has no environment that it could belong to")
    nearest = max(cases, key=tests_of_belonging_passed)
    others = "" if len(cases) == 1 else f", and fits no other environment of {named(configuration.file)} either"
    raise _NotAsked(f"{run_problem(nearest)}{others}")


def _starter(case: RunCase) -> tuple[int, str]:
    """Id and login of the starter, whom the host must know unless anybody may approve their own."""
    run = case.record.run
    known = known_starter(run, case.configuration)
    if isinstance(known, Person):
        return known.forgejo_id, known.forgejo_login
    number, login = starter_id(run), run.trigger_login
    if case.environment.self_review is SelfReview.PREVENTED or isinstance(number, str) or login is None:
        raise _NotAsked(known)
    return number, login


def _asking_run(run: RecordedRun) -> AskingRun:
    if run.created is None:
        raise _NotAsked("was recorded without a time")
    return AskingRun(id=run.id, created=run.created)


def _runner_id(payload: DispatchPayload) -> int | None:
    text = payload.given(RUNNER_INPUT)
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and 1 <= int(text) <= _LARGEST_ID:
        return int(text)
    raise _NotAsked(f"names the runner {named(text)}, which is no id; the check shows the id of each")


def _fence(payload: DispatchPayload) -> Fence:
    text = payload.given(FENCE_INPUT)
    if text not in _FENCES:
        raise _NotAsked(f"has {named(text)} for {FENCE_INPUT}, which is neither true nor false")
    return _FENCES[text]
