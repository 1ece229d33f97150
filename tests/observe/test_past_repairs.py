"""What a journal says of past repairs, and what it means when it cannot be read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.journal.chain import journal_from_bytes
from runner_scope_doctor.model.approval import BrokenGlass
from runner_scope_doctor.model.plan import Direction
from runner_scope_doctor.model.snapshot import GlassBreak, Need, PastRepair, Snapshot, Source
from runner_scope_doctor.observe.past_repairs import glass_breaks, past_repairs, with_past_repairs
from support.journals import (
    OTHER_PLAN,
    PLAN,
    SECOND,
    WHOLE_REPAIR,
    NotedEvent,
    committed,
    content_of,
    done,
    failed,
    proven,
    started,
    unknown,
    updating,
)
from support.snapshots import NOW, USERS_CASE, snapshot

SEEN = snapshot(*USERS_CASE)
UNDO: tuple[NotedEvent, ...] = (
    replace(started(SECOND, OTHER_PLAN), direction=Direction.UNDO, owner_id=0), proven(SECOND, OTHER_PLAN),
    updating(SECOND, OTHER_PLAN), committed(SECOND, OTHER_PLAN), done(SECOND, OTHER_PLAN),
)  # fmt: skip
AGAIN: tuple[NotedEvent, ...] = (
    started("3" * 32, "c" * 64), proven("3" * 32, "c" * 64), updating("3" * 32, "c" * 64), committed("3" * 32, "c" * 64),
)  # fmt: skip


def repairs_in(*events: NotedEvent) -> tuple[PastRepair, ...]:
    return past_repairs(journal_from_bytes(content_of(events), file="journal.jsonl"))


def test_a_repair_is_told_with_its_commit() -> None:
    """The time is that of the commit, the fifth entry; the ids are those before."""
    assert repairs_in(*WHOLE_REPAIR) == (
        PastRepair(
            plan=PLAN, repaired_at=NOW + 4, undone_at=None, instance="https://git.example.org/", runner_id=5,
            runner_name="rs2000-deploy-host", owner_id=1, repo_id=35,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "events",
    [
        (started(),),
        (started(), proven(), failed()),
        (started(), proven(), updating()),
        (started(), updating(), unknown()),
    ],
    ids=["begun", "failed", "perhaps", "unknown"],
)
def test_what_is_not_known_to_have_changed_the_row_is_no_repair(events: tuple[NotedEvent, ...]) -> None:
    """A row that may never have been repaired cannot be sick again."""
    assert repairs_in(*events) == ()


def test_an_undo_is_noted_with_the_repair_it_takes_back() -> None:
    """And a repair after it stands for itself."""
    first, second = repairs_in(*WHOLE_REPAIR, *UNDO, *AGAIN)
    assert (first.plan, first.undone_at) == (PLAN, NOW + 9)
    assert (second.plan, second.undone_at) == ("c" * 64, None)


@pytest.mark.parametrize("field", ["runner_id", "repo_id", "instance"])
def test_an_undo_of_another_row_takes_nothing_back(field: str) -> None:
    """Runner, repository and instance must all be those of the repair."""
    undo, *rest = UNDO
    other = replace(undo, **{field: "https://other.example.org/" if field == "instance" else 99})  # type: ignore[arg-type]  # one field of either type
    assert repairs_in(*WHOLE_REPAIR, other, *rest)[0].undone_at is None


GLASS = BrokenGlass(login="opslead", reason="alone on duty, deploys are down")


@pytest.mark.parametrize(
    "rest",
    [
        (),
        (proven(), failed()),
        (proven(), updating()),
        (updating(), unknown()),
        (proven(), updating(), committed(), done()),
    ],
    ids=["begun", "failed", "perhaps", "unknown", "done"],
)
def test_broken_glass_is_told_whatever_became_of_it(rest: tuple[NotedEvent, ...]) -> None:
    """The time is that of the beginning, and everything is as the journal has it."""
    journal = journal_from_bytes(
        content_of((replace(started(), approvals=(), broken_glass=GLASS), *rest)), file="journal.jsonl"
    )
    assert glass_breaks(journal) == (
        GlassBreak(
            plan=PLAN, at=NOW, direction=Direction.REPAIR, login="opslead", reason="alone on duty, deploys are down",
            instance="https://git.example.org/", runner_id=5, runner_name="rs2000-deploy-host",
        ),
    )  # fmt: skip


def test_broken_glass_of_an_undo_is_told_and_an_approved_repair_is_none(tmp_path: Path) -> None:
    """Beside the repairs, in the snapshot itself."""
    undo, *rest = UNDO
    file = tmp_path / "journal.jsonl"
    file.write_bytes(content_of((*WHOLE_REPAIR, replace(undo, approvals=(), broken_glass=GLASS), *rest)))  # type: ignore[arg-type]  # a Started
    seen = with_past_repairs(SEEN, file)
    assert [(one.plan, one.direction, one.at) for one in seen.glass_breaks] == [(OTHER_PLAN, Direction.UNDO, NOW + 6)]
    assert [one.undone_at for one in seen.past_repairs] == [NOW + 9]


def unseen(path: Path) -> str:
    """The reason of the one gap that the journal leaves, which spoils a healthy verdict."""
    with_journal: Snapshot = with_past_repairs(SEEN, path)
    (gap,) = with_journal.unobserved
    assert (gap.source, gap.need) == (Source.JOURNAL, Need.REQUIRED)
    assert gap.next_step
    assert with_journal.past_repairs == ()
    assert with_journal.glass_breaks == ()
    return gap.reason


def test_a_journal_of_a_host_that_never_repaired_is_empty(tmp_path: Path) -> None:
    """The folder is there and the file is not: nothing was noted, and nothing is missing."""
    assert with_past_repairs(SEEN, tmp_path / "journal.jsonl") == SEEN


def test_a_journal_that_cannot_be_read_or_believed_is_a_gap(tmp_path: Path) -> None:
    """A wrong path, a folder, a link, a changed line and a newer release's line are each told, and nothing is raised."""
    file = tmp_path / "journal.jsonl"
    assert "the folder of this journal is not there" in unseen(tmp_path / "missing" / "journal.jsonl")
    assert "it is not a regular file" in unseen(tmp_path)
    (tmp_path / "link").symlink_to(file)
    assert "cannot be read" in unseen(tmp_path / "link")
    content = content_of(WHOLE_REPAIR)
    file.write_bytes(content.replace(b'"repo_id":35', b'"repo_id":36'))
    assert f"{file}:2: this line of the journal was changed" in unseen(file)
    file.write_bytes(content.replace(b'"schema_version":1', b'"schema_version":2'))
    assert "a newer release of this tool wrote it" in unseen(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_journal_of_somebody_else_is_a_gap(tmp_path: Path) -> None:
    """No permission is told as such."""
    file = tmp_path / "journal.jsonl"
    file.touch(mode=0o000)
    assert "Permission denied" in unseen(file)
