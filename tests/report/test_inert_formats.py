"""What strangers chose stays text in every format that programs read, and can be read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.failed_check import FailedCheck
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.snapshot import Need, Source, Unobserved
from runner_scope_doctor.report import junit, nagios, prometheus, sarif
from support.contracts import contract, declared
from support.escapes import decoded
from support.exposition import samples
from support.hostile_text import HOSTILE, HUGE, MARKS, hold_inert
from support.junit_document import cases
from support.sarif_document import run_of
from support.snapshots import NOW, runner, snapshot

BOOK_MARKS = str.maketrans({"'": "\u2019", '"': "\u201d", "`": "\u2018"})


def diagnosis(name: str, reason: str) -> Diagnosis:
    """A sick runner of that name, and a look that failed for that reason."""
    row = runner(5, name=name, owner_id=1, repo_id=35, labels=(reason,))
    gap = Unobserved(source=Source.DATABASE, what=name, reason=reason, next_step=name, need=Need.REQUIRED)
    seen = snapshot(row, unobserved=(gap,))
    version = ServerVersion(major=15, text=reason, source=name)
    seen = replace(seen, server=replace(seen.server, version=version, address=name))
    return diagnosed(seen, contract=contract(declared(name)), fail_on=Severity.ERROR)


def hold_junit(name: str, reason: str) -> None:
    """The reason comes back from the message of the gap, and the name from its test's name."""
    report = junit.rendered(diagnosis(name, reason), "0.1.0")
    hold_inert(report)
    gap = cases(report)[-1]
    assert (decoded(gap.message), decoded(gap.name)) == (reason, f"{name}, from the database")
    failed = junit.rendered(FailedCheck(problem=reason, next_step=name, at=NOW), "0.1.0")
    assert decoded(cases(failed)[0].message) == f"INCONCLUSIVE: {reason} Next: {name}"


def hold_sarif(name: str, reason: str) -> None:
    """The reason comes back from the notification, and no link, placeholder or HTML is left in any message."""
    report = sarif.rendered(diagnosis(name, reason), "0.1.0")
    hold_inert(report)
    run = run_of(report)
    told = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert decoded(told) == f"Not seen: {name}, from the database. {reason} Next: {name}"
    texts = [told, *(result["message"]["text"] for result in run["results"])]
    texts += [place["name"] for one in run["results"] for place in one["locations"][0]["logicalLocations"]]
    assert not set("".join(texts)) & set("[]{}<>")
    assert decoded(texts[-1]) == name


def hold_nagios(name: str, reason: str) -> None:
    """One line, whose only bar parts the sentence from the numbers, and no character of a shell or a page is in it."""
    for outcome, bars in ((diagnosis(name, reason), 1), (FailedCheck(problem=reason, next_step=name, at=NOW), 0)):
        report = nagios.rendered(outcome)
        hold_inert(report)
        assert (report.count("\n"), report.count("|")) == (1, bars)
        assert len(report) < 8192
        assert not set(report) & set("$&<>~'\"`")
    sentence = f"INCONCLUSIVE: {reason} Next: {name}"
    whole = sentence if len(sentence) <= nagios.LONGEST else sentence[: nagios.LONGEST] + "…"
    assert decoded(report.removeprefix("RUNNER SCOPE UNKNOWN - ").removesuffix("\n")) == whole.translate(BOOK_MARKS)


def hold_prometheus(name: str, reason: str) -> None:
    """The version and the file's name come back from their labels, cut, and no other foreign text is in the file."""
    report = prometheus.rendered(diagnosis(name, reason), check=name, now=NOW, last_success=None, tool_version="0.1.0")
    hold_inert(report)
    found = samples(report)
    (version,) = [one.labels["version"] for one in found if one.name == "runner_scope_doctor_server_info"]
    assert decoded(version) == reason[: prometheus.LONGEST_LABEL]
    assert {decoded(one.labels["check"]) for one in found} == {name[: prometheus.LONGEST_LABEL]}


FORMATS = (hold_junit, hold_sarif, hold_nagios, hold_prometheus)


@settings(max_examples=60)
@given(HOSTILE, HOSTILE)
def test_hostile_text_stays_text(name: str, reason: str) -> None:
    """Control characters, quotes, brackets, lone surrogates and commands come back as they were, and act nowhere."""
    for hold in FORMATS:
        hold(name, reason)


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_each_mark_stays_text(mark: str) -> None:
    """Each of them alone, doubled and in the middle of a word."""
    for hold in FORMATS:
        hold(mark, f"x{mark}{mark}y")


@pytest.mark.parametrize("hold", FORMATS, ids=lambda hold: hold.__name__)
def test_a_megabyte_of_them_stays_text(hold: object) -> None:
    """A name of a million characters breaks no format."""
    assert callable(hold)
    hold("rs2000-deploy-host", HUGE)


def test_the_marks_hold_every_character_of_json_that_matters() -> None:
    """SARIF comes back from any JSON reader with the very text that was written."""
    for mark in MARKS:
        report = sarif.rendered(FailedCheck(problem=mark, next_step="", at=NOW), "0.1.0")
        (run,) = json.loads(report)["runs"]
        assert decoded(run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]).startswith(
            f"INCONCLUSIVE: {mark}"
        )
