"""One row is changed, or none, and the answer says which: on real engines, under the repair's own grants."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.writing.change import opened_for_repair, outcome_of
from runner_scope_doctor.database.writing.values import (
    Changed,
    Confirmation,
    Difference,
    Moment,
    NotChanged,
    RowAsAfter,
    RowAsBefore,
    RowDiffers,
    row_sentence,
)
from runner_scope_doctor.model.errors import RepairFailed
from runner_scope_doctor.model.plan import Purpose
from runner_scope_doctor.model.receipt import ChangedRows
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.row_change import BRIEFLY, HIGHEST_COUNTER, OWNER, REPOSITORY, SICK, RowChange, nothing, row_change


@pytest.fixture(params=list(Engine), ids=[engine.value for engine in Engine])
def case(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> RowChange:
    """The user's case on each engine."""
    return row_change(request, fresh_database(request.param))


def one_row(purpose: Purpose) -> ChangedRows:
    """What the engine must have counted."""
    return ChangedRows(purpose=purpose, matched=1, changed=1)


def test_a_repair_clears_the_owner_of_the_row_and_touches_nothing_else(case: RowChange) -> None:
    """The one column of the one row is 0 afterwards, and every other value of both tables is the same."""
    before = case.all_rows()
    moments: list[Moment] = []
    answer = case.change(at=moments.append)
    assert answer == Changed(statements=(one_row(Purpose.CLEAR_OWNER),), confirmation=Confirmation.ANSWERED)
    assert case.scope() == (0, REPOSITORY)
    assert moments == list(Moment)
    changed = [(old, new) for old, new in zip(before, case.all_rows(), strict=True) if old != new]
    assert len(changed) == 1
    assert sum(old != new for old, new in zip(*changed[0], strict=True)) == 1


def test_an_undo_gives_the_row_its_owner_back(case: RowChange) -> None:
    """After repair and undo both tables are what they were."""
    before = case.all_rows()
    case.change()
    assert case.change(case.way_back()) == Changed(
        statements=(one_row(Purpose.RESTORE_OWNER),), confirmation=Confirmation.ANSWERED
    )
    assert case.all_rows() == before


def test_the_fence_raises_the_repositorys_counter_above_all_others(case: RowChange) -> None:
    """The counter of (0, repository) is one more than the highest there was, in the same transaction."""
    answer = case.change(case.order(Purpose.COUNTER_FENCE))
    assert isinstance(answer, Changed)
    assert answer.statements == (one_row(Purpose.CLEAR_OWNER), one_row(Purpose.COUNTER_FENCE))
    counters = case.world.rows("SELECT repo_id, version FROM action_tasks_version ORDER BY repo_id")
    assert counters == ((0, HIGHEST_COUNTER), (REPOSITORY, HIGHEST_COUNTER + 1))


def test_without_a_counter_to_raise_nothing_is_changed(case: RowChange) -> None:
    """A fence that matches no row undoes the first statement as well."""
    order = case.order(Purpose.COUNTER_FENCE)
    case.world.execute(f"DELETE FROM action_tasks_version WHERE repo_id = {REPOSITORY}")
    with pytest.raises(RepairFailed, match="no row for this repository"):
        case.change(order)
    assert case.scope() == (OWNER, REPOSITORY)


