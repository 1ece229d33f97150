"""A snapshot file that this tool would not have saved: whatever it leaves out, it is never called healthy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.observe.snapshot_write import snapshot_text
from support.command import Ended, doctor
from support.examples import DEPLOY_HOST
from support.snapshots import USERS_CASE, snapshot


def judged(seen: Snapshot, folder: Path) -> Ended:
    """The check of that snapshot, written as the tool writes it."""
    file = folder / "snapshot.json"
    file.write_text(snapshot_text(seen, tool_version="0.1.0"), encoding="utf-8")
    return doctor("check", "--snapshot", file)


@pytest.mark.parametrize(("coverage", "code"), [(Coverage.ALL, 0), (Coverage.LISTED, 0), (Coverage.CANDIDATES, 4)])
def test_a_file_of_candidates_is_inconclusive(coverage: Coverage, code: int, tmp_path: Path) -> None:
    """It could lack any sick row, so it ends with 4 and says what to save instead; a whole look ends with 0."""
    ended = judged(replace(snapshot(DEPLOY_HOST), coverage=coverage), tmp_path)
    assert ended.code == code, ended
    said = "The snapshot does not hold all runners of the server." in ended.out
    assert said is (code == 4)
    if said:
        assert ended.last_line.startswith("INCONCLUSIVE: ")
        assert "--save-snapshot" in ended.last_line.split("Next: ")[1]


def test_a_sick_row_among_candidates_still_counts(tmp_path: Path) -> None:
    """A finding wins over what is missing, and both are told."""
    ended = judged(replace(snapshot(*USERS_CASE), coverage=Coverage.CANDIDATES), tmp_path)
    assert ended.code == 10
    assert "RSD001" in ended.out
    assert "The snapshot does not hold all runners of the server." in ended.out


def test_a_file_without_its_rows_is_inconclusive(tmp_path: Path) -> None:
    """Whoever deletes the sick row from a file leaves the count behind, which tells."""
    ended = judged(replace(snapshot(*USERS_CASE, DEPLOY_HOST), runners=(DEPLOY_HOST,)), tmp_path)
    assert ended.code == 4, ended
    assert "Of 2 live runners only 1 are there." in ended.out
