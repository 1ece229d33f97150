"""The journal tells of each plan whether it may be used, is open, or is settled; in doubt it may not be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.journal.chain import Journal, journal_from_bytes
from runner_scope_doctor.journal.standing import approvals_noted, attempts, changes_made, plans_named, standing
from runner_scope_doctor.model.errors import JournalDamaged
from runner_scope_doctor.model.journal import BackupProven, Committed, Done, OutcomeUnknown, Updating
from runner_scope_doctor.model.standing import (
    Begun,
    Changed,
    FailedBefore,
    PerhapsChanged,
    Settled,
    Spent,
    Standing,
    Unused,
)
from support.journals import (
    APPROVAL,
    FIRST,
    OTHER_PLAN,
    PLAN,
    SECOND,
    WHOLE_REPAIR,
    NotedEvent,
    committed,
    content_of,
    done,
    failed,
    noted,
    proven,
    started,
    unknown,
    updating,
)
from support.snapshots import NOW


def journal(events: Sequence[NotedEvent]) -> Journal:
    """The journal with these events, a second apart."""
    return journal_from_bytes(content_of(events), file="journal.jsonl")


UP_TO_UPDATE: tuple[NotedEvent, ...] = (started(), proven(), updating())
SECOND_UP_TO_UPDATE: tuple[NotedEvent, ...] = (started(SECOND), proven(SECOND), updating(SECOND))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], Unused),
        ([noted()], Unused),
        ([started(FIRST, OTHER_PLAN), updating(FIRST, OTHER_PLAN)], Unused),
        ([started()], Begun),
        ([started(), proven()], Begun),
        ([started(), noted()], Begun),
        (UP_TO_UPDATE, PerhapsChanged),
        ([*UP_TO_UPDATE, committed()], Changed),
        (WHOLE_REPAIR, Settled),
        ([*WHOLE_REPAIR, noted()], Settled),
        ([started(), failed()], FailedBefore),
        ([*UP_TO_UPDATE, failed()], FailedBefore),
        ([*UP_TO_UPDATE, unknown()], Spent),
        ([*UP_TO_UPDATE, failed(), started(SECOND)], Begun),
        ([started(), started(SECOND)], Begun),
        ([started(), started(SECOND), failed(SECOND)], FailedBefore),
        ([started(), failed(), *SECOND_UP_TO_UPDATE], PerhapsChanged),
        ([started(), failed(), *SECOND_UP_TO_UPDATE, committed(SECOND), done(SECOND)], Settled),
        ([*UP_TO_UPDATE, started(SECOND), failed(SECOND)], PerhapsChanged),
        ([*UP_TO_UPDATE, committed(), started(SECOND), failed(SECOND)], Changed),
        ([*UP_TO_UPDATE, unknown(), started(SECOND), failed(SECOND)], Spent),
        ([*WHOLE_REPAIR, started(SECOND), failed(SECOND)], Settled),
        ([*WHOLE_REPAIR, *SECOND_UP_TO_UPDATE], PerhapsChanged),
        ([started(), failed(), updating()], PerhapsChanged),
        ([*UP_TO_UPDATE, committed(), failed()], Changed),
        ([*UP_TO_UPDATE, committed(), unknown()], Spent),
        ([*UP_TO_UPDATE, unknown(), committed(), done()], Settled),
    ],
)
def test_where_a_plan_stands(events: Sequence[NotedEvent], expected: type[Standing]) -> None:
    """Each course of events, also one that should not be, has one standing, on the side of a person looking."""
    assert type(standing(journal(events), PLAN)) is expected


def test_what_a_standing_tells() -> None:
    """It carries what the next command needs: the start and its time, the backup, the commit, the receipt, the reason."""
    settled = standing(journal(WHOLE_REPAIR), PLAN)
    assert isinstance(settled, Settled)
    assert settled.receipt == "e" * 64
    attempt = settled.attempt
    assert (attempt.started, attempt.backup, attempt.done) == (started(), proven(), done())
    assert (attempt.started_at, attempt.updating_at, attempt.committed_at) == (NOW + 1, NOW + 3, NOW + 4)
    assert attempt.last_at == NOW + 5
    assert (attempt.failed, attempt.unknown) == (None, None)
    failure = standing(journal([started(), failed()]), PLAN)
    assert isinstance(failure, FailedBefore)
    assert failure.reason == "the row was locked"
    spent = standing(journal([*UP_TO_UPDATE, unknown()]), PLAN)
    assert isinstance(spent, Spent)
    assert spent.reason == "the process died"


steps = st.sampled_from([proven, updating, committed, done, failed, unknown])


@given(st.lists(st.tuples(steps, st.sampled_from([FIRST, SECOND])), max_size=8))
def test_a_plan_that_may_have_changed_a_row_is_not_used_again(courses: list[tuple[object, str]]) -> None:
    """Whatever the course, a plan that counts as usable has no commit, no receipt, no unknown outcome, and no update
    that was not followed by the failure of its attempt."""
    course: list[NotedEvent] = [started(), started(SECOND)]
    for step, attempt in courses:
        assert callable(step)
        course.append(step(attempt))
    stands = standing(journal(course), PLAN)
    usable = isinstance(stands, Unused | Begun | FailedBefore)
    final = any(isinstance(event, Committed | Done | OutcomeUnknown) for event in course)
    left_open = False
    for attempt in (FIRST, SECOND):
        ends = [event for event in course[2:] if event in (updating(attempt), failed(attempt))]
        left_open = left_open or (bool(ends) and isinstance(ends[-1], Updating))
    assert usable is not (final or left_open)


def test_plans_are_named_in_their_order() -> None:
    """Every plan that was approved or started is named once, the first first; a torn line names none."""
    content = content_of([noted(), noted(plan=OTHER_PLAN)])
    content = content_of([started(), failed()], content + b'{"at":1')
    assert plans_named(journal_from_bytes(content, file="x")) == (PLAN, OTHER_PLAN)
    assert plans_named(journal([started(SECOND, OTHER_PLAN), *WHOLE_REPAIR])) == (OTHER_PLAN, PLAN)
    assert plans_named(journal([])) == ()


def test_noted_approvals_are_of_one_plan_and_counted_once() -> None:
    """An approval noted twice is one, another plan's is none, and those of a start are not noted for later."""
    other = replace(APPROVAL, forgejo_id=8, login="second")
    found = journal([noted(), noted(other, OTHER_PLAN), noted(other), noted(), started()])
    assert approvals_noted(found, PLAN) == (APPROVAL, other)
    assert approvals_noted(found, OTHER_PLAN) == (other,)
    assert approvals_noted(found, "c" * 64) == ()