DELETED_UUID = "ffffffff-ffff-ffff-0500-000000000000"
SOMEBODY_DID: dict[str, tuple[str, NotChanged, str]] = {
    "deleted for good": (
        f"DELETE FROM action_runner WHERE id = {SICK}",
        NotChanged(row=RowDiffers(differences=(Difference.GONE,), owner_id=None, repo_id=None)),
        "Runner 5 is gone: action_runner has no row with that id.",
    ),
    "soft-deleted": (
        f"UPDATE action_runner SET uuid = '{DELETED_UUID}', deleted = 1778752131 WHERE id = {SICK}",
        NotChanged(row=RowDiffers(differences=(Difference.SOFT_DELETED,), owner_id=1, repo_id=35)),
        "Runner 5 was deleted meanwhile; Forgejo keeps the row and marks it so.",
    ),
    "another runner": (
        f"UPDATE action_runner SET uuid = '7d3c0c5e-1f4a-4b6e-9a51-ffffffffffff' WHERE id = {SICK}",
        NotChanged(row=RowDiffers(differences=(Difference.OTHER_UUID,), owner_id=1, repo_id=35)),
        "Runner 5 has another uuid now: another runner took its place.",
    ),
    "another owner": (
        f"UPDATE action_runner SET owner_id = 9 WHERE id = {SICK}",
        NotChanged(row=RowDiffers(differences=(Difference.OTHER_OWNER,), owner_id=9, repo_id=35)),
        "Runner 5 has owner_id 9 now, and the plan was made for 1.",
    ),
    "moved to another repository": (
        f"UPDATE action_runner SET repo_id = 36 WHERE id = {SICK}",
        NotChanged(row=RowDiffers(differences=(Difference.OTHER_REPOSITORY,), owner_id=1, repo_id=36)),
        "Runner 5 has repo_id 36 now, and the plan was made for 35.",
    ),
    "registered for the whole instance": (
        f"UPDATE action_runner SET owner_id = 0, repo_id = 0 WHERE id = {SICK}",
        NotChanged(
            row=RowDiffers(differences=(Difference.OTHER_OWNER, Difference.OTHER_REPOSITORY), owner_id=0, repo_id=0)
        ),
        "Runner 5 has owner_id 0 now, and the plan was made for 1. "
        "Runner 5 has repo_id 0 now, and the plan was made for 35.",
    ),
    "emptied": (
        f"UPDATE action_runner SET owner_id = NULL WHERE id = {SICK}",
        NotChanged(row=RowDiffers(differences=(Difference.OTHER_OWNER,), owner_id=None, repo_id=35)),
        "Runner 5 has owner_id NULL now, and the plan was made for 1.",
    ),
    "repaired already": (
        f"UPDATE action_runner SET owner_id = 0 WHERE id = {SICK}",
        NotChanged(row=RowAsAfter()),
        "Runner 5 already has owner_id 0, as planned.",
    ),
}


@pytest.mark.parametrize(
    ("statement", "answer", "sentence"),
    list(SOMEBODY_DID.values()),
    ids=[name.replace(" ", "-") for name in SOMEBODY_DID],
)
def test_a_row_that_became_another_is_left_alone(
    case: RowChange, statement: str, answer: NotChanged, sentence: str
) -> None:
    """Whatever happened to the row since the plan, nothing is written, and the answer says what it was."""
    order = case.order(Purpose.COUNTER_FENCE)
    case.world.execute(statement)
    before = case.all_rows()
    assert case.change(order) == answer
    assert case.all_rows() == before
    assert row_sentence(answer.row, order) == sentence
    assert outcome_of(case.address, order, BRIEFLY) == answer.row


def test_a_renamed_and_busy_runner_is_repaired(case: RowChange) -> None:
    """The name and what a heartbeat writes are no part of the guard."""
    order = case.order()
    case.world.execute(f"UPDATE action_runner SET name = 'new', last_online = 1, agent_labels = '[]' WHERE id = {SICK}")
    assert isinstance(case.change(order), Changed)
    assert case.scope() == (0, REPOSITORY)


def test_registered_again_with_the_same_secret_and_scope_it_is_the_same_row(case: RowChange) -> None:
    """`forgejo-cli actions register` up to 15 writes the same uuid, both ids and `[""]` as labels: the plan still fits."""
    order = case.order()
    case.world.execute(
        f"UPDATE action_runner SET owner_id = 1, repo_id = 35, agent_labels = '[\"\"]', token_hash = 'x' WHERE id = {SICK}"
    )
    assert isinstance(case.change(order), Changed)


def test_a_row_that_never_had_a_deleted_mark_or_has_a_zero_is_live(case: RowChange) -> None:
    """`deleted` 0 counts as live, as it does for Forgejo."""
    case.world.execute(f"UPDATE action_runner SET deleted = 0 WHERE id = {SICK}")
    assert isinstance(case.change(), Changed)


@pytest.mark.parametrize("moment", [Moment.LOCKED, Moment.UPDATED, Moment.COMMITTING])
def test_what_is_raised_inside_undoes_everything_and_frees_the_row(case: RowChange, moment: Moment) -> None:
    """An error of ours, or Ctrl-C, before COMMIT leaves the row old and unlocked, and passes through."""

    def stop(now: Moment) -> None:
        if now is moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.change(case.order(Purpose.COUNTER_FENCE), stop)
    assert case.scope() == (OWNER, REPOSITORY)
    assert isinstance(case.change(), Changed)


