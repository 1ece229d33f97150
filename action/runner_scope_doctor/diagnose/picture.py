"""Draws who serves whom: what was seen, what was found with it, and what the contract and the repair would have instead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.diagnose.case import Case, case_of
from runner_scope_doctor.diagnose.drawn_runner import drawn_runner, findings_of
from runner_scope_doctor.diagnose.drawn_work import drawn_work
from runner_scope_doctor.diagnose.known_names import KnownNames, identified_scope, known_names
from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.picture import (
    DrawnOwner,
    DrawnRepository,
    DrawnRunner,
    DrawnWork,
    DueRunner,
    Existence,
    Mark,
    Picture,
    WorkSeen,
    urgency_of_owner,
    urgency_of_repository,
)
from runner_scope_doctor.model.runner import Absent, ObservedOwner, ObservedRepository, ObservedRunner, counted
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.snapshot import Coverage, Snapshot, Unobserved
from runner_scope_doctor.model.waiting_reason import WaitingAnswer

_WORST_FIRST = {mark: place for place, mark in enumerate(Mark)}


class _Kind(Enum):
    INSTANCE = "instance"
    OWNER = "owner"
    REPOSITORY = "repository"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class _Place:
    """Something that runners serve. `key` is its id; its name in small letters where only a contract names it; None for
    what there is one of, and for the owner of repositories whose owner was not seen."""

    kind: _Kind
    key: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hung:
    """What hangs at each place, and the words of the contract for places that nobody else names."""

    runners: defaultdict[_Place, list[DrawnRunner]]
    due: defaultdict[_Place, list[DueRunner]]
    declared: dict[_Place, Scope]
    work: dict[int, DrawnWork]


def pictured(
    snapshot: Snapshot,
    diagnosis: Diagnosis,
    contract: Contract | None,
    waiting: WaitingAnswer | Unobserved | None = None,
) -> Picture:
    """The picture of one snapshot and of what was found in it. `waiting` is why jobs wait, or why that could not be looked at;
    None when nobody asked a database."""
    answer = waiting if isinstance(waiting, WaitingAnswer) else None
    case = _with_repositories_of_jobs(case_of(snapshot, contract, target_major=None), answer)
    hung = _Hung(runners=defaultdict(list), due=defaultdict(list), declared={}, work=drawn_work(snapshot, answer))
    names = known_names(case)
    _hang_live(hung, diagnosis, names, case)
    _hang_missing(hung, diagnosis, names, case)
    instance, nowhere = _Place(_Kind.INSTANCE), _Place(_Kind.NOWHERE)
    return Picture(
        runners=_runners(hung, instance),
        due=_due(hung, instance),
        owners=_owners(hung, names, case),
        nowhere=_runners(hung, nowhere),
        coverage=_coverage(snapshot),
        work_seen=_work_seen(snapshot, answer),
        work_gaps=(waiting,) if isinstance(waiting, Unobserved) else () if answer is None else answer.unobserved,
        jobs_left_out=0 if answer is None else answer.left_out,
    )


def _coverage(snapshot: Snapshot) -> Coverage | None:
    """Candidates are what a database was asked for, and one that answered has an engine."""
    answered = snapshot.coverage is not Coverage.CANDIDATES or snapshot.server.engine is not None
    return snapshot.coverage if answered else None


def _work_seen(snapshot: Snapshot, answer: WaitingAnswer | None) -> WorkSeen:
    if answer is not None:
        return WorkSeen.ALL
    return WorkSeen.NONE if snapshot.server.engine is None else WorkSeen.COMBINED


def _with_repositories_of_jobs(case: Case, answer: WaitingAnswer | None) -> Case:
    for overdue in case.snapshot.overdue_jobs:
        case.repositories.setdefault(overdue.repository.id, overdue.repository)
    for job in () if answer is None else (explanation.job for explanation in answer.explanations):
        case.repositories.setdefault(job.repo_id, job.repository or Absent(id=job.repo_id))
    return case


def _hang_live(hung: _Hung, diagnosis: Diagnosis, names: KnownNames, case: Case) -> None:
    findings = findings_of(diagnosis)
    for runner in case.live:
        drawn = drawn_runner(runner, findings, names, case)
        home = _home(runner)
        hung.runners[home].append(drawn)
        for wanted in drawn.wanted:
            place = _place_of(wanted.scope)
            if place != home:
                hung.declared[place] = wanted.scope
                hung.due[place].append(DueRunner(name=runner.name, id=runner.id, location=None))


def _hang_missing(hung: _Hung, diagnosis: Diagnosis, names: KnownNames, case: Case) -> None:
    """Runners that were declared and are not there."""
    lines = {finding.location for finding in diagnosis.findings if finding.kind is FindingKind.RUNNER_MISSING}
    for declared in case.declared:
        if declared.location in lines:
            scope = identified_scope(declared.scope, names, case)
            place = _place_of(scope)
            hung.declared[place] = scope
            hung.due[place].append(DueRunner(name=declared.name, id=None, location=declared.location))


def _home(runner: ObservedRunner) -> _Place:
    """Where its ids put it; a combined one is drawn at its repository, which it was registered for."""
    match (counted(runner.owner_id), counted(runner.repo_id)):
        case (0, 0):
            return _Place(_Kind.INSTANCE)
        case (_, int() as repo_id) if repo_id > 0:
            return _Place(_Kind.REPOSITORY, repo_id)
        case (int() as owner_id, 0) if owner_id > 0:
            return _Place(_Kind.OWNER, owner_id)
        case _:
            return _Place(_Kind.NOWHERE)


def _place_of(scope: Scope) -> _Place:
    match scope:
        case InstanceScope():
            return _Place(_Kind.INSTANCE)
        case OwnerScope(id=number, name=name):
            return _Place(_Kind.OWNER, number if number is not None or name is None else name.lower())
        case RepositoryScope(id=number, name=name):
            return _Place(_Kind.REPOSITORY, number if number is not None or name is None else name.lower())


def _runners(hung: _Hung, place: _Place) -> tuple[DrawnRunner, ...]:
    return tuple(sorted(hung.runners.get(place, ()), key=lambda one: (_WORST_FIRST[one.mark], one.runner.id)))


def _due(hung: _Hung, place: _Place) -> tuple[DueRunner, ...]:
    return tuple(hung.due.get(place, ()))


def _owners(hung: _Hung, names: KnownNames, case: Case) -> tuple[DrawnOwner, ...]:
    works = (_Place(_Kind.REPOSITORY, repo_id) for repo_id in hung.work)
    places = dict.fromkeys((*hung.runners, *hung.due, *works))
    repositories: defaultdict[_Place, list[DrawnRepository]] = defaultdict(list)
    for place in places:
        if place.kind is _Kind.REPOSITORY:
            repositories[_owner_of(place, names, case)].append(_repository(place, hung, case))
    owners = dict.fromkeys((*(place for place in places if place.kind is _Kind.OWNER), *repositories))
    drawn = (_owner(place, repositories.get(place, []), hung, names, case) for place in owners)
    return tuple(
        sorted(drawn, key=lambda one: (urgency_of_owner(one), one.name is None, (one.name or "").lower(), one.id or 0))
    )


def _owner_of(repository: _Place, names: KnownNames, case: Case) -> _Place:
    if isinstance(repository.key, str):
        name = repository.key.partition("/")[0]
        return _Place(_Kind.OWNER, names.owners[name].id if name in names.owners else name)
    known = case.repository(repository.key)
    return _Place(_Kind.OWNER, known.owner_id if isinstance(known, ObservedRepository) else None)


def _repository(place: _Place, hung: _Hung, case: Case) -> DrawnRepository:
    number = place.key if isinstance(place.key, int) else None
    known, declared = case.repository(number), hung.declared.get(place)
    name, existence = declared.name if isinstance(declared, RepositoryScope) else None, Existence.UNSEEN
    match known:
        case ObservedRepository():
            name, existence = full_name(known), Existence.THERE
        case Absent():
            existence = Existence.GONE
        case None:
            pass
    return DrawnRepository(
        id=number,
        name=name,
        existence=existence,
        runners=_runners(hung, place),
        due=_due(hung, place),
        work=None if number is None else hung.work.get(number),
    )


def _owner(
    place: _Place, repositories: list[DrawnRepository], hung: _Hung, names: KnownNames, case: Case
) -> DrawnOwner:
    name, kind, existence = _owner_seen(place, hung, names, case)
    return DrawnOwner(
        id=place.key if isinstance(place.key, int) else None,
        name=name,
        kind=kind,
        existence=existence,
        runners=_runners(hung, place),
        due=_due(hung, place),
        repositories=tuple(
            sorted(
                repositories,
                key=lambda one: (urgency_of_repository(one), one.name is None, one.name or "", one.id or 0),
            )
        ),
    )


def _owner_seen(
    place: _Place, hung: _Hung, names: KnownNames, case: Case
) -> tuple[str | None, OwnerKind | None, Existence]:
    """Its name, its kind, and whether it is there."""
    declared = hung.declared.get(place)
    kind = declared.kind if isinstance(declared, OwnerScope) else None
    if not isinstance(place.key, int):
        said = declared.name if isinstance(declared, OwnerScope) else place.key
        return said, kind, Existence.UNSEEN
    match case.owner(place.key):
        case ObservedOwner(name=name, kind=seen):
            return name, seen, Existence.THERE
        case Absent():
            return None, kind, Existence.GONE
        case None:
            # A repository tells the name of its owner, as the owner's own row has it.
            told = names.of_owners.get(place.key)
            return told, kind, Existence.UNSEEN if told is None else Existence.THERE
