"""The picture shows what was seen, and nothing unseen as healthy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.diagnose.picture import pictured
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.picture import (
    Adviser,
    DrawnOwner,
    DrawnRepository,
    DrawnRunner,
    Existence,
    Mark,
    Picture,
    Presence,
    Urgency,
    WantedScope,
    WorkSeen,
    urgency_of_owner,
)
from runner_scope_doctor.model.runner import Absent, NotANumber, RunnerStatus, is_live
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved, WaitingJobs
from support.contracts import contract, declared
from support.drawn_servers import reasons, troubled
from support.examples import EXAMPLES
from support.snapshots import NOW, TEAM, USERS_CASE, runner, snapshot, through_the_api
from support.strategies import contracts, snapshots
from support.waiting import look, waiting_job


def draw(seen: Snapshot, wanted: Contract | None = None, *, target_major: int | None = None) -> Picture:
    """The picture of a snapshot as the check makes it."""
    diagnosis = diagnosed(seen, contract=wanted, fail_on=Severity.ERROR, target_major=target_major)
    return pictured(seen, diagnosis, wanted)


def every(picture: Picture) -> Iterator[DrawnRunner]:
    """All drawn runners, wherever they hang."""
    yield from (*picture.runners, *picture.nowhere)
    for owner in picture.owners:
        yield from owner.runners
        for repository in owner.repositories:
            yield from repository.runners


def drawn(picture: Picture, number: int) -> DrawnRunner:
    """The one runner of that id."""
    (found,) = [one for one in every(picture) if one.runner.id == number]
    return found


def owner(picture: Picture, number: int | None) -> DrawnOwner:
    """The one owner of that id."""
    (found,) = [one for one in picture.owners if one.id == number]
    return found


def repository(picture: Picture, number: int | None) -> DrawnRepository:
    """The one repository of that id."""
    (found,) = [one for whose in picture.owners for one in whose.repositories if one.id == number]
    return found


def test_a_runner_hangs_where_its_ids_put_it() -> None:
    """(0, 0) serves the server, (o, 0) an owner, (0, r) a repository, and NULL counts as 0; what is below 0 or no number
    names no place."""
    rows = (
        runner(1),
        runner(2, owner_id=None, repo_id=None),
        runner(3, owner_id=1),
        runner(4, repo_id=35),
        runner(5, owner_id=-1),
        runner(6, owner_id=NotANumber(text="x")),
    )
    picture = draw(snapshot(*rows))
    assert [one.runner.id for one in picture.runners] == [1, 2]
    assert [one.runner.id for one in owner(picture, 1).runners] == [3]
    assert [one.runner.id for one in repository(picture, 35).runners] == [4]
    assert [one.runner.id for one in picture.nowhere] == [5, 6]
    assert owner(picture, 1).kind is OwnerKind.ORGANIZATION
    assert (repository(picture, 35).name, owner(picture, 1).name) == ("platform-team/platform", "platform-team")


def test_a_combined_runner_hangs_at_its_repository_and_should_have_it_alone() -> None:
    """The repair keeps the repository and clears the owner, so that is the one scope it should have."""
    sick = drawn(draw(snapshot(*USERS_CASE)), 5)
    assert sick.mark is Mark.SICK
    assert (sick.owner_name, sick.repository_name) == ("platform-team", "platform-team/platform")
    assert sick.wanted == (
        WantedScope(scope=RepositoryScope(name="platform-team/platform", id=35), adviser=Adviser.REPAIR),
    )
    assert drawn(draw(snapshot(*USERS_CASE)), 5) in repository(draw(snapshot(*USERS_CASE)), 35).runners


def test_where_contract_and_repair_differ_both_are_told() -> None:
    """Nobody but people can decide then; where they agree it is one."""
    agreed = draw(snapshot(*USERS_CASE), contract())
    assert [one.adviser for one in drawn(agreed, 5).wanted] == [Adviser.REPAIR]
    scope = OwnerScope(kind=OwnerKind.ORGANIZATION, name="Platform-Team", id=None)
    torn = draw(snapshot(*USERS_CASE), contract(declared(scope=scope)))
    assert [one.adviser for one in drawn(torn, 5).wanted] == [Adviser.REPAIR, Adviser.CONTRACT]
    assert [(due.name, due.id) for due in owner(torn, 1).due] == [("rs2000-deploy-host", 5)]


def test_a_row_that_must_not_be_repaired_gets_no_advice() -> None:
    """A combined runner whose repository is gone has nothing it should serve, unless the contract says so."""
    seen = snapshot(runner(5, owner_id=1, repo_id=99), repositories=(Absent(id=99),))
    picture = draw(seen)
    assert drawn(picture, 5).wanted == ()
    assert repository(picture, 99).existence is Existence.GONE
    assert owner(picture, None).existence is Existence.UNSEEN


def test_a_runner_that_serves_something_else_is_due_where_it_should_be() -> None:
    """The line it should have had ends at the place the contract names."""
    picture = draw(*troubled())
    assert drawn(picture, 9) in picture.runners
    (due,) = repository(picture, 36).due
    assert (due.name, due.id) == ("provisioner", 9)


def test_a_missing_runner_is_due_where_it_was_declared() -> None:
    """It has no row, and the contract's line says where it was asked for."""
    (due,) = owner(draw(*troubled()), 1).due
    assert (due.name, due.id, due.location is not None and due.location.line) == ("release-signer", None, 17)


