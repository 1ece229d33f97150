"""RSD002 scope-differs: one clean scope, and not the declared one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import Absent, NotANumber, ObservedId, ObservedOwner, ObservedRepository
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved
from support.contracts import contract, declared
from support.diagnosing import found, unseen
from support.snapshots import NOW, PLATFORM, TEAM, runner, snapshot, through_the_api

KIND = FindingKind.SCOPE_DIFFERS
ALICE = ObservedOwner(id=2, name="alice", kind=OwnerKind.USER)
OTHER = ObservedRepository(id=36, owner_id=1, owner_name="platform-team", name="website")
INSTANCE = InstanceScope()
TEAM_SCOPE = OwnerScope(kind=OwnerKind.ORGANIZATION, name="platform-team", id=1)
REPOSITORY = RepositoryScope(name="platform-team/platform", id=35)


def seen(owner_id: ObservedId = 0, repo_id: ObservedId = 0) -> Snapshot:
    return snapshot(runner(5, owner_id=owner_id, repo_id=repo_id), owners=(TEAM, ALICE), repositories=(PLATFORM, OTHER))


@pytest.mark.parametrize(
    ("owner_id", "repo_id", "scope", "differs", "wider"),
    [
        (0, 0, INSTANCE, False, False),
        (None, None, INSTANCE, False, False),
        (1, 0, TEAM_SCOPE, False, False),
        (1, None, TEAM_SCOPE, False, False),
        (0, 35, REPOSITORY, False, False),
        (None, 35, REPOSITORY, False, False),
        (0, 0, TEAM_SCOPE, True, True),
        (0, 0, REPOSITORY, True, True),
        (1, 0, REPOSITORY, True, True),
        (1, 0, INSTANCE, True, False),
        (0, 35, INSTANCE, True, False),
        (0, 35, TEAM_SCOPE, True, False),
        (2, 0, TEAM_SCOPE, True, False),
        (0, 36, REPOSITORY, True, False),
    ],
)
def test_each_pair_of_ids_is_held_against_each_scope(
    owner_id: ObservedId, repo_id: ObservedId, scope: Scope, differs: bool, wider: bool
) -> None:
    """(0, 0) serves the instance, (o, 0) an owner, (0, r) a repository, NULL counting as 0; the larger set is wider."""
    findings = found(KIND, seen(owner_id, repo_id), contract(declared(scope=scope)))
    assert len(findings) == differs
    assert any("wider than declared" in finding.message for finding in findings) == wider
    assert all(finding.severity is Severity.ERROR for finding in findings)


def test_the_message_says_what_is_served_and_what_was_declared() -> None:
    """An instance-wide deploy host runs everyone's jobs, so the message says so, and where the contract says otherwise."""
    (finding,) = found(KIND, seen(), contract())
    assert finding.message == (
        "runner rs2000-deploy-host serves the whole instance, which is wider than declared; "
        "the contract says repository platform-team/platform (id 35)"
    )
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("runner-scope.yml", 3)


@pytest.mark.parametrize(
    ("owner_id", "repo_id"),
    [(1, 35), (2, 35), (-1, 35), (-1, 0), (0, -1), (NotANumber(text="x"), 0), (0, NotANumber(text="x"))],
)
def test_a_row_without_a_scope_is_left_to_its_own_rule(owner_id: ObservedId, repo_id: ObservedId) -> None:
    """Combined and impossible rows have no scope that could differ: RSD001 and RSD006 judge them."""
    assert found(KIND, seen(owner_id, repo_id), contract()) == []
    assert unseen(seen(owner_id, repo_id), contract()) == []


@pytest.mark.parametrize(
    ("scope", "differs"),
    [
        (RepositoryScope(name="Platform-Team/PLATFORM", id=None), False),
        (RepositoryScope(name="platform-team/platform2", id=None), True),
        (RepositoryScope(name=None, id=35), False),
        (RepositoryScope(name=None, id=36), True),
        (RepositoryScope(name="platform-team/platform", id=36), True),
        (RepositoryScope(name="platform-team/website", id=35), True),
    ],
)
def test_a_name_or_an_id_or_both_must_match(scope: Scope, differs: bool) -> None:
    """Names are compared as Forgejo's `lower_name`; with name and id given, both must match."""
    assert len(found(KIND, seen(0, 35), contract(declared(scope=scope)))) == differs


