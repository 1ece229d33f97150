"""The scope a clean row has, in the contract's words."""

from __future__ import annotations

from enum import IntEnum

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository, ObservedRunner, counted, is_combined
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.wording import named


class Width(IntEnum):
    """How much a scope serves, in growing order."""

    REPOSITORY = 1
    OWNER = 2
    INSTANCE = 3


def width_of(runner: ObservedRunner) -> Width | None:
    """None for a row that has no scope: combined, negative or no number."""
    owner_id, repo_id = counted(runner.owner_id), counted(runner.repo_id)
    if is_combined(runner) or not isinstance(owner_id, int) or not isinstance(repo_id, int):
        return None
    if owner_id < 0 or repo_id < 0:
        return None
    if repo_id > 0:
        return Width.REPOSITORY
    return Width.OWNER if owner_id > 0 else Width.INSTANCE


def declared_width(scope: Scope) -> Width:
    """The width a contract asks for."""
    match scope:
        case InstanceScope():
            return Width.INSTANCE
        case OwnerScope():
            return Width.OWNER
        case RepositoryScope():
            return Width.REPOSITORY


def declared_in_words(scope: Scope) -> str:
    """A declared scope in a sentence."""
    match scope:
        case InstanceScope():
            return "the whole instance"
        case OwnerScope(kind=kind, name=name, id=number):
            return f"{kind.value} {_name_or_id(name, number)}"
        case RepositoryScope(name=name, id=number):
            return f"repository {_name_or_id(name, number)}"


def registered_for(scope: Scope, rules_of: int | None) -> str:
    """How to register a runner for a scope, without writing the combined row that the command line wrote up to 15."""
    words = f"for {declared_in_words(scope)}"
    clean = rules_of is not None and rules_of >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE
    if clean or not isinstance(scope, RepositoryScope):
        return words
    return (
        f"{words} with a token from that repository's settings page (`forgejo-cli actions register --scope` would write "
        "an owner as well)"
    )


def observed_in_words(runner: ObservedRunner, case: Case) -> str:
    """A row's scope in a sentence, with names where they are known."""
    match width_of(runner):
        case Width.INSTANCE:
            return "the whole instance"
        case Width.OWNER:
            owner = case.owner(runner.owner_id)
            if isinstance(owner, ObservedOwner):
                return f"{owner.kind.value} {_name_or_id(owner.name, owner.id)}"
            return f"owner {runner.owner_id}"
        case Width.REPOSITORY:
            repository = case.repository(runner.repo_id)
            if isinstance(repository, ObservedRepository):
                return f"repository {_name_or_id(full_name(repository), repository.id)}"
            return f"repository {runner.repo_id}"
        case None:
            return "no scope at all"


def full_name(repository: ObservedRepository) -> str:
    """`owner/repository`; an owner without a row is shown by id."""
    return f"{repository.owner_name or f'(owner {repository.owner_id})'}/{repository.name}"


def _name_or_id(name: str | None, number: int | None) -> str:
    if name is None:
        return f"{number}"
    return named(name) if number is None else f"{named(name)} (id {number})"
