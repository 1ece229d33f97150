"""The comparison of two contracts, as people read it."""

from __future__ import annotations

from hypothesis import given, settings

from runner_scope_doctor.diagnose.compare import compared
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.snapshot import Snapshot
from runner_scope_doctor.report.comparison_text import rendered
from support.contracts import contract, declared
from support.snapshots import runner, snapshot
from support.strategies import contracts, snapshots

SEEN = snapshot(runner(5, repo_id=35))


def text(old: Contract | None, new: Contract, seen: Snapshot = SEEN) -> list[str]:
    """The lines a person sees."""
    return rendered(compared(seen, old=old, new=new, fail_on=Severity.ERROR)).splitlines()


def test_each_finding_has_a_line_with_its_place() -> None:
    """Gone, new and still begin a line; code, sentence, severity and the line of the declaration follow."""
    lines = text(contract(declared("x", line=3)), contract(declared("y", line=7)))
    assert lines[1:-1] == [
        "gone: RSD003 no live runner is called x (error, declared at runner-scope.yml:3)",
        "new: RSD003 no live runner is called y (error, declared at runner-scope.yml:7)",
    ]


def test_the_last_line_says_whether_it_is_worse_and_what_to_do() -> None:
    """Worse with the decisive finding, both verdicts and its remedy; or no worse; or what was not seen."""
    worse = text(contract(), contract(declared(), declared("y", line=7), declared("z", line=9)))[-1]
    assert worse.startswith(
        "WORSE: RSD003 no live runner is called y (error, declared at runner-scope.yml:7) and 1 more, "
    )
    assert "verdict healthy -> unhealthy. Next: Register y " in worse
    assert text(None, contract())[-1] == "NO WORSE: nothing new is found, verdict healthy -> healthy."
    unseen = text(contract(), contract(declared(max_wait=900)))[-1]
    assert unseen.startswith("INCONCLUSIVE: could not see how long jobs wait, verdict healthy -> inconclusive. ")
    assert unseen.endswith("Next: Take the snapshot again with this contract.")


@settings(deadline=None)  # the machine is shared: a slow example is no fault
@given(snapshots, contracts, contracts)
def test_no_foreign_text_begins_a_line_or_a_command(seen: Snapshot, old: Contract, new: Contract) -> None:
    """Every line begins with a word of ours, and no workflow command is anywhere in it."""
    for line in text(old, new, seen):
        first = ("judged: ", "gone: RSD", "new: RSD", "was: RSD", "now: RSD", "still: RSD", "not seen: ")
        assert line.startswith((*first, "WORSE: ", "NO WORSE: ", "INCONCLUSIVE: "))
        assert "::" not in line
        assert "##[" not in line
        assert line.isprintable()
