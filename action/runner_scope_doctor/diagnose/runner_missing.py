"""RSD003: no live row has a declared name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.diagnose.case import SHOWN, Case
from runner_scope_doctor.diagnose.scope_shape import registered_for
from runner_scope_doctor.model.contract import DeclaredRunner
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import Coverage, Need, Source, Unobserved
from runner_scope_doctor.model.wording import counted_noun, named


def find(case: Case) -> Iterator[Finding | Unobserved]:
    """One error for each declared name without a live row; where not every row was looked at, they count as not seen."""
    missing = [declared for declared in case.declared if not case.live_named(declared.name)]
    if not missing:
        return
    if case.snapshot.coverage is Coverage.LISTED:
        yield _not_listed(missing)
    elif case.snapshot.live_runners is None:
        yield _no_table(missing)
    else:
        yield from (_finding(declared, case) for declared in missing)


def _finding(declared: DeclaredRunner, case: Case) -> Finding:
    return Finding(
        kind=FindingKind.RUNNER_MISSING,
        severity=Severity.ERROR,
        message=f"no live runner is called {named(declared.name)}",
        meaning="Jobs that only this runner could take wait for a runner that does not exist.",
        remedy=(
            f"Register {named(declared.name)} {registered_for(declared.scope, case.rules_of)}, "
            "or take it out of the contract."
        ),
        rows=case.deleted_named(declared.name),
        location=declared.location,
    )


def _not_listed(missing: Sequence[DeclaredRunner]) -> Unobserved:
    return Unobserved(
        source=Source.API,
        what=_in_words(missing),
        reason="The list this token may read does not have it; another list may.",
        next_step="Use a list that covers its scope, or let the check see the database.",
        need=Need.REQUIRED,
    )


def _no_table(missing: Sequence[DeclaredRunner]) -> Unobserved:
    return Unobserved(
        source=Source.DATABASE,
        what=_in_words(missing),
        reason="No source showed the runners.",
        next_step="Let the check see the database or the admin list.",
        need=Need.REQUIRED,
    )


def _in_words(missing: Sequence[DeclaredRunner]) -> str:
    names = ", ".join(named(declared.name) for declared in missing[:SHOWN])
    more = "" if len(missing) <= SHOWN else f" and {len(missing) - SHOWN} more"
    return f"{counted_noun(len(missing), 'declared runner')}: {names}{more}"
