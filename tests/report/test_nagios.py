"""The one line of a monitoring plugin, by the Monitoring Plugins guidelines."""

from __future__ import annotations

import re

import pytest

from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.report.nagios import State, rendered, state_of
from support.outcomes import FAILED, HEALTHY, SICK, SICK_AND_UNSEEN, UNSEEN, WARNED

LINE = re.compile(r"RUNNER SCOPE (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]*)(?: \| ([^|\n]+))?\n")
PERFORMANCE = re.compile(r"([A-Za-z_]+)=(?:U|(-?[0-9]+);;;0)")
"""label=value;warn;crit;min, or U for what is not known."""


def performance(text: str) -> dict[str, str]:
    """The performance data of a line that keeps to its form."""
    line = LINE.fullmatch(text)
    assert line
    found = [PERFORMANCE.fullmatch(word) for word in (line[3] or "").split()]
    return {one[1]: one[2] or "U" for one in found if one} if all(found) else {"no": "performance data"}


@pytest.mark.parametrize(
    ("outcome", "state", "numbers"),
    [
        (HEALTHY, "OK", {"errors": "0", "warnings": "0", "unseen": "0", "live_runners": "1"}),
        (WARNED, "WARNING", {"errors": "0", "warnings": "1", "unseen": "0", "live_runners": "1"}),
        (SICK, "CRITICAL", {"errors": "1", "warnings": "0", "unseen": "0", "live_runners": "1"}),
        (SICK_AND_UNSEEN, "CRITICAL", {"errors": "1", "warnings": "U", "unseen": "1", "live_runners": "1"}),
        (UNSEEN, "UNKNOWN", {"errors": "U", "warnings": "U", "unseen": "1", "live_runners": "1"}),
        (FAILED, "UNKNOWN", {}),
    ],
    ids=["healthy", "warned", "sick", "sick and unseen", "source failed", "nothing judged"],
)
def test_each_outcome_has_its_state_and_numbers(outcome: CheckOutcome, state: str, numbers: dict[str, str]) -> None:
    """The state is the verdict's, and a zero is only said of what was looked at."""
    assert state_of(outcome) is State[state]
    assert rendered(outcome).startswith(f"RUNNER SCOPE {state} - ")
    assert performance(rendered(outcome)) == numbers


def test_the_sentence_says_what_to_do() -> None:
    """What the text report says last stands in the line, and of a failed check its reason."""
    assert "RSD001 active deploy runner rs2000-deploy-host has owner_id=1; expected 0" in rendered(SICK)
    assert rendered(FAILED) == (
        "RUNNER SCOPE UNKNOWN - INCONCLUSIVE: runner-scope.yml:3: no such key. Next: Correct line 3.\n"
    )
