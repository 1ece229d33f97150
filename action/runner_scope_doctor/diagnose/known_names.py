"""What the names of a contract mean on the server that was looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.diagnose.scope_shape import full_name
from runner_scope_doctor.model.runner import Absent, ObservedOwner, ObservedRepository
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """Owners and repositories that were seen, by their names in small letters: Forgejo compares them so (`lower_name`).

    `of_owners` are names by id, those of owners that only a repository told of included.
    """

    owners: dict[str, ObservedOwner]
    repositories: dict[str, ObservedRepository]
    of_owners: dict[int, str]


def known_names(case: Case) -> KnownNames:
    """The names in one case."""
    owners = [one for one in case.owners.values() if not isinstance(one, Absent)]
    repositories = [one for one in case.repositories.values() if not isinstance(one, Absent)]
    told = {one.owner_id: one.owner_name for one in repositories if one.owner_name is not None}
    return KnownNames(
        owners={one.name.lower(): one for one in owners},
        repositories={full_name(one).lower(): one for one in repositories},
        of_owners=told | {one.id: one.name for one in owners},
    )


def identified_scope(scope: Scope, names: KnownNames, case: Case) -> Scope:
    """The scope with the id and the name of what it names, as far as they were seen."""
    match scope:
        case InstanceScope():
            return scope
        case OwnerScope(name=name, id=number):
            owner = case.owner(number) if number is not None else names.owners.get((name or "").lower())
            return replace(scope, id=owner.id, name=owner.name) if isinstance(owner, ObservedOwner) else scope
        case RepositoryScope(name=name, id=number):
            seen = case.repository(number) if number is not None else names.repositories.get((name or "").lower())
            return RepositoryScope(id=seen.id, name=full_name(seen)) if isinstance(seen, ObservedRepository) else scope