def test_an_organization_is_not_a_user() -> None:
    """An owner of the right id and the wrong kind is not what was declared."""
    scope = OwnerScope(kind=OwnerKind.USER, name=None, id=1)
    (finding,) = found(KIND, seen(1), contract(declared(scope=scope)))
    assert "serves organization platform-team (id 1); the contract says user 1" in finding.message


def test_a_name_nobody_looked_up_is_not_seen() -> None:
    """The admin list shows ids alone: a contract by name cannot be judged then, and a contract by id can."""
    by_name = contract(declared(scope=RepositoryScope(name="platform-team/platform", id=None)))
    ids_only = through_the_api(snapshot(runner(5, repo_id=35), owners=(), repositories=()))
    (gap,) = unseen(ids_only, by_name)
    assert (gap.source, gap.need) == (Source.API, Need.REQUIRED)
    assert found(KIND, ids_only, by_name) == []
    assert unseen(ids_only, contract(declared(scope=RepositoryScope(name=None, id=35)))) == []


def test_a_database_declared_optional_may_leave_the_name_unknown() -> None:
    """What only the optional database could have told does not spoil the verdict."""
    failed = Unobserved(
        source=Source.DATABASE, what="the runners", reason="Locked.", next_step="Wait.", need=Need.OPTIONAL
    )
    ids_only = through_the_api(snapshot(runner(5, repo_id=35), owners=(), repositories=(), unobserved=(failed,)))
    (gap,) = unseen(ids_only, contract(declared(scope=RepositoryScope(name="platform-team/platform", id=None))))
    assert gap.need is Need.OPTIONAL


def test_a_repository_that_is_gone_has_no_name_to_compare() -> None:
    """RSD007 tells that it is gone; only an id that is not the declared one differs as well."""
    gone = snapshot(runner(5, repo_id=99), repositories=(Absent(id=99),))
    by_name = contract(declared(scope=RepositoryScope(name="platform-team/platform", id=None)))
    assert found(KIND, gone, by_name) == []
    assert unseen(gone, by_name) == []
    assert len(found(KIND, gone, contract())) == 1


def test_deleted_and_ambiguous_rows_are_not_judged() -> None:
    """A soft-deleted row is nobody's runner, and of two live ones nobody knows which is meant."""
    assert found(KIND, snapshot(runner(5, deleted=NOW)), contract()) == []
    assert len(found(KIND, snapshot(runner(5), runner(4, repo_id=35, deleted=NOW)), contract())) == 1
    assert found(KIND, snapshot(runner(5), runner(6)), contract()) == []


def test_a_runner_that_is_not_declared_has_no_scope_to_differ_from() -> None:
    """Names are compared to the letter."""
    assert found(KIND, seen(), None) == []
    assert found(KIND, snapshot(runner(5, name="RS2000-deploy-host")), contract()) == []


@pytest.mark.parametrize(("major", "warned"), [(7, True), (15, True), (None, True), (16, False)])
def test_up_to_15_registering_again_for_a_repository_takes_a_token(major: int | None, warned: bool) -> None:
    """Up to 15 `forgejo-cli actions register --scope owner/repository` writes the combined row (facts 2.1)."""
    (finding,) = found(KIND, snapshot(runner(5), major=major), contract())
    assert ("would write an owner as well" in finding.remedy) == warned


def test_hostile_names_stay_inside_their_quotes() -> None:
    """A name with spaces and a colon cannot pass for words of ours."""
    name = 'x" serves nobody; the contract says "y'
    (finding,) = found(KIND, snapshot(replace(runner(5), name=name)), contract(declared(name)))
    assert finding.message.startswith("runner \"x' serves nobody; the contract says 'y\" serves the whole instance")
