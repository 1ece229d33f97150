"""What of two witnesses' stories counts as a disagreement, and whose story is told on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.runner import NotANumber, ObservedId, ObservedRunner, is_combined
from runner_scope_doctor.model.snapshot import Coverage, Difference, Need, RiskyCredential, Source, Unobserved
from runner_scope_doctor.observe import witnesses
from runner_scope_doctor.observe.witnesses import confirmed, differences
from support.snapshots import NOW, runner, snapshot, through_the_api

WHAT = "the runner"


def point(number: int, what: str, database: str, api: str) -> Difference:
    """One difference."""
    return Difference(runner_id=number, what=what, database=database, api=api)


def told(
    rows: tuple[ObservedRunner, ...], listed: tuple[ObservedRunner, ...], *, coverage: Coverage = Coverage.ALL
) -> frozenset[Difference]:
    """The differences between a database with these rows and an API that lists these runners."""
    api = through_the_api(snapshot(*listed), listed=coverage is Coverage.LISTED)
    return differences(snapshot(*rows), api)


def test_same_rows_do_not_differ() -> None:
    """The API has no last_online, the database no status, and a row that was deleted softly is in no list."""
    listed = replace(runner(5, repo_id=35), last_online=None, version="v12.4.0", labels=("docker",))
    assert told((runner(4, deleted=NOW), runner(5, repo_id=35)), (listed,)) == frozenset()


def test_null_is_zero() -> None:
    """A database may hold NULL where the API, like Forgejo everywhere, says 0."""
    assert told((runner(5, owner_id=None, repo_id=35),), (runner(5, owner_id=0, repo_id=35),)) == frozenset()


def test_each_point_differs_for_itself() -> None:
    """Name and both ids are compared one by one, with what either said; of the uuid only that it differs."""
    other = replace(runner(5, name="other", owner_id=1, repo_id=36), uuid="6b1e7c7e-0f7b-4d3a-8a52-5f4d2e0c9a11")
    assert told((runner(5, repo_id=35),), (other,)) == {
        point(5, "uuid", "one value", "another"),
        point(5, "name", "rs2000-deploy-host", "other"),
        point(5, "owner_id", "0", "1"),
        point(5, "repo_id", "35", "36"),
    }


def test_listed_runner_that_the_database_lacks_is_a_difference() -> None:
    """Never there or deleted softly: a list of Forgejo's shows live rows only."""
    expected = {point(5, WHAT, "absent", "there")}
    for coverage in Coverage.ALL, Coverage.LISTED:
        assert told((runner(4),), (runner(4), runner(5)), coverage=coverage) == expected
        assert told((runner(4), runner(5, deleted=NOW)), (runner(4), runner(5)), coverage=coverage) == expected


def test_only_the_admin_list_has_to_show_every_row() -> None:
    """A row missing from the admin list is a difference; other lists show what belongs to them."""
    rows = (runner(4), runner(5))
    assert told(rows, (runner(4),)) == {point(5, WHAT, "there", "absent")}
    assert told(rows, (runner(4),), coverage=Coverage.LISTED) == frozenset()


@pytest.mark.parametrize("coverage", [Coverage.ALL, Coverage.LISTED])
@pytest.mark.parametrize(
    ("owner_id", "repo_id"), [(0, 35), (1, 0), (0, 0), (None, 35), (1, None), (None, None), (NotANumber(text="x"), 0)]
)
def test_row_that_only_the_api_shows_combined_is_a_difference(
    owner_id: ObservedId, repo_id: ObservedId, coverage: Coverage
) -> None:
    """The database's rows are judged, so what the API alone shows as combined must be a difference in an id."""
    row, listed = runner(5, owner_id=owner_id, repo_id=repo_id), runner(5, owner_id=1, repo_id=35)
    assert is_combined(listed)
    assert not is_combined(row)
    found = told((row,), (listed,), coverage=coverage)
    assert found
    assert {one.what for one in found} <= {"owner_id", "repo_id"}
    assert confirmed(found, found) == tuple(sorted(found, key=lambda one: one.what))


def test_first_look_alone_proves_nothing() -> None:
    """A difference that only one of the two looks found is none, whichever look it was."""
    found = frozenset({point(5, "owner_id", "0", "1")})
    assert confirmed(found, frozenset()) == ()
    assert confirmed(frozenset(), found) == ()


def test_difference_in_other_values_is_confirmed() -> None:
    """An API that says owner 1 and then owner 2, where the database says 0, disagrees twice; the later word is shown."""
    first = told((runner(5, repo_id=35),), (runner(5, owner_id=1, repo_id=35),))
    second = told((runner(5, repo_id=35),), (runner(5, owner_id=2, repo_id=35),))
    assert confirmed(first, second) == (point(5, "owner_id", "0", "2"),)


def test_difference_in_another_point_is_not_confirmed() -> None:
    """Another runner's difference, or the same runner's in something else, is a new one, seen once."""
    first = frozenset({point(5, "owner_id", "0", "1"), point(6, "name", "a", "b")})
    second = frozenset({point(6, "owner_id", "0", "1"), point(5, "name", "a", "b")})
    assert confirmed(first, second) == ()


def test_confirmed_differences_are_in_order() -> None:
    """By the runner's number, then by what differs, so that two runs tell the same in the same order."""
    found = frozenset(point(number, what, "0", "1") for number in (11, 9, 10) for what in ("repo_id", "owner_id"))
    assert [(one.runner_id, one.what) for one in confirmed(found, found)] == [
        (9, "owner_id"), (9, "repo_id"), (10, "owner_id"), (10, "repo_id"), (11, "owner_id"), (11, "repo_id"),
    ]  # fmt: skip


def gap(source: Source) -> Unobserved:
    """Something that source did not show."""
    return Unobserved(source=source, what="x", reason="It is so.", next_step="Wait.", need=Need.OPTIONAL)


def risk(source: Source) -> RiskyCredential:
    """A credential for that source that can write."""
    return RiskyCredential(source=source, what="credential", power="write")


def test_database_is_told_with_what_the_api_adds() -> None:
    """The rows are the database's, which show more; differences, risks and gaps of both are kept."""
    database = replace(
        snapshot(runner(5, repo_id=35), unobserved=(gap(Source.DATABASE),)),
        risky_credentials=(risk(Source.DATABASE),),
    )
    listed = replace(snapshot(runner(6), unobserved=(gap(Source.API),)), risky_credentials=(risk(Source.API),))
    api = replace(through_the_api(listed), server=replace(listed.server, instance="https://git.example.org/"))
    points = (point(6, WHAT, "absent", "there"),)
    assert witnesses.testified(database, api, points) == replace(
        database,
        server=replace(database.server, instance="https://git.example.org/"),
        differences=points,
        risky_credentials=(risk(Source.DATABASE), risk(Source.API)),
        unobserved=(gap(Source.DATABASE), gap(Source.API)),
    )


def test_instance_that_the_database_knows_stays() -> None:
    """An app.ini names the instance itself; the address the API was asked at may be another way to it."""
    database = snapshot(runner(5))
    database = replace(database, server=replace(database.server, instance="https://git.example.org/"))
    api = snapshot(runner(5))
    api = through_the_api(replace(api, server=replace(api.server, instance="http://127.0.0.1:3000/")))
    assert witnesses.testified(database, api, ()).server.instance == "https://git.example.org/"