@pytest.mark.parametrize("name", ["platform-team/new", "Platform-Team/New", "strangers/new"])
def test_a_place_that_only_the_contract_names_is_drawn_as_not_seen(name: str) -> None:
    """A repository nobody looked at hangs at its owner, by the name where there is no id."""
    picture = draw(snapshot(runner(1, name="other")), contract(declared(scope=RepositoryScope(name=name, id=None))))
    (whose,) = picture.owners
    (place,) = whose.repositories
    assert (place.id, place.name, place.existence) == (None, name, Existence.UNSEEN)
    assert [due.id for due in place.due] == [None]
    assert whose.id == (1 if name.lower().startswith("platform") else None)
    assert whose.name == ("platform-team" if whose.id else "strangers")


def test_a_wider_scope_may_be_the_one_that_is_due() -> None:
    """A runner of one repository that should serve all is due at the server."""
    picture = draw(snapshot(runner(5, repo_id=35)), contract(declared(scope=InstanceScope())))
    assert [due.id for due in picture.due] == [5]


def test_what_was_not_seen_whole_is_unknown_and_never_healthy() -> None:
    """A required gap anywhere takes the word healthy from every runner; an optional one does not."""
    for need, mark in ((Need.REQUIRED, Mark.UNKNOWN), (Need.OPTIONAL, Mark.HEALTHY)):
        gap = Unobserved(source=Source.DATABASE, what="a", reason="b", next_step="c", need=need)
        assert drawn(draw(snapshot(runner(1), unobserved=(gap,))), 1).mark is mark


def test_what_an_id_points_at_must_have_been_seen() -> None:
    """Over the API the repository of a row is only an id: whether it is there is unknown, and so is the runner."""
    seen = through_the_api(
        snapshot(runner(1), runner(2, repo_id=36), runner(3, owner_id=7), repositories=(), owners=())
    )
    picture = draw(seen)
    assert {one.runner.id: one.mark for one in every(picture)} == {1: Mark.HEALTHY, 2: Mark.UNKNOWN, 3: Mark.UNKNOWN}
    assert (repository(picture, 36).name, repository(picture, 36).existence) == (None, Existence.UNSEEN)
    assert owner(picture, 7).existence is Existence.UNSEEN
    assert picture.work_seen is WorkSeen.NONE
    assert draw(through_the_api(snapshot(runner(1)), listed=True)).coverage is Coverage.LISTED


@pytest.mark.parametrize(
    ("last_online", "status", "presence"),
    [
        (NOW - 60, None, Presence.ONLINE),
        (NOW - 61, None, Presence.OFFLINE),
        (None, None, Presence.NEVER),
        (None, RunnerStatus.IDLE, Presence.ONLINE),
        (None, RunnerStatus.ACTIVE, Presence.ONLINE),
        (None, RunnerStatus.OFFLINE, Presence.OFFLINE),
    ],
)
def test_a_runner_is_online_for_a_minute(
    last_online: int | None, status: RunnerStatus | None, presence: Presence
) -> None:
    """As Forgejo counts it by the database (60 s, `models/actions/runner.go`), and as its API says."""
    row = replace(runner(1, last_online=last_online), status=status)
    assert drawn(draw(snapshot(row)), 1).presence is presence


def test_over_the_api_a_runner_without_a_status_was_not_seen() -> None:
    """The list before it had a status tells nothing of it."""
    assert drawn(draw(through_the_api(snapshot(runner(1, last_online=None)))), 1).presence is Presence.UNSEEN


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_row_of_a_finding_bears_its_mark(kind: FindingKind) -> None:
    """A live runner that a finding is about is sick or warned of, and leads to that finding."""
    pair = EXAMPLES[kind]
    diagnosis = diagnosed(pair.sick, contract=pair.contract, fail_on=Severity.ERROR, target_major=pair.target_major)
    picture = pictured(pair.sick, diagnosis, pair.contract)
    for place, finding in enumerate(diagnosis.findings):
        rows = {row.id for row in finding.rows if is_live(row)}
        for one in every(picture):
            if one.runner.id in rows:
                assert place in one.findings
                assert one.mark in (Mark.SICK, Mark.WARNED)


