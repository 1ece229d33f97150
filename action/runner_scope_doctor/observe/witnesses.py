"""Two witnesses of one server: what the database and the API each say of the same runners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runner_scope_doctor.model.runner import ObservedRunner, counted, is_live
from runner_scope_doctor.model.snapshot import Coverage, Difference, Snapshot
from runner_scope_doctor.model.wording import stored

_ABSENT = "absent"


def differences(database: Snapshot, api: Snapshot) -> frozenset[Difference]:
    """Every point in which the two differ, over what the API's list shows.

    The database must have been read whole. Only the admin list shows every row, so only there does a row that the
    API lacks count. States that move by themselves, such as labels, version and status, are not compared.
    """
    rows = {runner.id: runner for runner in database.runners if is_live(runner)}
    listed = {runner.id: runner for runner in api.runners}
    found = {point for number in listed for point in _of_one(rows.get(number), listed[number])}
    if api.coverage is Coverage.ALL:
        found |= {
            Difference(runner_id=number, what="the runner", database="there", api=_ABSENT)
            for number in rows.keys() - listed.keys()
        }
    return frozenset(found)


def confirmed(first: frozenset[Difference], second: frozenset[Difference]) -> tuple[Difference, ...]:
    """The second look's differences in points in which the first look found one too, ordered by runner.

    Runners come and go between two reads of a busy server, so one look proves nothing. What the values were does not
    matter: a witness that says something else each time is no better than one that is wrong twice in the same way.
    """
    known = {_point(one) for one in first}
    return tuple(sorted((one for one in second if _point(one) in known), key=_point))


def testified(database: Snapshot, api: Snapshot, points: tuple[Difference, ...]) -> Snapshot:
    """The database's snapshot, which shows more of each row, with the API's gaps and the confirmed differences."""
    server = database.server
    return replace(
        database,
        server=server if server.instance is not None else replace(server, instance=api.server.instance),
        differences=points,
        risky_credentials=(*database.risky_credentials, *api.risky_credentials),
        unobserved=(*database.unobserved, *api.unobserved),
    )


def _of_one(row: ObservedRunner | None, listed: ObservedRunner) -> Iterator[Difference]:
    if row is None:
        yield Difference(runner_id=listed.id, what="the runner", database=_ABSENT, api="there")
        return
    for what, in_database, over_api in (
        ("uuid", row.uuid or "", listed.uuid or ""),
        ("name", row.name, listed.name),
        ("owner_id", stored(counted(row.owner_id)), stored(counted(listed.owner_id))),
        ("repo_id", stored(counted(row.repo_id)), stored(counted(listed.repo_id))),
    ):
        if in_database != over_api:
            # A uuid can hold part of the runner's secret, so it is named and not shown.
            shown = ("one value", "another") if what == "uuid" else (in_database, over_api)
            yield Difference(runner_id=listed.id, what=what, database=shown[0], api=shown[1])


def _point(difference: Difference) -> tuple[int, str]:
    return difference.runner_id, difference.what
