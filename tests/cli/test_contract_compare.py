"""`contract compare` from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import ROOT, Ended, doctor

EXAMPLE = ROOT / "docs" / "example"
CONTRACT = (EXAMPLE / "runner-scope.yml").read_text(encoding="utf-8")
SNAPSHOT = EXAMPLE / "snapshot.json"


def compare(folder: Path, old: str | None, new: str, *more: str | Path, snapshot: Path = SNAPSHOT) -> Ended:
    """Compares two texts; None is the contract that there was not."""
    (folder / "new.yml").write_text(new, encoding="utf-8")
    if old is not None:
        (folder / "old.yml").write_text(old, encoding="utf-8")
    before = "/dev/null" if old is None else folder / "old.yml"
    return doctor("contract", "compare", before, folder / "new.yml", "--snapshot", snapshot, *more)


@pytest.mark.parametrize("old", [None, CONTRACT], ids=["none", "same"])
def test_no_worse_is_0(old: str | None, tmp_path: Path) -> None:
    """The example's contract finds nothing new in the example's snapshot, compared with none and with itself."""
    ended = compare(tmp_path, old, CONTRACT)
    assert (ended.code, ended.err) == (0, "")
    assert ended.last_line == "NO WORSE: nothing new is found, verdict healthy -> healthy."


def test_worse_is_10_and_the_page_shows_it_so(tmp_path: Path) -> None:
    """A runner that the snapshot does not have is a new problem; docs/contract.md shows the very lines."""
    entry = "  - name: builder\n    scope: instance\n"
    old = "version: 1\nundeclared: ignore\nrunners:\n  - name: shared-builder\n    scope: instance\n"
    ended = compare(tmp_path, old, old + "\n" * 5 + entry)
    assert ended.code == 10
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    for line in ended.out.replace(f"{tmp_path}/new.yml", "runner-scope.yml").splitlines():
        assert line.partition(" Next: ")[0] in page


def test_what_the_snapshot_does_not_tell_is_4(tmp_path: Path) -> None:
    """A look that never asked since when jobs wait cannot judge a first `max_wait`, and says how to get one that can."""
    look = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps({**look, "overdue_before": None}), encoding="utf-8")
    ended = compare(tmp_path, CONTRACT.replace("    max_wait: 15m\n", ""), CONTRACT, snapshot=file)
    assert ended.code == 4
    assert ended.last_line.endswith("Next: Take the snapshot again with this contract.")


@pytest.mark.parametrize("broken", ["old", "new", "snapshot", "candidates"])
def test_what_cannot_be_used_is_3(broken: str, tmp_path: Path) -> None:
    """A contract or a snapshot that is none is named with its line or place, and nothing is compared."""
    texts = {"old": CONTRACT, "new": CONTRACT, "snapshot": SNAPSHOT.read_text(encoding="utf-8")}
    if broken == "candidates":
        texts["snapshot"] = texts["snapshot"].replace('"coverage": "all"', '"coverage": "candidates"')
    else:
        texts[broken] = "{}"
    file = tmp_path / "snapshot.json"
    file.write_text(texts["snapshot"], encoding="utf-8")
    ended = compare(tmp_path, texts["old"], texts["new"], snapshot=file)
    assert (ended.code, ended.out) == (3, "")
    assert f"{tmp_path}/{'snapshot.json' if broken in ('snapshot', 'candidates') else f'{broken}.yml'}:" in ended.err


def test_a_missing_old_contract_is_not_taken_for_none(tmp_path: Path) -> None:
    """A path with a typo in it is refused: only /dev/null says that there was no contract."""
    ended = doctor("contract", "compare", tmp_path / "typo.yml", EXAMPLE / "runner-scope.yml", "--snapshot", SNAPSHOT)
    assert (ended.code, ended.out) == (3, "")


def test_without_a_snapshot_nothing_is_compared(tmp_path: Path) -> None:
    """The snapshot may come from the environment, and must come from somewhere."""
    both = ("contract", "compare", "/dev/null", EXAMPLE / "runner-scope.yml")
    assert doctor(*both).code == 2
    assert doctor(*both, environment={"RSD_SNAPSHOT": str(SNAPSHOT)}).code == 0


def test_warnings_fail_where_they_are_asked_to(tmp_path: Path) -> None:
    """A new warning is shown and ends with 0, and with 10 under --fail-on warning."""
    old = "version: 1\nrunners:\n  - name: shared-builder\n    scope: instance\nundeclared: ignore\n"
    new = old.replace("ignore", "warn")
    ended = compare(tmp_path, old, new)
    assert (ended.code, ended.last_line) == (0, "NO WORSE: 1 new warning, verdict healthy -> healthy.")
    assert compare(tmp_path, old, new, "--fail-on", "warning").code == 10
