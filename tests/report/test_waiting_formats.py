"""The answer of `why` as text and as JSON: whole, versioned, and with nothing foreign that acts."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.runner import UnreadableLabels
from runner_scope_doctor.model.snapshot import Need, Source, Unobserved
from runner_scope_doctor.model.waiting import WaitingLook
from runner_scope_doctor.model.waiting_reason import Reason, ScopeKind, Standing, WaitingAnswer
from runner_scope_doctor.model.wording import moment
from runner_scope_doctor.report import waiting_json, waiting_text
from support.snapshots import NOW
from support.waiting import OWNER, group, look, run_of_job, waiting_job
from support.waiting_cases import CASES

SCHEMA = json.loads(Path(waiting_json.__file__).with_name("waiting.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FOREIGN = st.text(
    alphabet=st.one_of(st.sampled_from(list(":#[]%\n\r\x1b\u202e\u2028 \\\"'ab")), st.characters()), min_size=1
)
GAP = Unobserved(
    source=Source.DATABASE, what="who is busy", reason="No right.", next_step="Grant it.", need=Need.OPTIONAL
)


def as_json(answer: WaitingAnswer) -> Any:  # the document is what is tested
    document = json.loads(waiting_json.rendered(answer, "0.1.0"))
    VALIDATOR.validate(document)
    return document


def of_all_cases() -> WaitingAnswer:
    """One answer with every reason."""
    explanations = tuple(one for seen in CASES.values() for one in explained(seen).explanations)
    about_run = explained(CASES[Reason.JOBS_NOT_SEEN]).about_run
    whole = explained(CASES[Reason.RUNNING])
    return replace(whole, explanations=explanations, left_out=3, unobserved=(GAP,), about_run=about_run)


def test_json_matches_its_schema_for_every_reason() -> None:
    """An answer with all reasons validates, and says of each what the text says."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = as_json(of_all_cases())
    assert [job["reason"] for job in document["jobs"]] == [
        reason.value for reason in CASES if reason is not Reason.JOBS_NOT_SEEN
    ]
    assert (document["schema_version"], document["left_out"]) == (1, 3)
    assert {job["reason"] for job in document["jobs"] if not job["seen"]} == {
        "busy-not-seen",
        "actions-not-seen",
        "needs-not-seen",
        "repository-not-seen",
        "runners-not-seen",
        "holder-not-seen",
    }
    assert (document["about_run"]["reason"], document["about_run"]["seen"]) == ("jobs-not-seen", False)
    by_reason = {job["reason"]: job for job in document["jobs"]}
    assert by_reason["combined-scope"]["finding"] == {"code": "RSD001", "name": "combined-scope"}
    assert by_reason["runner-busy"]["finding"] is None
    assert by_reason["runner-busy"]["runners"][0]["standing"] == "busy"


def test_the_schema_knows_every_word_and_every_field() -> None:
    """A reason, a standing, a scope or a field that is added without its line in the schema is found."""
    document = as_json(of_all_cases())
    job = SCHEMA["$defs"]["job"]["properties"]
    definitions = SCHEMA["$defs"]
    assert definitions["reason"]["enum"] == [reason.value for reason in Reason]
    assert SCHEMA["$defs"]["standing"]["enum"] == [standing.value for standing in Standing]
    assert SCHEMA["$defs"]["runner"]["properties"]["scope"]["enum"] == [scope.value for scope in ScopeKind]
    assert set(document) == set(SCHEMA["properties"])
    assert set(document["jobs"][0]) == set(job)
    assert set(document["about_run"]) == set(SCHEMA["properties"]["about_run"]["oneOf"][1]["properties"])
    assert set(document["about_run"]["run"]) == set(definitions["run"]["properties"])
    assert set(document["about_run"]["repository"]) == set(definitions["repository"]["properties"])
    assert set(document["server"]) == set(SCHEMA["properties"]["server"]["properties"])
    whole = next(one for one in document["jobs"] if one["runners"])
    assert set(whole["runners"][0]) == set(SCHEMA["$defs"]["runner"]["properties"])
    assert set(document["unobserved"][0]) == set(SCHEMA["$defs"]["unobserved"]["properties"])


