"""Rows that come and go while a change is made are noted; a row that became another one is named."""

from __future__ import annotations

from runner_scope_doctor.database.reader import opened_for_reading
from runner_scope_doctor.repair.identities import Compared, Identities, Identity, compared, identities
from support.empty_server import EmptyServer
from support.row_change import BRIEFLY
from support.scale import many_runners
from support.world import World, users_case

DELETED_UUID = "ffffffff-ffff-ffff-0600-000000000000"


def looked(server: EmptyServer) -> Identities:
    """All rows but the sick one."""
    with opened_for_reading(server.address, BRIEFLY) as reader:
        return identities(reader, 5)


def world_of(server: EmptyServer) -> World:
    """The user's case with two healthy neighbours, 6 and 7."""
    world = server.create(15)
    users_case(world)
    world.runner("six", id=6, owner_id=1)
    world.runner("seven", id=7, repo_id=35)
    return world


def test_a_pass_sees_every_row_but_the_one(any_engine_world: EmptyServer) -> None:
    """Soft-deleted rows too, each with its uuid, both ids and whether it is live; the row of the plan is left out."""
    world = world_of(any_engine_world)
    stored = world.rows("SELECT id, uuid, owner_id, repo_id FROM action_runner WHERE id <> 5 ORDER BY id")
    assert looked(any_engine_world) == {row[0]: Identity(row[1], row[2], row[3], row[0] != 4) for row in stored}
    assert len(stored) == 3


def test_a_pass_over_many_rows_goes_on_page_by_page(any_engine_world: EmptyServer) -> None:
    """4,500 rows are three pages, and none is missed or seen twice."""
    world = any_engine_world.create(15)
    many_runners(world, 4500)
    found = looked(any_engine_world)
    assert set(found) == set(range(1, 4501)) - {5}


def test_nothing_moved_while_the_row_itself_was_repaired(any_engine_world: EmptyServer) -> None:
    """The change of the one row is no note, and heartbeats, labels and names are no part of an identity."""
    world = world_of(any_engine_world)
    before = looked(any_engine_world)
    world.execute("UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    world.execute("UPDATE action_runner SET last_online = 1, name = 'new', agent_labels = '[]' WHERE id = 6")
    assert compared(before, looked(any_engine_world)) == Compared(notes=(), moved=())


def test_rows_the_server_adds_or_deletes_are_notes(any_engine_world: EmptyServer) -> None:
    """An ephemeral runner registers, one is deleted as Forgejo does it (with another uuid), one for good: no fault."""
    world = world_of(any_engine_world)
    before = looked(any_engine_world)
    world.runner("eight", id=8)
    world.execute(f"UPDATE action_runner SET uuid = '{DELETED_UUID}', deleted = 1 WHERE id = 6")
    world.execute("DELETE FROM action_runner WHERE id IN (4, 7)")
    assert compared(before, looked(any_engine_world)) == Compared(
        notes=("1 runner added meanwhile: 8.", "3 runners removed meanwhile: 4, 6, 7."), moved=()
    )


def test_a_row_that_became_another_is_named(any_engine_world: EmptyServer) -> None:
    """Each column that makes the identity is told, and never a uuid's value."""
    world = world_of(any_engine_world)
    before = looked(any_engine_world)
    world.execute("UPDATE action_runner SET owner_id = 0, repo_id = NULL WHERE id = 6")
    world.execute("UPDATE action_runner SET uuid = 'another' WHERE id = 7")
    world.execute("UPDATE action_runner SET deleted = NULL WHERE id = 4")
    assert compared(before, looked(any_engine_world)).moved == (
        "Runner 6 has another owner_id and repo_id than before.",
        "Runner 7 has another uuid than before.",
        "Runner 4 was deleted before and is live now.",
    )


def test_a_deleted_row_that_became_another_is_named() -> None:
    """Nothing of Forgejo writes a deleted row's scope."""
    before = {4: Identity("a", 1, 0, False)}
    assert compared(before, {4: Identity("a", 2, 0, False)}).moved == ("Runner 4 has another owner_id than before.",)


def test_a_number_and_its_text_are_not_the_same() -> None:
    """On SQLite, which stores any type, `1` and `'1'` are two identities."""
    assert compared({4: Identity("a", 1, 0, True)}, {4: Identity("a", "1", 0, True)}).moved != ()


def test_a_note_names_no_more_than_five_rows() -> None:
    """A server that registers ephemeral runners by the hundred does not fill the receipt."""
    after = {number: Identity("a", 0, 0, True) for number in range(1, 301)}
    assert compared({}, after).notes == ("300 runners added meanwhile: 1, 2, 3, 4, 5, ….",)
