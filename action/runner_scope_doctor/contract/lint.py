"""What a valid contract could say better. Advice only: nothing here makes a contract invalid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.model.contract import Contract, ContractLocation, DeclaredRunner
from runner_scope_doctor.model.runner import ONLINE_WINDOW
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope
from runner_scope_doctor.model.wording import named


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One sentence about one declaration. May hold foreign text; `report` escapes it."""

    location: ContractLocation
    sentence: str


def lint(contract: Contract) -> tuple[Advice, ...]:
    """Advice in the order of the file; empty when there is none."""
    return tuple(
        Advice(location=runner.location, sentence=f"{named(runner.name)} {sentence}")
        for runner in contract.runners
        for sentence in _sentences(runner)
    )


def _sentences(runner: DeclaredRunner) -> Iterator[str]:
    match runner.scope:
        case InstanceScope():
            if any("deploy" in word.lower() for word in (runner.name, *runner.labels)):
                yield "looks like a deploy runner and serves the whole instance: any repository may run jobs on it."
        case OwnerScope(id=None) | RepositoryScope(id=None):
            yield "is declared by name only: after a rename another may take that name. Add the id."
        case OwnerScope() | RepositoryScope():
            pass
        case _:
            assert_never(runner.scope)
    if not runner.labels:
        yield "declares no labels, so a runner that lost its labels and takes no job is not noticed. Add the labels."
    if runner.online_within is not None and runner.online_within < ONLINE_WINDOW:
        yield f"has online_within below {ONLINE_WINDOW}s, for which Forgejo itself still calls a runner online."
