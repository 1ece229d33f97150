"""RSD001: a live runner row with both ids set belongs to no scope, and is never told of new work."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.scope_shape import declared_in_words
from runner_scope_doctor.model.finding import Finding, FindingKind, NotRepairable, Repairable, Severity
from runner_scope_doctor.model.runner import (
    Absent,
    ObservedId,
    ObservedRepository,
    ObservedRunner,
    is_combined,
)
from runner_scope_doctor.model.scope import RepositoryScope, Scope
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE, Product, is_known_major
from runner_scope_doctor.model.wording import counted_noun, duration, named, stored

_UNTOLD = (
    "the runner shows as online and idle, and never picks up a new job: Forgejo counts new work per instance, "
    "per owner and per repository, never for the pair. It runs what waits when its service starts, "
    "then nothing until the next restart. A runner that still picks jobs stops doing so at its next restart"
)
_REJECTED = (
    "the runner exits at its start or shows as offline, because the server refuses a row with both ids. "
    "Do not restart it: a runner that still works stops for good"
)


def find(case: Case) -> Iterator[Finding]:
    """One error for each live combined row."""
    for runner in case.live:
        if is_combined(runner):
            yield _finding(runner, case)


def _finding(runner: ObservedRunner, case: Case) -> Finding:
    repair = _repair(runner, case)
    declared = case.declared_by_name.get(runner.name)
    return Finding(
        kind=FindingKind.COMBINED_SCOPE,
        severity=Severity.ERROR,
        message=f"active {_role(runner)} {named(runner.name)} has owner_id={stored(runner.owner_id)}; expected 0",
        meaning=_meaning(runner, case.rules_of),
        remedy=_remedy(runner, repair, case.rules_of),
        runner=runner,
        rows=(*_deleted_twins(runner, case), runner),
        evidence=tuple(_evidence(runner, case)),
        repair=repair,
        location=None if declared is None else declared.location,
    )


def _role(runner: ObservedRunner) -> str:
    """The original script speaks of the deploy runner; one that is called or labelled so keeps that name."""
    words = (runner.name, *(runner.labels if isinstance(runner.labels, tuple) else ()))
    return "deploy runner" if any("deploy" in word.lower() for word in words) else "runner"


def _deleted_twins(runner: ObservedRunner, case: Case) -> Iterator[ObservedRunner]:
    return (other for other in case.deleted_named(runner.name) if other.repo_id == runner.repo_id)


def _meaning(runner: ObservedRunner, rules_of: int | None) -> str:
    pair = f"Owner {stored(runner.owner_id)} and repository {stored(runner.repo_id)} at once is no scope."
    if rules_of is None:
        return f"{pair} Up to Forgejo 15 {_UNTOLD}. From 16 on {_REJECTED}."
    if rules_of < FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
        return f"{pair} On Forgejo {rules_of} {_UNTOLD}."
    return f"{pair} On Forgejo {rules_of} {_REJECTED}."


def _repair(runner: ObservedRunner, case: Case) -> Repairable | NotRepairable:
    """The one known shape: both ids positive, the repository there, the tables of a known Forgejo."""
    server = case.snapshot.server
    if not _positive(runner.owner_id) or not _positive(runner.repo_id):
        return NotRepairable(reason="an id is not a positive number, and only the known shape may be repaired")
    if isinstance(case.repository(runner.repo_id), Absent):
        return NotRepairable(
            reason=f"repository {stored(runner.repo_id)} does not exist, so there is no scope to go back to"
        )
    if server.product is Product.GITEA:
        return NotRepairable(
            reason="this is a Gitea server; Gitea 1.24 and later repair such rows when they are upgraded"
        )
    if case.rules_of is None or not is_known_major(case.rules_of):
        return NotRepairable(reason="the server's version is not one whose tables are known")
    return Repairable(owner_id=0)


def _positive(value: ObservedId) -> bool:
    return isinstance(value, int) and value > 0


def _remedy(runner: ObservedRunner, repair: Repairable | NotRepairable, rules_of: int | None) -> str:
    match repair:
        case NotRepairable(reason=reason):
            return f"Not repairable: {reason}. Run `runner-scope-doctor explain RSD001` before anyone changes the row."
        case Repairable(owner_id=owner_id):
            change = (
                f"`runner-scope-doctor plan --runner {runner.id}` on the host that may write to the database; it plans to set "
                f"owner_id of runner {runner.id} to {owner_id} and to keep repo_id {stored(runner.repo_id)}"
            )
            if rules_of is None or rules_of < FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
                return f"{change}, and nothing needs a restart."
            return (
                f"{change}. Start the runner's service afterwards if it has exited. On this version registering again with "
                "the same secret and scope repairs the row too "
                "(forgejo-cli actions register --scope owner/repository --keep-labels)."
            )


def _evidence(runner: ObservedRunner, case: Case) -> Iterator[str]:
    match case.repository(runner.repo_id):
        case ObservedRepository() as repository:
            owner = repository.owner_name or f"(owner {repository.owner_id})"
            yield f"repository {repository.id} is {named(f'{owner}/{repository.name}')}"
        case Absent(id=repo_id):
            yield f"repository {repo_id} does not exist"
        case None:
            pass
    if isinstance(runner.repo_id, int) and (waiting := case.waiting.get(runner.repo_id)) is not None:
        since = (
            "" if waiting.oldest is None else f", the oldest for {duration(case.snapshot.taken_at - waiting.oldest)}"
        )
        yield f"{counted_noun(waiting.count, 'job')} of repository {runner.repo_id} waiting{since}"
    if runner.last_online is not None:
        yield f"last online {duration(case.snapshot.taken_at - runner.last_online)} before this look"
    elif case.snapshot.server.engine is not None:
        yield "never been online"
    declared = case.declared_by_name.get(runner.name)
    if declared is not None and not _repairs_to(declared.scope, runner):
        yield (
            f"declared as {declared_in_words(declared.scope)}, and the repair would leave it with repository "
            f"{stored(runner.repo_id)}: decide which is right before anyone repairs it"
        )


def _repairs_to(scope: Scope, runner: ObservedRunner) -> bool:
    """Whether the row would have the declared scope after the repair, as far as ids tell."""
    return isinstance(scope, RepositoryScope) and scope.id in (None, runner.repo_id)
