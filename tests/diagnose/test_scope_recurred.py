"""RSD022 scope-recurred: a repaired row is sick again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.snapshot import PastRepair, Snapshot
from support.command import ROOT
from support.diagnosing import diagnosis, found
from support.examples import INSTANCE, REPAIR
from support.snapshots import NOW, runner, snapshot

KIND = FindingKind.SCOPE_RECURRED
COMBINED = runner(5, owner_id=1, repo_id=35)


def repaired(*repairs: PastRepair, row: ObservedRunner = COMBINED, major: int | None = 15) -> Snapshot:
    """A server with that row, and what a journal tells of it."""
    return replace(snapshot(row, major=major), past_repairs=repairs)


def test_a_repaired_row_that_is_combined_again_is_an_error_of_its_own() -> None:
    """It stands beside RSD001, right behind it, and names row, receipt and time."""
    seen = repaired(REPAIR)
    assert [one.kind for one in diagnosis(seen).findings] == [FindingKind.COMBINED_SCOPE, KIND]
    (finding,) = found(KIND, seen)
    assert finding.severity is Severity.ERROR
    assert finding.runner == COMBINED
    assert finding.message == (
        "runner rs2000-deploy-host has owner_id=1 again, which was repaired at 2026-11-22T18:36:40Z"
    )
    assert finding.evidence == (f"receipt {'a' * 64}: owner_id 1 was cleared at 2026-11-22T18:36:40Z",)


@pytest.mark.parametrize(
    "row",
    [
        runner(5, repo_id=35),
        runner(6, owner_id=1, repo_id=35),
        runner(5, owner_id=1, repo_id=36),
        replace(COMBINED, deleted=NOW),
    ],
    ids=["healthy", "another runner", "another repository", "deleted"],
)
def test_other_rows_have_not_recurred(row: ObservedRunner) -> None:
    """Only a live combined row of that id and that repository is the one that was repaired."""
    assert found(KIND, repaired(REPAIR, row=row)) == []


@pytest.mark.parametrize(
    ("instance", "recurs"),
    [(None, True), (INSTANCE, True), ("https://GIT.example.org:443", True), ("https://other.example.org/", False)],
)
def test_a_repair_of_another_instance_is_no_matter_of_this_one(instance: str | None, recurs: bool) -> None:
    """Ids are small numbers and alike everywhere; a database that does not tell its instance is taken for the same."""
    seen = repaired(REPAIR)
    seen = replace(seen, server=replace(seen.server, instance=instance))
    assert bool(found(KIND, seen)) == recurs


def test_after_an_undo_it_is_no_recurrence() -> None:
    """Taken back, the row is combined on purpose; repaired once more and combined again it has recurred."""
    undone = replace(REPAIR, undone_at=NOW - 3600)
    assert found(KIND, repaired(undone)) == []
    again = replace(REPAIR, plan="b" * 64, repaired_at=NOW - 60)
    (finding,) = found(KIND, repaired(undone, again))
    assert finding.evidence == (f"receipt {'b' * 64}: owner_id 1 was cleared at 2026-11-23T18:35:40Z",)


def test_the_latest_of_several_repairs_is_named_and_they_are_counted() -> None:
    """Twice repaired and sick a third time: the writer is regular."""
    again = replace(REPAIR, plan="b" * 64, repaired_at=NOW - 60)
    (finding,) = found(KIND, repaired(REPAIR, again))
    assert finding.evidence[0].startswith(f"receipt {'b' * 64}: ")
    assert finding.evidence[1] == "2 repairs of this row did not last, the first of 2026-11-22T18:36:40Z"


@pytest.mark.parametrize("major", [*range(7, 17), None])
def test_writer_and_cure_are_those_of_the_version(major: int | None) -> None:
    """Up to 15 the registration writes both ids; on 16 it repairs, so something else did. The warning stands everywhere."""
    (finding,) = found(KIND, repaired(REPAIR, major=major))
    assert "forgejo-cli actions register --scope owner/repository" in finding.meaning
    assert ("most likely" in finding.meaning) == (major is not None and major < 16)
    assert ("repairs such a row instead" in finding.meaning) == (major in (16, None))
    assert ("--keep-labels" in finding.remedy) == (major != 16)
    assert ("upgrade Forgejo to 16" in finding.remedy) == (major != 16)
    assert 'Never give it `--scope ""`, which makes the runner instance-wide' in finding.remedy


@pytest.mark.parametrize("major", [15, 16])
def test_both_meanings_stand_in_the_page(major: int) -> None:
    """The page tells the server of either kind what its finding tells."""
    page = (ROOT / "docs" / "findings" / "scope-recurred.md").read_text(encoding="utf-8")
    (finding,) = found(KIND, repaired(REPAIR, major=major))
    assert finding.meaning in " ".join(line.removeprefix("> ").strip() for line in page.splitlines())


@pytest.mark.parametrize("at", [-1, 253402300800, 2**63 - 1])
def test_a_time_that_no_calendar_has_is_shown_as_a_number(at: int) -> None:
    """A journal or snapshot may hold any number; it is told, not died of."""
    (finding,) = found(KIND, repaired(replace(REPAIR, repaired_at=at)))
    assert finding.message.endswith(f"at second {at}")
