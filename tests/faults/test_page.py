"""What docs/faults.md says was measured."""

from __future__ import annotations

import re

import pytest

from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.command import ROOT
from support.faults.host_stories import HOST_STORIES
from support.faults.server_stories import LINES, LOCKED, SLOW_LINE
from support.faults.stages import NAMES
from support.faults.story import Story

PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
STORIES = (*HOST_STORIES, LOCKED, *LINES, SLOW_LINE)


def row_of(*names: str) -> list[str]:
    """The further cells of the one row that begins with these."""
    found = [line for line in PAGE.splitlines() if line.startswith(f"| {' | '.join(names)} |")]
    assert len(found) == 1, names
    return [cell.strip() for cell in found[0].split("|")[len(names) + 1 : -1]]


@pytest.mark.parametrize("story", STORIES, ids=[story.what for story in STORIES])
def test_every_fault_is_in_the_table_with_its_outcome(story: Story) -> None:
    """Its exit code on each engine it was met on, which is the promised one."""
    codes = row_of(story.what)
    assert len(codes) == len(NAMES)
    assert set(codes) - {"-"} == {str(story.code)}


def test_the_counts_are_whole() -> None:
    """500 random moments and 100 races of each kind an engine, every checkpoint among where they struck."""
    for engine in NAMES.values():
        assert row_of("`kill -9` at a random moment", engine)[0] == "500"
        races = re.findall(rf"^\| [^|]+ \| {engine} \| (\d+) \| (\d+) \|[^|]+\|[^|]+\|$", PAGE, re.MULTILINE)
        assert races == [("100", "100")] * 3
    for checkpoint in Checkpoint:
        assert len(row_of(checkpoint.value)) == len(NAMES)
