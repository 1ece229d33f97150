"""RSD005: live runners that no contract entry names, counted in one finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.wording import counted_noun, named


def find(case: Case) -> Iterator[Finding]:
    """One finding for all of them, as severe as the contract says."""
    if case.contract is None:
        return
    match case.contract.undeclared:
        case UndeclaredRule.IGNORE:
            return
        case UndeclaredRule.WARN:
            yield from _found(case, case.contract, Severity.WARNING)
        case UndeclaredRule.FAIL:
            yield from _found(case, case.contract, Severity.ERROR)
        case _:
            assert_never(case.contract.undeclared)


def _found(case: Case, contract: Contract, severity: Severity) -> Iterator[Finding]:
    rows = [runner for runner in case.live if runner.name not in case.declared_by_name]
    declared = len(case.live) - len(rows)
    # A look may leave healthy undeclared rows out, never declared ones, so the server's count tells the rest. Rows come
    # and go between counting and reading, hence the larger of the two.
    whole = case.snapshot.live_runners
    count = len(rows) if whole is None else max(whole - declared, len(rows))
    if count == 0:
        return
    place = "in the list that was read" if whole is None else "of this server"
    yield Finding(
        kind=FindingKind.RUNNER_UNDECLARED,
        severity=severity,
        message=f"{counted_noun(count, 'live runner')} {place} {'is' if count == 1 else 'are'} not in the contract",
        meaning="Nobody said what these runners are for, so nobody would notice when their scope is wrong.",
        remedy=f"Declare them in {named(contract.file)}, delete them, or set `undeclared: ignore` there.",
        rows=tuple(rows[:SHOWN]),
        runner_ids=tuple(runner.id for runner in rows),
        evidence=more_than_shown(count),
    )
