"""Which of the host's rules a plan is made under."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.host import EvidenceKind, HostConfiguration, SelfReview, environment_named
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.wording import named


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`environment` is the approval environment's name, None where the host has none. `plan_valid_for` is in seconds."""

    environment: str | None
    self_review: SelfReview
    plan_valid_for: int


def terms_of(configuration: HostConfiguration, name: str | None) -> Terms:
    """The terms of the named environment; without a name those of the only one, or of the host when it has none.

    Raises UsageError for a name the host does not have, and for none where it has several.
    """
    known = ", ".join(named(one.name) for one in configuration.environments)
    if name is None and len(configuration.environments) > 1:
        raise UsageError(
            f"{configuration.file} has several environments: {known}.", next_step="Choose one with --environment NAME."
        )
    if name is None and not configuration.environments:
        return Terms(
            environment=None, self_review=configuration.self_review, plan_valid_for=configuration.plan_valid_for
        )
    environment = configuration.environments[0] if name is None else environment_named(configuration, name)
    if environment is None:
        raise UsageError(
            f"{configuration.file} has no environment {named(str(name))}.",
            next_step=f"Choose one of {known}." if known else "Leave --environment out.",
        )
    return Terms(
        environment=environment.name,
        self_review=environment.self_review,
        plan_valid_for=environment.plan_valid_for,
    )


def end_of(configuration: HostConfiguration | None, plan: Plan) -> int:
    """The Unix second from which the plan is no longer good. A time that was shortened since it was made holds for it too;
    one that was lengthened does not. Without a configuration, or the plan's environment in it, what the plan says."""
    if configuration is None:
        return plan.expires
    if plan.environment is None:
        return min(plan.expires, plan.created + configuration.plan_valid_for)
    environment = environment_named(configuration, plan.environment)
    return plan.expires if environment is None else min(plan.expires, plan.created + environment.plan_valid_for)


def kinds_for(configuration: HostConfiguration | None, environment: str | None) -> tuple[EvidenceKind, ...]:
    """By which kinds of evidence a plan of that environment can be approved; all of them where the configuration is not at
    hand or no longer has the environment."""
    if environment is None:
        return (EvidenceKind.SIGNATURE,)
    found = None if configuration is None else environment_named(configuration, environment)
    return tuple(EvidenceKind) if found is None else found.evidence
