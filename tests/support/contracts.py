"""Contracts for tests of the pure rooms, as values."""

from __future__ import annotations

from runner_scope_doctor.model.contract import Contract, ContractLocation, DeclaredRunner, UndeclaredRule
from runner_scope_doctor.model.scope import RepositoryScope, Scope

FILE = "runner-scope.yml"
PLATFORM_SCOPE = RepositoryScope(name="platform-team/platform", id=35)


def declared(
    name: str = "rs2000-deploy-host",
    scope: Scope = PLATFORM_SCOPE,
    *,
    labels: tuple[str, ...] = (),
    online_within: int | None = None,
    max_wait: int | None = None,
    line: int = 3,
    reason: str | None = None,
) -> DeclaredRunner:
    """One entry; nothing but the scope is judged unless it is named."""
    return DeclaredRunner(
        name=name,
        scope=scope,
        labels=labels,
        online_within=online_within,
        max_wait=max_wait,
        location=ContractLocation(file=FILE, line=line),
        reason=reason,
    )


def contract(
    *runners: DeclaredRunner, instance: str | None = None, undeclared: UndeclaredRule = UndeclaredRule.IGNORE
) -> Contract:
    """A contract with these entries, the deploy host's when none is given."""
    return Contract(
        instance=instance,
        instance_location=None if instance is None else ContractLocation(file=FILE, line=2),
        runners=runners or (declared(),),
        undeclared=undeclared,
        file=FILE,
    )
