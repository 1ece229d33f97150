"""What `contract init` says of labels that a service has yet to declare is what the check then finds."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.contract.init import contract_text, labels_warning
from runner_scope_doctor.contract.write import quoted
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.runner import UnreadableLabels
from runner_scope_doctor.model.snapshot import Snapshot
from support.contract_texts import parsed
from support.snapshots import runner, snapshot

UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
STORED: st.SearchStrategy[tuple[str, ...] | UnreadableLabels | None] = (
    st.lists(st.sampled_from(["deploy", "docker", "deploy:host", "docker:docker://x", "", "a\nb"]), max_size=3).map(
        tuple
    )
    | st.none()
    | st.builds(UnreadableLabels, text=st.just("{"))
)


def found(seen: Snapshot) -> set[tuple[str, str]]:
    """Code and runner of each error of the check by the contract that was written from the same look."""
    judged = diagnosed(seen, contract=parsed(contract_text(seen)), fail_on=Severity.ERROR)
    errors = [finding for finding in judged.findings if finding.severity is Severity.ERROR]
    return {(error.kind.value, error.runner.name) for error in errors if error.runner is not None}


def told(seen: Snapshot) -> set[tuple[str, str]]:
    """The same as the sentence tells it; none when there is no sentence."""
    said = labels_warning(seen) or ""
    groups = re.findall(r"(RSD\d+) against ((?:r\d(?:, )?)+)", said)
    return {(code, name) for code, names in groups for name in names.split(", ")}


@UNHURRIED
@given(st.lists(STORED, min_size=1, max_size=5))
def test_what_is_said_is_what_the_check_finds(
    stored: list[tuple[str, ...] | UnreadableLabels | None],
) -> None:
    """The sentence names each runner that the written contract fails for, with the code, and no other."""
    seen = snapshot(*(runner(number, name=f"r{number}", labels=labels) for number, labels in enumerate(stored, 1)))
    assert told(seen) == found(seen)


def test_the_head_of_the_file_says_it() -> None:
    """Whoever reads the file before committing it meets the sentence, with both codes."""
    seen = snapshot(runner(1, name="a"), runner(2, name="b", labels=("deploy:host",)), runner(3, name="c", labels=None))
    said = (
        "`runner-scope-doctor check` finds RSD011 against c and RSD012 against b by this contract until the service of "
        "each has restarted and declared its labels."
    )
    assert labels_warning(seen) == said
    assert f"# {said}" in contract_text(seen).splitlines()


def test_a_row_that_is_not_declared_is_not_named() -> None:
    """Soft-deleted and ephemeral rows are in no contract, and nothing is said where every other has declared."""
    deleted = runner(2, name="b", labels=("deploy:host",), deleted=1778752131)
    brief = replace(runner(3, name="c", labels=("deploy:host",)), ephemeral=True)
    seen = snapshot(runner(1, name="a"), deleted, brief)
    assert labels_warning(seen) is None
    assert "RSD012" not in contract_text(seen)


def test_a_hostile_name_stays_on_the_line() -> None:
    """Names are quoted as in the file, and more than five are counted."""
    name = "b\u202e: x # y"
    many = [runner(number, name=f"r{number}", labels=()) for number in range(10, 17)]
    said = labels_warning(snapshot(runner(1, name=name, labels=("x:host",)), *many))
    assert said is not None
    assert said.isprintable()
    assert f"RSD012 against {quoted(name)} by" in said
    assert "RSD011 against r10, r11, r12, r13, r14 and 2 more and " in said
