"""The report as the one line of a monitoring plugin: state, why, what next, and performance data behind the bar.

The form is that of the Monitoring Plugins guidelines. Which exit code a state has is known in `cli` alone.
"""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.failed_check import CheckOutcome, FailedCheck
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.snapshot import Need
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.text import verdict_line

LONGEST = 600
"""Characters of the sentence before they are escaped: Nagios reads 8 KB, and an escape is up to ten characters."""
_UNDETERMINED = "U"
"""The guidelines' value for what could not be measured."""
_MARKS = str.maketrans(
    {mark: f"\\x{ord(mark):02x}" for mark in "|$&<>~"} | {"'": "\u2019", '"': "\u201d", "`": "\u2018"}
)
"""What ends the sentence, is a macro or HTML, or acts in the shell that a notification command often is. Quotation marks
become those of a book, so that our own sentences stay readable."""


class State(Enum):
    """The four states of a plugin, by their names."""

    OK = "OK"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"


def state_of(outcome: CheckOutcome) -> State:
    """WARNING is healthy with findings that are warnings; whatever could not look is UNKNOWN."""
    if isinstance(outcome, FailedCheck):
        return State.UNKNOWN
    match outcome.verdict:
        case Verdict.UNHEALTHY:
            return State.CRITICAL
        case Verdict.INCONCLUSIVE:
            return State.UNKNOWN
        case Verdict.HEALTHY:
            return State.WARNING if outcome.findings else State.OK
        case _:
            assert_never(outcome.verdict)


def rendered(outcome: CheckOutcome) -> str:
    """One line and its end. The sentence is the last line of the text report, cut after 600 characters."""
    line = f"RUNNER SCOPE {state_of(outcome).value} - "
    if isinstance(outcome, FailedCheck):
        return f"{line}{_inert(f'INCONCLUSIVE: {outcome.problem} Next: {outcome.next_step}')}\n"
    return f"{line}{_inert(verdict_line(outcome))} | {_performance(outcome)}\n"


def _inert(sentence: str) -> str:
    """The one place where foreign text gets into the line."""
    if len(sentence) > LONGEST:
        sentence = sentence[:LONGEST] + "…"
    return escaped(sentence).translate(_MARKS)


def _performance(diagnosis: Diagnosis) -> str:
    """Counts as label=value;warn;crit;min. Zero findings of a look that did not see everything are no zero."""
    unseen = sum(gap.need is Need.REQUIRED for gap in diagnosis.unobserved)
    counts = dict.fromkeys(Severity, 0)
    for finding in diagnosis.findings:
        counts[finding.severity] += 1
    values: dict[str, int | None] = {
        "errors": counts[Severity.ERROR] or (None if unseen else 0),
        "warnings": counts[Severity.WARNING] or (None if unseen else 0),
        "unseen": unseen,
        "live_runners": diagnosis.live_runners,
    }
    return " ".join(
        f"{label}={_UNDETERMINED}" if value is None else f"{label}={value};;;0" for label, value in values.items()
    )
