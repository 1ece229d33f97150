"""Whether the evidence is enough. Pure: the plan, the host's configuration and the time come in, a verdict goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.namespace import SIGN_COMMAND
from runner_scope_doctor.host.terms import end_of
from runner_scope_doctor.model.approval import Approval, Approved, Declined, NotApproved, PartlyApproved
from runner_scope_doctor.model.host import (
    Environment,
    EvidenceKind,
    EvidenceRule,
    HostConfiguration,
    Person,
    SelfReview,
    environment_named,
)
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.wording import counted_noun, duration, named

_NEW_PLAN = "Make a new plan: runner-scope-doctor plan"
_ORDER = {kind: place for place, kind in enumerate(EvidenceKind)}

Verdict = Approved | PartlyApproved | NotApproved
"""What evidence can come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    """What counts for one plan. `place` names it in sentences; `maker` is None when no person made the plan or when that
    is no hindrance. `environment` is None on a host without any."""

    place: str
    reviewers: tuple[Person, ...]
    required: int
    maker: int | None
    kinds: tuple[EvidenceKind, ...]
    rule: EvidenceRule
    environment: Environment | None


def judged(plan: Plan, configuration: HostConfiguration, evidence: Sequence[Evidence], *, now: int) -> Verdict:
    """Whether as many different people as are wanted approved the plan. `now` is in Unix seconds.

    The environment the plan names decides, as the configuration has it now; on a host without environments one signature
    of anybody with SSH principals does.
    """
    policy = _policy(plan, configuration)
    if isinstance(policy, NotApproved):
        return policy
    if now >= (end := end_of(configuration, plan)):
        return NotApproved(reasons=(f"The plan expired {duration(now - end)} ago.",), way_out=_NEW_PLAN)
    reasons: list[str] = []
    counting: dict[int, list[Approval]] = {}
    for one in evidence:
        if (against := _against(one, policy)) is not None:
            reasons.append(against)
        elif isinstance(one, Approval):
            counting.setdefault(one.forgejo_id, []).append(one)
    pieces = _sorted(counting)
    for person in policy.reviewers:
        if (lacking := _lacking(person, counting.get(person.forgejo_id, ()), policy)) is not None:
            reasons.append(lacking)
            del counting[person.forgejo_id]
    if len(counting) >= policy.required:
        return Approved(approvals=_sorted(counting))
    reasons.append(_too_few(len(counting), policy))
    said, way_out = tuple(dict.fromkeys(reasons)), _way_out(policy, tuple(counting))
    if not pieces or len(_eligible(policy)) < policy.required:
        return NotApproved(reasons=said, way_out=way_out)
    return PartlyApproved(
        approvals=pieces, people=len(counting), required=policy.required, reasons=said, way_out=way_out
    )


def _policy(plan: Plan, configuration: HostConfiguration) -> _Policy | NotApproved:
    if plan.environment is None:
        return _without_environment(plan, configuration)
    environment = environment_named(configuration, plan.environment)
    if environment is None:
        reason = f"The plan names the environment {named(plan.environment)}, which {named(configuration.file)} does not have."
        return NotApproved(reasons=(reason,), way_out=_NEW_PLAN)
    return _Policy(
        place=f"the environment {named(environment.name)}",
        reviewers=environment.reviewers,
        required=environment.required_approvals,
        maker=_barred(plan, environment.self_review),
        kinds=environment.evidence,
        rule=environment.evidence_rule,
        environment=environment,
    )


def _without_environment(plan: Plan, configuration: HostConfiguration) -> _Policy | NotApproved:
    if configuration.environments:
        reason = f"The plan names no environment, and {named(configuration.file)} has some: it was made before them."
        return NotApproved(reasons=(reason,), way_out=_NEW_PLAN)
    return _Policy(
        place=named(configuration.file),
        reviewers=tuple(person for person in configuration.people if person.principals),
        required=1,
        maker=_barred(plan, configuration.self_review),
        kinds=(EvidenceKind.SIGNATURE,),
        rule=EvidenceRule.ANY_KIND,
        environment=None,
    )


