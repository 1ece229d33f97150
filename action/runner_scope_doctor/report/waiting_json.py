"""The answer of `why` for programs: versioned JSON, described by `waiting.schema.json` beside this module."""

from __future__ import annotations

import json

from runner_scope_doctor.model.runner import ObservedRepository, UnreadableLabels
from runner_scope_doctor.model.waiting import RunOfJob, WaitingJob
from runner_scope_doctor.model.waiting_reason import Candidate, Explanation, RunExplanation, WaitingAnswer
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.json_report import Json, gap_fields, server_fields

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning or goes; new fields and new reasons leave it as it is."""


def rendered(answer: WaitingAnswer, tool_version: str) -> str:
    """One JSON object and a line end. Foreign text is escaped as in the text report; ids are exact."""
    fields: Json = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tool_version,
        "taken_at": answer.now,
        "server": server_fields(answer.server),
        "jobs": [_explanation(one) for one in answer.explanations],
        "left_out": answer.left_out,
        "about_run": None if answer.about_run is None else _about_run(answer.about_run),
        "unobserved": [gap_fields(gap) for gap in answer.unobserved],
    }
    return json.dumps(fields, indent=2) + "\n"


def _about_run(told: RunExplanation) -> Json:
    return {
        "run": _run(told.asked.run),
        "repository": _repository(told.asked.repository),
        "status": told.asked.status.word,
        "reason": told.reason.value,
        "because": escaped(told.because),
        "next_step": escaped(told.next_step),
        "seen": not told.reason.is_unseen,
    }


def _explanation(explanation: Explanation) -> Json:
    finding = explanation.reason.finding
    return {
        **_job(explanation.job),
        "reason": explanation.reason.value,
        "because": escaped(explanation.because),
        "next_step": escaped(explanation.next_step),
        "finding": None if finding is None else {"code": finding.value, "name": finding.title},
        "seen": not explanation.reason.is_unseen,
        "runners": [_runner(one) for one in explanation.candidates],
        "more_runners": [{"standing": more.standing.value, "count": more.count} for more in explanation.more],
    }


def _job(job: WaitingJob) -> dict[str, Json]:
    run, repository = job.run, job.repository
    runs_on: Json = None
    if isinstance(job.runs_on, tuple):
        runs_on = [escaped(label) for label in job.runs_on]
    elif isinstance(job.runs_on, UnreadableLabels):
        runs_on = escaped(job.runs_on.text)
    return {
        "id": job.id,
        "name": escaped(job.name),
        "status": job.status.word,
        "waiting_since": job.waiting_since,
        "runs_on": runs_on,
        "run": None if run is None else _run(run),
        "repository": None if repository is None else _repository(repository),
    }


def _run(run: RunOfJob) -> Json:
    return {"id": run.id, "number": run.number, "workflow": escaped(run.workflow)}


def _repository(repository: ObservedRepository) -> Json:
    return {
        "id": repository.id,
        "name": escaped(repository.name),
        "owner_id": repository.owner_id,
        "owner": None if repository.owner_name is None else escaped(repository.owner_name),
    }


def _runner(candidate: Candidate) -> Json:
    return {
        "id": candidate.id,
        "name": escaped(candidate.name),
        "scope": candidate.scope.value,
        "standing": candidate.standing.value,
        "because": escaped(candidate.because),
    }
