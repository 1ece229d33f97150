"""docs/explanation/approval.md names for each claim the tests that hold it, and there is nothing it says of no party."""

from __future__ import annotations

import re

from runner_scope_doctor.model.host import EvidenceKind
from support.command import ROOT

PAGE = (ROOT / "docs" / "explanation" / "approval.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.split("## Who can do what")[1].split("\n## ")[0].splitlines()
    if line.startswith("|")
]


def test_there_is_a_column_for_each_kind_of_evidence() -> None:
    """What a party can do is said for every kind, in the order in which host.yml knows them."""
    assert ROWS[0] == ["party", *(kind.value for kind in EvidenceKind), "held by"]
    assert all(len(row) == len(ROWS[0]) and all(row) for row in ROWS[2:])


def test_every_row_names_its_tests_or_why_there_are_none() -> None:
    """The files are there and hold tests; a row without says so."""
    for row in ROWS[2:]:
        named = re.findall(r"`(tests/[\w/.]+)`", row[-1])
        assert named or row[-1].startswith("no test: "), row
        for name in named:
            place = ROOT / name
            files = [place] if place.suffix else sorted(place.glob("test_*.py"))
            assert files, name
            assert all("\ndef test_" in file.read_text(encoding="utf-8") for file in files), name