TRIGGERS = {
    Engine.SQLITE: (
        "CREATE TRIGGER sly AFTER UPDATE OF owner_id ON action_runner WHEN NEW.id = 5 "
        "BEGIN UPDATE action_runner SET name = 'changed' WHERE id = 6; END",
    ),
    Engine.POSTGRES: (
        "CREATE FUNCTION sly() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "'BEGIN UPDATE action_runner SET name = ''changed'' WHERE id = 6; RETURN NULL; END'",
        "CREATE TRIGGER sly AFTER UPDATE OF owner_id ON action_runner "
        "FOR EACH ROW WHEN (NEW.id = 5) EXECUTE FUNCTION sly()",
    ),
    Engine.MYSQL: (  # MySQL itself refuses a trigger that changes the table it stands on
        "CREATE TRIGGER sly AFTER UPDATE ON action_runner FOR EACH ROW "
        "UPDATE action_tasks_version SET version = version + 1 WHERE repo_id = 0",
    ),
}
INSERTING = {
    Engine.SQLITE: (
        "CREATE TRIGGER sly AFTER UPDATE ON action_runner BEGIN INSERT INTO version (id, version) VALUES (99, 1); END",
    ),
    Engine.POSTGRES: (
        "CREATE FUNCTION sly() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "'BEGIN INSERT INTO version (id, version) VALUES (99, 1); RETURN NULL; END'",
        "CREATE TRIGGER sly AFTER UPDATE ON action_runner FOR EACH ROW EXECUTE FUNCTION sly()",
    ),
    Engine.MYSQL: (
        "CREATE TRIGGER sly AFTER UPDATE ON action_runner FOR EACH ROW INSERT INTO version (id, version) VALUES (99, 1)",
    ),
}


@pytest.mark.parametrize("triggers", [TRIGGERS, INSERTING], ids=["update", "insert"])
def test_a_trigger_that_changes_a_second_row_is_caught_and_undone(
    case: RowChange, triggers: dict[Engine, tuple[str, ...]]
) -> None:
    """The engine's own count of changed rows sees what the UPDATE's answer does not, and nothing stays."""
    for statement in triggers[case.engine]:
        case.world.execute(statement)
    before = case.all_rows(), case.world.rows("SELECT COUNT(*) FROM version")
    with pytest.raises(RepairFailed, match="The engine counts 2 changed rows where the plan changes 1"):
        case.change()
    assert (case.all_rows(), case.world.rows("SELECT COUNT(*) FROM version")) == before


def test_a_row_locked_for_longer_than_the_patience_is_left_alone(case: RowChange) -> None:
    """The wait ends with a sentence, nothing is changed, and the plan fits once the lock is gone."""
    order = case.order()
    with case.another() as holder:
        holder.execute("BEGIN IMMEDIATE" if case.engine is Engine.SQLITE else "BEGIN")
        holder.execute(f"UPDATE action_runner SET last_online = 1 WHERE id = {SICK}")
        with pytest.raises(RepairFailed, match="locked for longer than the limit"):
            case.change(order, patience=Patience(1))
        holder.execute("ROLLBACK")
    assert case.scope() == (OWNER, REPOSITORY)
    assert isinstance(case.change(order, nothing), Changed)


def test_the_outcome_of_an_untouched_row_is_as_before(case: RowChange) -> None:
    """Looking at the row under its lock changes nothing and finds the guard's row."""
    before = case.all_rows()
    assert outcome_of(case.address, case.order(), BRIEFLY) == RowAsBefore()
    assert case.all_rows() == before


def test_several_changes_may_go_over_one_access(case: RowChange) -> None:
    """After a row was found different the same connection can be used again: its transaction has ended."""
    wrong, right = case.way_back(), case.order()
    with opened_for_repair(case.address, BRIEFLY) as access:
        assert access.engine is case.engine
        assert isinstance(access.change(wrong, at=nothing), NotChanged)
        assert isinstance(access.change(right, at=nothing), Changed)


def test_an_order_and_an_access_show_no_uuid(case: RowChange) -> None:
    """The uuid can hold half of a registration secret, so no text form of an order has it."""
    order = case.order()
    assert order.guard.uuid not in repr(order)
