"""What a finding's page says is what the finding says."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.finding import FindingKind
from support.command import ROOT
from support.diagnosing import found
from support.examples import EXAMPLES

CORES = {
    FindingKind.COMBINED_SCOPE: "It runs what waits when its service starts, then nothing until the next restart.",
}
"""Where a meaning is put together for the row and the version, the part that stands in the page as well."""


def in_one_line(text: str) -> str:
    """The text without its line breaks and quotation marks of Markdown."""
    return " ".join(line.removeprefix("> ").strip() for line in text.splitlines())


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_the_page_says_what_the_finding_says(kind: FindingKind) -> None:
    """The meaning printed for the example stands word for word in the finding's page."""
    pair = EXAMPLES[kind]
    page = in_one_line((ROOT / "docs" / "findings" / f"{kind.title}.md").read_text(encoding="utf-8"))
    (finding,) = found(kind, pair.sick, pair.contract, target_major=pair.target_major)
    sentence = CORES.get(kind, finding.meaning)
    assert sentence in finding.meaning
    assert sentence in page


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_the_page_begins_with_one_sentence(kind: FindingKind) -> None:
    """Title, one sentence, then the questions."""
    lines = (ROOT / "docs" / "findings" / f"{kind.title}.md").read_text(encoding="utf-8").splitlines()
    assert lines[1] == ""
    assert lines[2].endswith(".")
    assert lines[2].count(". ") == 0
    assert lines[3:5] == ["", "## What it means"]
