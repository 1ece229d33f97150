"""Each format tells the whole diagnosis and lets nothing foreign act."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved
from runner_scope_doctor.report import json_report, text
from support.snapshots import USERS_CASE, runner, snapshot

SCHEMA = json.loads(Path(json_report.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
GAP = Unobserved(
    source=Source.DATABASE,
    what="the runners",
    reason="The database is locked.",
    next_step="Try again.",
    need=Need.REQUIRED,
)
FOREIGN = st.text(
    alphabet=st.one_of(st.sampled_from(list(":#[]%\n\r\x1b\u202e\u2028 \\\"'ab")), st.characters()), min_size=1
)


def judge(seen: Snapshot) -> Diagnosis:
    return diagnosed(seen, contract=None, fail_on=Severity.ERROR)


def plain(seen: Snapshot) -> list[str]:
    return text.rendered(judge(seen), text.Style.PLAIN).splitlines()


def test_the_users_case_reads_as_its_operators_know_it() -> None:
    """The three lines of the original script stand in the text report, to the letter and in this order."""
    lines = plain(snapshot(*USERS_CASE))
    known = [
        "id=4 rs2000-deploy-host owner_id=0 repo_id=35 deleted=1778752131",
        "id=5 rs2000-deploy-host owner_id=1 repo_id=35 deleted=NULL",
        "REPAIRABLE active deploy runner rs2000-deploy-host has owner_id=1; expected 0",
    ]
    start = lines.index(known[0])
    assert lines[start : start + 3] == known


def test_the_last_line_says_what_to_do() -> None:
    """Whatever the verdict, the last line begins with it and ends with the next step."""
    assert plain(snapshot(*USERS_CASE))[-1].startswith(
        "UNHEALTHY: RSD001 active deploy runner rs2000-deploy-host has owner_id=1; expected 0. "
        "Next: `runner-scope-doctor plan --runner 5`"
    )
    assert plain(snapshot(runner(5, repo_id=35)))[-1] == ("HEALTHY: no scope of 1 live runner is wrong. Nothing to do.")
    assert plain(snapshot(unobserved=(GAP,)))[-1] == (
        "INCONCLUSIVE: could not see the runners. The database is locked. Next: Try again."
    )


def test_unhealthy_wins_over_inconclusive_and_both_are_told() -> None:
    """A sick runner ends in UNHEALTHY even where something else was not seen, and the report has both."""
    lines = plain(snapshot(*USERS_CASE, unobserved=(GAP,)))
    assert lines[-1].startswith(
        "UNHEALTHY: RSD001 active deploy runner rs2000-deploy-host has owner_id=1; expected 0, and 1 thing not seen."
    )
    assert "not seen: the runners, from the database" in lines


def test_json_matches_its_schema() -> None:
    """The report validates against the schema in the repository and holds the fields programs rely on."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    report = json.loads(json_report.rendered(judge(snapshot(*USERS_CASE, unobserved=(GAP,))), "0.1.0"))
    jsonschema.validate(report, SCHEMA)
    (finding,) = report["findings"]
    assert report["schema_version"] == 1
    assert report["verdict"] == "unhealthy"
    assert report["server"]["version"] == "15.0.3"
    assert (finding["code"], finding["name"], finding["severity"]) == ("RSD001", "combined-scope", "error")
    assert finding["repairable"] is True
    assert (finding["runner"]["id"], finding["runner"]["owner_id"], finding["runner"]["repo_id"]) == (5, 1, 35)
    assert report["unobserved"][0]["what"] == "the runners"


def test_the_schema_knows_every_field_the_report_has() -> None:
    """A field added to the report without its line in the schema is found."""
    report = json.loads(json_report.rendered(judge(snapshot(*USERS_CASE, unobserved=(GAP,))), "0.1.0"))
    assert set(report) == set(SCHEMA["properties"])
    assert set(report["server"]) == set(SCHEMA["properties"]["server"]["properties"])
    assert set(report["findings"][0]) == set(SCHEMA["$defs"]["finding"]["properties"])
    assert set(report["findings"][0]["runner"]) == set(SCHEMA["$defs"]["runner"]["properties"])
    assert set(report["unobserved"][0]) == set(SCHEMA["$defs"]["unobserved"]["properties"])


def test_no_format_prints_a_whole_uuid() -> None:
    """A uuid holds part of a forgejo-cli secret (facts 1.2), so only its end is shown."""
    diagnosis = judge(snapshot(*USERS_CASE))
    assert diagnosis.findings[0].runner is not None
    uuid = diagnosis.findings[0].runner.uuid
    assert uuid is not None
    for report in (json_report.rendered(diagnosis, "0"), text.rendered(diagnosis, text.Style.PLAIN)):
        assert uuid not in report
        assert uuid[:8] not in report


@given(FOREIGN, FOREIGN)
def test_a_hostile_name_stays_text_in_every_format(name: str, label: str) -> None:
    """No control character, workflow command or bidirectional override of a name or a reason gets into a report."""
    row = runner(5, name=name, owner_id=1, repo_id=35, labels=(label,))
    gap = Unobserved(source=Source.DATABASE, what=name, reason=label, next_step=name, need=Need.REQUIRED)
    diagnosis = judge(snapshot(row, unobserved=(gap,)))
    as_json = json_report.rendered(diagnosis, "0.1.0")
    for report in (as_json, text.rendered(diagnosis, text.Style.PLAIN)):
        assert {c for c in report if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} <= {"\n"}
        assert "::" not in report
        assert "##[" not in report
    jsonschema.validate(json.loads(as_json), SCHEMA)


def test_colour_is_the_only_difference_between_styles() -> None:
    """The coloured text is the plain text with marks of ours around the verdict."""
    diagnosis = judge(snapshot(*USERS_CASE))
    coloured = text.rendered(diagnosis, text.Style.COLOUR)
    for mark in ("\x1b[31m", "\x1b[1m", "\x1b[0m"):
        assert mark in coloured
        coloured = coloured.replace(mark, "")
    assert coloured == text.rendered(diagnosis, text.Style.PLAIN)


@pytest.mark.parametrize("seconds", [0, 59, 60, 3599, 3600, 86399, 86400, 10**9])
def test_a_span_is_never_longer_than_said(seconds: int) -> None:
    """A duration names its two largest units, rounded down."""
    from runner_scope_doctor.model.wording import duration

    units = {"s": 1, "min": 60, "h": 3600, "d": 86400}
    words = duration(seconds).split()
    said = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert said <= seconds < said + max(units[words[-1]], 1)