def _barred(plan: Plan, self_review: SelfReview) -> int | None:
    return plan.maker.forgejo_id if self_review is SelfReview.PREVENTED else None


def _against(evidence: Evidence, policy: _Policy) -> str | None:
    """Why this piece of evidence does not count; None when it does."""
    match evidence:
        case Declined(reason=reason):
            return reason
        case Approval(kind=kind, forgejo_id=forgejo_id, login=login):
            reviewer = next((person for person in policy.reviewers if person.forgejo_id == forgejo_id), None)
        case _:
            assert_never(evidence)
    if reviewer is None:
        return f"{named(login)} (Forgejo id {forgejo_id}) is none of those who may approve by {policy.place}."
    name = named(reviewer.forgejo_login)
    if kind not in policy.kinds:
        return f"The {kind.value} of {name} does not count: {policy.place} takes {_either(policy.kinds)}."
    if forgejo_id == policy.maker:
        return f"The {kind.value} of {name} does not count: {name} made the plan, and self-review is prevented."
    return None


def _lacking(person: Person, approvals: Sequence[Approval], policy: _Policy) -> str | None:
    """Which kinds of evidence this person has not given, of those wanted of everyone; None when none were begun."""
    given = {approval.kind for approval in approvals}
    missing = [kind for kind in policy.kinds if kind not in given]
    if not given or not missing or policy.rule is EvidenceRule.ANY_KIND:
        return None
    wanted = " and ".join(kind.value for kind in missing)
    return (
        f"{named(person.forgejo_login)} has not given every kind of evidence: {wanted} of the same person is missing."
    )


def _sorted(counting: dict[int, list[Approval]]) -> tuple[Approval, ...]:
    """Each piece of evidence once, by person, kind and reference, in whatever order it came."""
    single = {(one.forgejo_id, _ORDER[one.kind], one.reference): one for ones in counting.values() for one in ones}
    return tuple(single[key] for key in sorted(single))


def _eligible(policy: _Policy) -> tuple[Person, ...]:
    return tuple(person for person in policy.reviewers if person.forgejo_id != policy.maker)


def _too_few(count: int, policy: _Policy) -> str:
    wanted = f"{counted_noun(count, 'approval')} of {policy.required} that {policy.place} wants"
    if len(_eligible(policy)) >= policy.required:
        return f"There is {wanted}." if count == 1 else f"There are {wanted}."
    barred = "; the maker of the plan is not counted" if len(_eligible(policy)) < len(policy.reviewers) else ""
    can = "nobody" if not _eligible(policy) else counted_noun(len(_eligible(policy)), "reviewer")
    verb = "is" if policy.required == 1 else "are"
    return (
        f"{counted_noun(policy.required, 'approval')} {verb} wanted by {policy.place}, "
        f"and {can} may approve this plan{barred}."
    )


def _way_out(policy: _Policy, counted: tuple[int, ...]) -> str:
    eligible = _eligible(policy)
    if len(eligible) >= policy.required:
        names = [named(person.forgejo_login) for person in eligible if person.forgejo_id not in counted]
        ways = " or ".join if policy.rule is EvidenceRule.ANY_KIND else " and ".join
        return f"Ask {' or '.join(names)} to {ways(_way(kind, policy.environment) for kind in policy.kinds)}."
    if len(policy.reviewers) >= policy.required:
        return "Let somebody else make the plan, or add a reviewer to the host's configuration."
    return "Give another person `ssh` principals in the host's configuration; docs/signing.md says how."


def _way(kind: EvidenceKind, environment: Environment | None) -> str:
    repository = "its repository" if environment is None else named(environment.repository.name)
    match kind:
        case EvidenceKind.DISPATCH:
            workflow = "the workflow" if environment is None else named(environment.workflow)
            return f"start {workflow} of {repository} with the operation apply and the plan's digest"
        case EvidenceKind.REVIEW:
            return f"approve a pull request of {repository} that adds a file named by the plan's digest"
        case EvidenceKind.SIGNATURE:
            return f"sign it: `{SIGN_COMMAND}`"
        case _:
            assert_never(kind)


def _either(kinds: tuple[EvidenceKind, ...]) -> str:
    return " or ".join(kind.value for kind in kinds)