def test_changes_are_those_that_are_known() -> None:
    """Done and committed attempts are changes, with their rows and backups; failed, open and unknown ones are not."""
    course: list[NotedEvent] = [
        *WHOLE_REPAIR, started(SECOND), failed(SECOND),
        *(step("3" * 32, OTHER_PLAN) for step in (started, proven, updating, committed)),
        *(step("4" * 32, "f" * 64) for step in (started, proven, updating)),
        *(step("5" * 32, "9" * 64) for step in (started, proven, updating, unknown)),
    ]  # fmt: skip
    changes = changes_made(journal(course))
    assert [change.started.attempt for change in changes] == [FIRST, "3" * 32]
    assert [change.done for change in changes] == [done(), None]
    assert all(isinstance(change.backup, BackupProven) for change in changes)
    assert len(attempts(journal(course))) == 5


@pytest.mark.parametrize(
    "events",
    [
        [updating()],
        [started(), updating(SECOND)],
        [started(), committed(FIRST, OTHER_PLAN)],
        [started(), started()],
        [started(), started(FIRST, OTHER_PLAN)],
    ],
)
def test_an_attempt_that_came_from_nowhere_is_for_a_person(events: list[NotedEvent]) -> None:
    """An event of an attempt that was never started, was started before or is another plan's lets nobody guess."""
    with pytest.raises(JournalDamaged, match="of an attempt that cannot have come to it"):
        standing(journal(events), PLAN)