@given(FOREIGN, FOREIGN)
def test_a_hostile_name_stays_text(name: str, label: str) -> None:
    """Names of jobs, workflows, repositories, groups and runners, and labels: no control character, no workflow command and
    no direction mark gets into either format."""
    run = replace(run_of_job(group=name, queues_behind=True), workflow=name)
    job = waiting_job(runs_on=(label, name), run=run)
    assert job.repository is not None
    job = replace(job, name=name, repository=replace(job.repository, name=label, owner_name=name))
    runners = (
        group(5, name=name, labels=(label,)),
        group(6, name=label, labels=(name.upper(), label)),
        group(7, name=name, owner_id=OWNER + 1, labels=(label, name)),
        group(8, name=name, labels=UnreadableLabels(text=label)),
    )
    odd = replace(job, runs_on=UnreadableLabels(text=name))
    for seen in (look(job, *runners), look(odd, *runners), look(waiting_job(runs_on=(label,)), *runners[:1])):
        answer = replace(explained(seen), unobserved=(replace(GAP, reason=name),))
        as_json(answer)
        for text in (waiting_json.rendered(answer, "0"), waiting_text.rendered(answer)):
            assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} <= {"\n"}
            assert "::" not in text
            assert "##[" not in text


def last_line(*looks: WaitingLook, left_out: int = 0) -> str:
    explanations = tuple(one for seen in looks for one in explained(seen).explanations)
    answer = replace(explained(CASES[Reason.RUNNING]), explanations=explanations, left_out=left_out)
    return waiting_text.rendered(answer).splitlines()[-1]


def test_the_last_line_names_what_matters_most() -> None:
    """RSD001 before another finding, a finding before what was not seen, that before what waits, that before what rests."""
    raw, combined = CASES[Reason.LABELS_RAW], CASES[Reason.COMBINED_SCOPE]
    unseen, offline, running = CASES[Reason.BUSY_NOT_SEEN], CASES[Reason.RUNNER_OFFLINE], CASES[Reason.RUNNING]
    assert last_line(running, offline, unseen, raw, combined).startswith(
        "UNHEALTHY: RSD001 job 71: combined-scope, and 4 further jobs. "
    )
    assert last_line(running, offline, unseen, raw).startswith("UNHEALTHY: RSD012 job 71: labels-raw, and 3 further")
    assert last_line(running, offline, unseen).startswith("INCONCLUSIVE: job 71: busy-not-seen, and 2 further jobs. ")
    assert last_line(running, offline).startswith(
        "EXPLAINED: job 71: runner-offline, and 1 further job. builder would fit"
    )
    assert last_line(running, raw, left_out=7).startswith(
        "UNHEALTHY: RSD012 job 71: labels-raw, and 8 further jobs, 7 of "
    )
    assert last_line(running, offline, left_out=7) == (
        "INCONCLUSIVE: job 71: runner-offline, and 8 further jobs, 7 of them not looked at. builder would fit, and is "
        "offline: last seen 1 min 1 s ago. Next: Start the service of builder."
    )
    assert last_line(running) == (
        "EXPLAINED: job 71: running. A runner has it. Next: Nothing to do; its log is on the page of the run."
    )
    assert last_line() == "EXPLAINED: no job has waited for more than a minute. Nothing to do."


@pytest.mark.parametrize("jobs", [1, 2])
def test_runners_that_lack_a_label_are_lines_of_one_job_and_a_number_of_many(jobs: int) -> None:
    """Asked for one job, one line a runner; asked for several, only those that fit or nearly do."""
    seen = look(waiting_job(), group(5), group(6, labels=("gpu",)), group(7, labels=("arm",)))
    only = explained(seen)
    text = waiting_text.rendered(replace(only, explanations=only.explanations * jobs))
    assert text.count("  runner 5 builder (instance): fits, online and idle, last seen 2 s ago\n") == jobs
    assert text.count('  runner 6 builder (instance): label-missing, lacks "docker"; has "gpu"\n') == (jobs == 1)
    assert text.count("  2 more runners: label-missing\n") == (2 if jobs == 2 else 0)
    assert f"looked at {moment(NOW)}" in text