@pytest.mark.parametrize(
    ("rows", "wanted", "mark"),
    [
        ({"labels": ()}, None, Mark.WARNED),
        ({"labels": ("deploy:host",)}, None, Mark.WARNED),
        ({"name": "stranger"}, contract(undeclared=UndeclaredRule.FAIL), Mark.SICK),
        ({}, contract(), Mark.SICK),
    ],
    ids=["never declared", "raw labels", "undeclared", "ambiguous"],
)
def test_more_rows_than_a_finding_shows_bear_its_mark(
    rows: dict[str, object], wanted: Contract | None, mark: Mark
) -> None:
    """A finding shows twenty rows; the twenty-first is no healthier."""
    picture = draw(snapshot(*(runner(number, **rows) for number in range(1, 31))), wanted)  # type: ignore[arg-type]  # one keyword
    assert {one.mark for one in every(picture)} == {mark}


def test_waiting_jobs_are_drawn_at_their_repository() -> None:
    """The count of all, the longest wait of any, and those that are known one by one, longest first."""
    picture = draw(*troubled())
    work = repository(picture, 35).work
    assert work is not None
    assert (work.count, work.oldest, [job.id for job in work.jobs]) == (3, 7_500, [71, 72])
    alone = draw(
        snapshot(runner(5, owner_id=1, repo_id=35), waiting_jobs=(WaitingJobs(repo_id=35, count=2, oldest=None),))
    )
    told = repository(alone, 35).work
    assert told is not None
    assert (told.count, told.oldest, told.jobs) == (2, None, ())


def test_the_reasons_are_drawn_at_the_repositories_of_their_jobs() -> None:
    """Where somebody asked why, all jobs that wait are drawn, also in repositories without a runner, each with its reason."""
    seen, wanted = troubled()
    answer = reasons()
    diagnosis = diagnosed(seen, contract=wanted, fail_on=Severity.ERROR)
    picture = pictured(seen, diagnosis, wanted, answer)
    found = {
        job.id: (place.id, job.explanation)
        for whose in picture.owners
        for place in whose.repositories
        for job in (() if place.work is None else place.work.jobs)
    }
    assert found == {one.job.id: (one.job.repo_id, one) for one in answer.explanations}
    assert picture.work_seen is WorkSeen.ALL


def test_a_job_of_a_repository_that_is_gone_is_drawn_too() -> None:
    """It hangs at a repository that does not exist."""
    answer = explained(look(waiting_job(without_repository=True)))
    seen = snapshot(runner(1), repositories=())
    picture = pictured(seen, diagnosed(seen, contract=None, fail_on=Severity.ERROR), None, answer)
    place = repository(picture, 35)
    assert place.existence is Existence.GONE
    assert place.work is not None
    assert place.work.jobs[0].explanation == answer.explanations[0]


def test_the_worst_comes_first() -> None:
    """Places and runners that need a look stand before those that do not."""
    picture = draw(*troubled())
    assert [one.id for one in picture.owners] == [1, None, 2]
    assert [one.runner.id for one in picture.runners] == [9, 1]
    seen, wanted = troubled()
    waiting = pictured(seen, diagnosed(seen, contract=wanted, fail_on=Severity.ERROR), wanted, reasons())
    assert [urgency_of_owner(one) for one in waiting.owners] == [Urgency.TROUBLED, Urgency.TROUBLED, Urgency.WAITING]
    assert urgency_of_owner(owner(picture, 2)) is Urgency.QUIET
    assert owner(picture, 1).name == TEAM.name


@given(snapshots, st.none() | contracts)
def test_every_live_runner_is_drawn_once_and_never_better_than_it_is(seen: Snapshot, wanted: Contract | None) -> None:
    """Whatever was observed: no runner is lost or doubled; with an error it is sick, and healthy only when all was seen."""
    diagnosis = diagnosed(seen, contract=wanted, fail_on=Severity.ERROR)
    picture = pictured(seen, diagnosis, wanted)
    live = sorted(row.id for row in seen.runners if is_live(row))
    assert sorted(one.runner.id for one in every(picture)) == live
    missing = any(gap.need is Need.REQUIRED for gap in diagnosis.unobserved)
    errors = {one.runner.id for one in diagnosis.findings if one.runner is not None and one.severity is Severity.ERROR}
    for one in every(picture):
        assert one.mark is Mark.SICK if one.runner.id in errors else not (missing and one.mark is Mark.HEALTHY)
        assert (one.mark in (Mark.SICK, Mark.WARNED)) == bool(one.findings)
    places = [(one.id, one.name) for one in picture.owners]
    assert len(set(places)) == len(places)
