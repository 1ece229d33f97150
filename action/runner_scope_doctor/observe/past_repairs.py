"""What the journal of a deploy host says of its repairs and of broken glass, beside what was seen of the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runner_scope_doctor.journal.chain import Journal
from runner_scope_doctor.journal.file import read_journal
from runner_scope_doctor.journal.standing import changes_made
from runner_scope_doctor.model.approval import BrokenGlass
from runner_scope_doctor.model.errors import JournalDamaged, SourceUnavailable
from runner_scope_doctor.model.journal import Started
from runner_scope_doctor.model.plan import Direction
from runner_scope_doctor.model.snapshot import GlassBreak, Need, PastRepair, Snapshot, Source, Unobserved
from runner_scope_doctor.model.standing import Attempt


def with_past_repairs(snapshot: Snapshot, path: Path) -> Snapshot:
    """The snapshot with the repairs and the broken glass that journal tells of; with a required gap when it cannot be read or
    believed."""
    try:
        _require_folder(path)
        journal = read_journal(path)
        repairs, breaks = past_repairs(journal), glass_breaks(journal)
    except (SourceUnavailable, JournalDamaged) as failure:
        gap = Unobserved(
            source=Source.JOURNAL,
            what="whether a repaired row is sick again, or a plan was begun without an approval",
            reason=failure.problem,
            next_step=failure.next_step,
            need=Need.REQUIRED,
        )
        return replace(snapshot, unobserved=(*snapshot.unobserved, gap))
    return replace(snapshot, past_repairs=repairs, glass_breaks=breaks)


def past_repairs(journal: Journal) -> tuple[PastRepair, ...]:
    """The repairs that are known to have been made, in the order they were begun, each with when it was taken back.

    Raises JournalDamaged when an entry is of an attempt that was never begun.
    """
    found: list[PastRepair] = []
    for change in changes_made(journal):
        match change.started.direction:
            case Direction.REPAIR:
                found.append(_repair(change))
            case Direction.UNDO:
                found = [_taken_back(repair, change) for repair in found]
    return tuple(found)


def glass_breaks(journal: Journal) -> tuple[GlassBreak, ...]:
    """Every attempt that nobody had approved, in the order they were begun, also those that failed or never ended."""
    found: list[GlassBreak] = []
    for entry in journal.entries:
        match entry.event:
            case Started(broken_glass=BrokenGlass() as broken) as started:
                found.append(_glass_break(started, broken, entry.at))
            case _:
                pass
    return tuple(found)


def _glass_break(started: Started, broken: BrokenGlass, at: int) -> GlassBreak:
    return GlassBreak(
        plan=started.plan,
        at=at,
        direction=started.direction,
        login=broken.login,
        reason=broken.reason,
        instance=started.instance,
        runner_id=started.runner_id,
        runner_name=started.runner_name,
    )


def _repair(change: Attempt) -> PastRepair:
    started = change.started
    return PastRepair(
        plan=started.plan,
        repaired_at=_made_at(change),
        undone_at=None,
        instance=started.instance,
        runner_id=started.runner_id,
        runner_name=started.runner_name,
        owner_id=started.owner_id,
        repo_id=started.repo_id,
    )


def _taken_back(repair: PastRepair, undo: Attempt) -> PastRepair:
    """The journal does not say which plan an undo takes back; it gives the row the owner of all repairs before it."""
    started = undo.started
    row = (started.instance, started.runner_id, started.repo_id)
    if repair.undone_at is not None or (repair.instance, repair.runner_id, repair.repo_id) != row:
        return repair
    return replace(repair, undone_at=_made_at(undo))


def _made_at(change: Attempt) -> int:
    return change.last_at if change.committed_at is None else change.committed_at


def _require_folder(path: Path) -> None:
    """A journal that is not there is one of a host that never began a repair; without its folder the path is wrong."""
    if not path.parent.is_dir():
        raise SourceUnavailable(
            f"{path}: the folder of this journal is not there.",
            next_step="Name the file journal.jsonl in the state directory of the deploy host (`state` in its host.yml).",
        )
