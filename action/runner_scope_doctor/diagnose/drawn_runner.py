"""One live runner as the picture shows it: what was found with it, whether it is online, and what it should serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.known_names import KnownNames, identified_scope
from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding, FindingKind, Repairable, Severity
from runner_scope_doctor.model.picture import Adviser, DrawnRunner, Mark, Presence, WantedScope
from runner_scope_doctor.model.runner import (
    ONLINE_WINDOW,
    ObservedId,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    RunnerStatus,
    counted,
    is_set,
)
from runner_scope_doctor.model.scope import RepositoryScope, Scope
from runner_scope_doctor.model.snapshot import Need

_ABOUT_THE_SCOPE = frozenset(
    (
        FindingKind.COMBINED_SCOPE,
        FindingKind.SCOPE_DIFFERS,
        FindingKind.IMPOSSIBLE_ID,
        FindingKind.REPOSITORY_GONE,
        FindingKind.OWNER_GONE,
    )
)
"""Findings after which a runner should serve something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All findings, which of them are about each runner, and whether everything was seen that they needed."""

    all: tuple[Finding, ...]
    of_runner: dict[int, tuple[int, ...]]
    whole: bool


def findings_of(diagnosis: Diagnosis) -> Findings:
    """The findings by the runners they are about."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place, finding in enumerate(diagnosis.findings):
        for runner_id in finding.runner_ids if finding.runner is None else (finding.runner.id,):
            found[runner_id].append(place)
    return Findings(
        all=diagnosis.findings,
        of_runner={runner_id: tuple(places) for runner_id, places in found.items()},
        whole=not any(gap.need is Need.REQUIRED for gap in diagnosis.unobserved),
    )


def drawn_runner(runner: ObservedRunner, findings: Findings, names: KnownNames, case: Case) -> DrawnRunner:
    """The runner with what is said of it."""
    places = findings.of_runner.get(runner.id, ())
    about = [findings.all[place] for place in places]
    repository = case.repository(runner.repo_id)
    return DrawnRunner(
        runner=runner,
        mark=_mark(runner, about, case, whole=findings.whole),
        presence=_presence(runner, case),
        owner_name=names.of_owners.get(runner.owner_id) if isinstance(runner.owner_id, int) else None,
        repository_name=full_name(repository) if isinstance(repository, ObservedRepository) else None,
        findings=places,
        wanted=tuple(_wanted(runner, about, names, case)),
    )


def _mark(runner: ObservedRunner, about: list[Finding], case: Case, *, whole: bool) -> Mark:
    if any(finding.severity is Severity.ERROR for finding in about):
        return Mark.SICK
    if about:
        return Mark.WARNED
    return Mark.HEALTHY if whole and _target_seen(runner, case) else Mark.UNKNOWN


def _target_seen(runner: ObservedRunner, case: Case) -> bool:
    """Whether somebody looked if what its ids point at is there. The API does not show it for every id."""
    owner = not is_set(runner.owner_id) or isinstance(case.owner(runner.owner_id), ObservedOwner)
    return owner and (not is_set(runner.repo_id) or isinstance(case.repository(runner.repo_id), ObservedRepository))


def _presence(runner: ObservedRunner, case: Case) -> Presence:
    match runner.status:
        case RunnerStatus.OFFLINE:
            return Presence.OFFLINE
        case RunnerStatus.IDLE | RunnerStatus.ACTIVE:
            return Presence.ONLINE
        case None:
            pass
    if runner.last_online is None:
        return Presence.UNSEEN if case.snapshot.server.engine is None else Presence.NEVER
    online = case.snapshot.taken_at - runner.last_online <= ONLINE_WINDOW
    return Presence.ONLINE if online else Presence.OFFLINE


def _wanted(runner: ObservedRunner, about: list[Finding], names: KnownNames, case: Case) -> Iterator[WantedScope]:
    """What the repair and the contract would have it serve; once where they agree."""
    if not any(finding.kind in _ABOUT_THE_SCOPE for finding in about):
        return
    repaired = next((_repaired(runner, finding) for finding in about if isinstance(finding.repair, Repairable)), None)
    if repaired is not None:
        yield WantedScope(scope=identified_scope(repaired, names, case), adviser=Adviser.REPAIR)
    declared = case.declared_by_name.get(runner.name)
    if declared is None or len(case.live_named(runner.name)) > 1:
        return
    scope = identified_scope(declared.scope, names, case)
    if repaired is None or not _is_repository(scope, runner.repo_id):
        yield WantedScope(scope=scope, adviser=Adviser.CONTRACT)


def _repaired(runner: ObservedRunner, finding: Finding) -> Scope | None:
    """A repair clears the owner and keeps the repository."""
    if finding.kind is not FindingKind.COMBINED_SCOPE or not isinstance(runner.repo_id, int):
        return None
    return RepositoryScope(name=None, id=runner.repo_id)


def _is_repository(scope: Scope, repo_id: ObservedId) -> bool:
    return isinstance(scope, RepositoryScope) and scope.id == counted(repo_id)
