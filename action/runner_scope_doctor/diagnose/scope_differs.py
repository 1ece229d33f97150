"""RSD002: a declared runner has one clean scope, and it is not the declared one."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.scope_shape import (
    Width,
    declared_in_words,
    declared_width,
    full_name,
    observed_in_words,
    registered_for,
    width_of,
)
from runner_scope_doctor.model.contract import DeclaredRunner
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import Absent, ObservedOwner, ObservedRepository, ObservedRunner
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope
from runner_scope_doctor.model.snapshot import Need, Source, Unobserved
from runner_scope_doctor.model.wording import named

_WIDER = (
    "It serves more than was declared, and that is worse than serving something else: jobs of every {whose} can run "
    "on this host."
)
_OTHER = "Jobs it was meant for wait, and jobs it was not meant for can run on this host."


def find(case: Case) -> Iterator[Finding | Unobserved]:
    """One error for each declared name with one live row of another scope. Combined rows are RSD001's."""
    for declared in case.declared:
        rows = case.live_named(declared.name)
        if len(rows) == 1 and width_of(rows[0]) is not None:
            yield from _judged(declared, rows[0], case)


def _judged(declared: DeclaredRunner, runner: ObservedRunner, case: Case) -> Iterator[Finding | Unobserved]:
    width = width_of(runner)
    if width is not declared_width(declared.scope):
        yield _finding(declared, runner, case)
        return
    same = _same_target(declared, runner, case)
    if same is None:
        yield _unnamed(declared, case)
    elif not same:
        yield _finding(declared, runner, case)


def _unnamed(declared: DeclaredRunner, case: Case) -> Unobserved:
    """The width is right and the name was not seen. Where the contract has the id too, that was right as well."""
    has_id = not isinstance(declared.scope, InstanceScope) and declared.scope.id is not None
    return Unobserved(
        source=Source.API if case.snapshot.server.engine is None else Source.DATABASE,
        what=f"the name of what runner {named(declared.name)} serves",
        reason=f"The contract names {declared_in_words(declared.scope)}, and only an id was seen.",
        next_step="Let the check see the database."
        if has_id
        else "Add the id to the contract, or let the check see the database.",
        need=Need.OPTIONAL if has_id else case.need_of_database,
    )


def _same_target(declared: DeclaredRunner, runner: ObservedRunner, case: Case) -> bool | None:
    """Whether a row of the declared width serves the declared thing; None when that was not seen.

    What is gone has no name to compare: RSD007 and RSD008 tell of it.
    """
    match declared.scope:
        case InstanceScope():
            return True
        case OwnerScope(kind=kind, name=name, id=number):
            owner = case.owner(runner.owner_id)
            if isinstance(owner, ObservedOwner) and owner.kind is not kind:
                return False
            seen = owner.name if isinstance(owner, ObservedOwner) else None
            return _same(number, runner.owner_id, None if isinstance(owner, Absent) else name, seen)
        case RepositoryScope(name=name, id=number):
            repository = case.repository(runner.repo_id)
            seen = full_name(repository) if isinstance(repository, ObservedRepository) else None
            return _same(number, runner.repo_id, None if isinstance(repository, Absent) else name, seen)


def _same(number: int | None, seen_number: object, name: str | None, seen_name: str | None) -> bool | None:
    if number is not None and number != seen_number:
        return False
    if name is None:
        return True
    if seen_name is None:
        return None
    # Forgejo compares names without regard to case (lower_name).
    return name.lower() == seen_name.lower()


def _finding(declared: DeclaredRunner, runner: ObservedRunner, case: Case) -> Finding:
    seen, wanted = width_of(runner), declared_width(declared.scope)
    wider = seen is not None and seen > wanted
    serves = observed_in_words(runner, case)
    whose = "repository of the instance" if seen is Width.INSTANCE else "repository of that owner"
    return Finding(
        kind=FindingKind.SCOPE_DIFFERS,
        severity=Severity.ERROR,
        message=(
            f"runner {named(runner.name)} serves {serves}{', which is wider than declared' if wider else ''}; "
            f"the contract says {declared_in_words(declared.scope)}"
        ),
        meaning=_WIDER.format(whose=whose) if wider else _OTHER,
        remedy=(
            f"Decide which is right: correct the contract, or delete runner {runner.id} in Forgejo and register it again "
            f"{registered_for(declared.scope, case.rules_of)}."
        ),
        runner=runner,
        rows=(*case.deleted_named(runner.name), runner),
        location=declared.location,
    )
