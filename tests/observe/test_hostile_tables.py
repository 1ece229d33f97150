"""Tables that lie: odd ids, odd types, views in place of tables. Never healthy while a sick row is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.world import World, users_case


@pytest.fixture
def world(sqlite_database: FreshDatabase) -> World:
    """The user's case, sick, on Forgejo 15."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    users_case(world)
    return world


def both_ways(database: FreshDatabase, folder: Path) -> tuple[Ended, Ended]:
    """The check by candidates and by all rows."""
    assert isinstance(database.address, SqliteAddress)
    url = f"sqlite:///{database.address.path}"
    return (
        doctor("check", "--database", url),
        doctor("check", "--database", url, "--save-snapshot", folder / "snapshot.json"),
    )


@pytest.mark.parametrize("number", [-(2**63), -5, 0, 2**63 - 1])
def test_no_id_is_passed_over(world: World, sqlite_database: FreshDatabase, tmp_path: Path, number: int) -> None:
    """A sick row is found by both ways of reading, whatever its id is."""
    world.execute(f"UPDATE action_runner SET id = {number} WHERE id = 5")
    assert [ended.code for ended in both_ways(sqlite_database, tmp_path)] == [10, 10]


def test_a_page_that_ends_at_zero_is_not_the_last(world: World, sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    """Two thousand rows with ids up to 0 fill the first page, and the sick row stands on the next."""
    for number in range(2000):
        world.runner(f"r{number}", id=-number)
    assert [ended.code for ended in both_ways(sqlite_database, tmp_path)] == [10, 10]


@pytest.mark.parametrize(
    "columns",
    [
        "id, owner_id, CAST(NULL AS INTEGER) AS deleted UNION ALL SELECT id, 0, NULL",
        "'r' || id AS id, owner_id, deleted",
        "id, owner_id, CASE WHEN deleted IS NULL THEN 0.0 ELSE deleted END AS deleted",
    ],
    ids=["a row twice", "ids that are text", "zero that is no integer"],
)
def test_a_view_in_place_of_the_table_is_never_healthy(
    world: World, sqlite_database: FreshDatabase, tmp_path: Path, columns: str
) -> None:
    """Whatever a view makes of ids and deletion, the sick row is found or the look is inconclusive."""
    world.execute("ALTER TABLE action_runner RENAME TO real_runner")
    others = "uuid, name, version, repo_id, agent_labels, last_online, ephemeral"
    first, _, second = columns.partition(" UNION ALL SELECT ")
    view = f"CREATE VIEW action_runner AS SELECT {first}, {others} FROM real_runner"
    world.execute(view + (f" UNION ALL SELECT {second}, {others} FROM real_runner" if second else ""))
    assert {ended.code for ended in both_ways(sqlite_database, tmp_path)} <= {4, 10}
