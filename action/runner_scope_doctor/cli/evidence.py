"""The evidence for one plan: signatures that were given, the run that asks, reviews on the server, what the journal noted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.approve.dispatch import dispatch_evidence
from runner_scope_doctor.approve.dispatch_rules import declined
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.rules import judged
from runner_scope_doctor.approve.signature import signature_evidence
from runner_scope_doctor.cli.host_side import HostSide, address_for
from runner_scope_doctor.cli.plan_argument import GivenPlan
from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.model.approval import Approval, ApprovalVerdict, Approved, BrokenGlass
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.host import ConnectionPurpose, EvidenceKind, environment_named
from runner_scope_doctor.repair.noted import is_noted_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One plan on one host, with what was given for its approval. `run_id` is the workflow run that asks, None when none
    does; `broken_glass` is None unless somebody who may goes on without an approval."""

    side: HostSide
    given: GivenPlan
    signatures: tuple[Path, ...]
    run_id: int | None
    broken_glass: BrokenGlass | None


def approval_of(case: Case, noted: tuple[Approval, ...]) -> ApprovalVerdict:
    """Whether the plan is approved now. The server's API is asked only where the rest is not enough, so that a repair that
    was signed does not depend on it."""
    if case.broken_glass is not None:
        return case.broken_glass
    plan, configuration, now = case.given.plan, case.side.configuration, int(time.time())
    near = (*noted, *_signatures(case), *_dispatches(case, noted))
    verdict = judged(plan, configuration, near, now=now)
    if isinstance(verdict, Approved) or not _takes_reviews(case):
        return verdict
    return judged(plan, configuration, (*near, *_reviews(case)), now=now)


def references_of(case: Case) -> frozenset[str]:
    """The names of all pieces of evidence that are given now and are an approval by themselves."""
    if case.broken_glass is not None:
        return frozenset()
    pieces = [*_signatures(case), *_dispatches(case, ())]
    if not pieces and _takes_reviews(case):
        pieces += _reviews(case)
    return frozenset(one.reference for one in pieces if isinstance(one, Approval))


def _signatures(case: Case) -> Iterator[Evidence]:
    """What each signature says, judged anew."""
    configuration, operator = case.side.configuration, case.side.operator
    for file in case.signatures:
        yield signature_evidence(case.given.content, file, configuration, operator=operator)


def _dispatches(case: Case, noted: tuple[Approval, ...]) -> tuple[Evidence, ...]:
    """What the server recorded of the run that asks; nothing when its approval was noted before."""
    run_id = case.run_id
    if run_id is None or is_noted_run(run_id, noted):
        return ()
    side, given = case.side, case.given
    try:
        with opened_for_reading(address_for(side, ConnectionPurpose.APPROVAL), side.patience) as reader:
            evidence = dispatch_evidence(
                reader,
                run_id,
                given.plan,
                given.digest,
                side.configuration,
                major=given.plan.target.major,
                now=int(time.time()),
            )
    except SourceUnavailable as error:
        evidence = declined(run_id, f"cannot be judged: {error.problem} {error.next_step}".removesuffix("."))
    return (evidence,)


def _takes_reviews(case: Case) -> bool:
    name = case.given.plan.environment
    environment = None if name is None else environment_named(case.side.configuration, name)
    return environment is not None and EvidenceKind.REVIEW in environment.evidence


def _reviews(case: Case) -> tuple[Evidence, ...]:
    from runner_scope_doctor.approve.review import review_evidence  # HTTP, which most repairs do without
    from runner_scope_doctor.approve.review_access import review_client

    side, configuration, given = case.side, case.side.configuration, case.given
    with review_client(configuration, operator=side.operator, patience_seconds=side.patience.seconds) as client:
        return review_evidence(client, given.plan, given.digest, configuration)
