"""RSD013: a declared runner has not been seen by its server for longer than the contract allows."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.contract import DeclaredRunner
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import ONLINE_WINDOW, ObservedRunner, RunnerStatus, is_combined
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.snapshot import Source, Unobserved
from runner_scope_doctor.model.wording import duration, named


def find(case: Case) -> Iterator[Finding | Unobserved]:
    """One error for each declared live row that was not online within `online_within`.

    Runners without that key, and runners the contract does not name, are not judged: a laptop or an ephemeral runner
    is offline by design.
    """
    for declared in case.declared:
        if declared.online_within is None:
            continue
        for runner in case.live_named(declared.name):
            yield from _judged(runner, declared, declared.online_within, case)


def _judged(
    runner: ObservedRunner, declared: DeclaredRunner, allowed: int, case: Case
) -> Iterator[Finding | Unobserved]:
    if runner.last_online is not None:
        since = case.snapshot.taken_at - runner.last_online
        if since > allowed:
            yield _finding(runner, declared, f"was last online {duration(since)} ago", allowed, case)
    elif runner.status is RunnerStatus.OFFLINE and allowed <= ONLINE_WINDOW:
        yield _finding(runner, declared, "shows as offline", allowed, case)
    elif runner.status in (RunnerStatus.IDLE, RunnerStatus.ACTIVE):
        return
    elif runner.status is None and case.snapshot.server.engine is not None:
        yield _finding(runner, declared, "has never been online", allowed, case)
    else:
        yield Unobserved(
            source=Source.API,
            what=f"when runner {named(runner.name)} was last online",
            reason="The API tells whether a runner was online within the last minute, and not since when it is not.",
            next_step="Look at the runner's service, or let the check see the database.",
            need=case.need_of_database,
        )


def _finding(runner: ObservedRunner, declared: DeclaredRunner, since: str, allowed: int, case: Case) -> Finding:
    rejected = is_combined(runner) and (case.rules_of is None or case.rules_of >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE)
    return Finding(
        kind=FindingKind.RUNNER_OFFLINE,
        severity=Severity.ERROR,
        message=f"runner {named(runner.name)} {since}; the contract allows {duration(allowed)}",
        meaning=(
            "From Forgejo 16 on a combined scope alone makes a runner show as offline, or exit at its start."
            if rejected
            else "Its service does not run, or cannot reach the server; jobs for it wait."
        ),
        remedy=(
            "Repair the scope as RSD001 says, then start the service if it has exited."
            if rejected
            else "Look at the runner's service and its log on its host."
        ),
        runner=runner,
        rows=(*case.deleted_named(runner.name), runner),
        location=declared.location,
    )
