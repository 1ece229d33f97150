"""The Prometheus textfile: few series, and none that calms when nobody could look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.failed_check import CheckOutcome
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.report.prometheus import METRICS, kept_success, rendered
from support.examples import EXAMPLES
from support.exposition import samples, value
from support.outcomes import HEALTHY, NEVER_LOOKED, SICK, SICK_AND_UNSEEN
from support.snapshots import NOW

LAST = "runner_scope_doctor_last_success_timestamp_seconds"
RUN = NOW + 100
MOST_SERIES = 1 + 3 + 2 * len(FindingKind) + 2 + 1 + 1 + 1 + 1 + 1
"""Of one check: up, verdicts, each code as error and as warning, unobserved, runners, two times, two versions."""


def file_of(outcome: CheckOutcome, last_success: int | None = None) -> str:
    """What is written, 100 seconds after the look."""
    return rendered(outcome, check="forgejo", now=RUN, last_success=last_success, tool_version="0.1.0")


def verdicts(text: str) -> dict[str, int | None]:
    """The three series of the verdict."""
    return {
        word: value(text, "runner_scope_doctor_verdict", verdict=word)
        for word in ("healthy", "unhealthy", "inconclusive")
    }


def test_a_healthy_look() -> None:
    """It is up, healthy, and was a success at the second of the look."""
    text = file_of(HEALTHY, last_success=NOW - 5000)
    assert value(text, "runner_scope_doctor_up", check="forgejo") == 1
    assert verdicts(text) == {"healthy": 1, "unhealthy": 0, "inconclusive": 0}
    assert (value(text, LAST), value(text, "runner_scope_doctor_last_run_timestamp_seconds")) == (NOW, RUN)
    assert value(text, "runner_scope_doctor_findings") is None


def test_a_sick_look() -> None:
    """It is up, unhealthy, and counts the finding by its code."""
    text = file_of(SICK)
    assert (value(text, "runner_scope_doctor_up"), verdicts(text)["unhealthy"]) == (1, 1)
    assert value(text, "runner_scope_doctor_findings", code="RSD001", name="combined-scope", severity="error") == 1


@pytest.mark.parametrize("outcome", NEVER_LOOKED, ids=["source failed", "nothing judged"])
def test_what_could_not_be_looked_at_is_down(outcome: CheckOutcome) -> None:
    """up is 0, the verdict inconclusive, the time of the run new and that of the last success as it was."""
    text = file_of(outcome, last_success=NOW - 5000)
    assert value(text, "runner_scope_doctor_up") == 0
    assert verdicts(text) == {"healthy": 0, "unhealthy": 0, "inconclusive": 1}
    assert (value(text, LAST), value(text, "runner_scope_doctor_last_run_timestamp_seconds")) == (NOW - 5000, RUN)
    assert value(file_of(outcome), LAST) == 0  # which any rule about its age takes for too long ago


def test_sick_and_unseen_is_both() -> None:
    """A finding is told beside up 0, and the look was no success."""
    text = file_of(SICK_AND_UNSEEN, last_success=7)
    assert (value(text, "runner_scope_doctor_up"), verdicts(text)["unhealthy"], value(text, LAST)) == (0, 1, 7)


def test_a_snapshot_of_tomorrow_is_no_success_of_tomorrow() -> None:
    """A time to come would hide for that long that the check has stopped."""
    assert value(file_of(replace(HEALTHY, taken_at=NOW * 2)), LAST) == RUN
    assert value(file_of(replace(HEALTHY, taken_at=-5)), LAST) == 0


def test_what_was_written_is_read_back() -> None:
    """The time of the last success survives any number of failed checks."""
    text = file_of(HEALTHY)
    for outcome in (*NEVER_LOOKED, *NEVER_LOOKED):
        text = file_of(outcome, last_success=kept_success(text, now=RUN))
    assert value(text, LAST) == NOW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\ufffd" * 100,
        f"{LAST} {RUN + 1}\n",
        f'{LAST}{{check="a"}} {10**12}\n',
        f"{LAST} -5\n",
        f"{LAST} 0\n",
        f"{LAST} 1e9\n",
        f"{LAST} NaN\n",
        f"# {LAST} {NOW}\n",
        f"not_{LAST} {NOW}\n",
        f"{LAST} {NOW} {NOW}\n",
        f"{LAST} {NOW}\n{LAST} {RUN + 1}\n",
        f"{LAST} ٣٣\n",
        LAST + "{" * 60000,
    ],
    ids=lambda text: text[:70].replace(LAST, "LAST"),
)
def test_a_damaged_or_hostile_file_is_not_believed(text: str) -> None:
    """What is no time of ours, or one to come, counts as unknown."""
    assert kept_success(text, now=RUN) is None


def test_of_several_times_the_earliest_is_kept() -> None:
    """A second line cannot make the last success younger."""
    assert kept_success(f"{LAST} {NOW}\n{LAST} {NOW - 9}\n", now=RUN) == NOW - 9


def test_series_are_bounded_and_named_as_they_are_announced() -> None:
    """Whatever is found, names and labels are those of the documented list, and no runner is in them."""
    findings = [
        finding
        for kind in FindingKind
        for finding in diagnosed(
            EXAMPLES[kind].sick,
            contract=EXAMPLES[kind].contract,
            fail_on=Severity.ERROR,
            target_major=EXAMPLES[kind].target_major,
        ).findings
    ]
    text = file_of(replace(SICK_AND_UNSEEN, findings=tuple(findings * 3)))
    found = samples(text)
    assert len(found) <= MOST_SERIES
    assert {one.name for one in found} == set(METRICS)
    assert {label for one in found for label in one.labels} == {
        "check", "verdict", "code", "name", "severity", "need", "version",
    }  # fmt: skip
    assert "rs2000-deploy-host" not in text
