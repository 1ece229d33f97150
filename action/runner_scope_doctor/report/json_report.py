"""The report for programs: versioned JSON, described by `report.schema.json` beside this module."""

from __future__ import annotations

import json
from typing import assert_never

from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding, NotRepairable, Repairable
from runner_scope_doctor.model.runner import NotANumber, ObservedId, ObservedRunner
from runner_scope_doctor.model.server import ObservedServer
from runner_scope_doctor.model.snapshot import Unobserved
from runner_scope_doctor.model.wording import masked_uuid
from runner_scope_doctor.report.escape import escaped

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning or goes; new fields leave it as it is."""

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def rendered(diagnosis: Diagnosis, tool_version: str) -> str:
    """One JSON object and a line end. Foreign text is escaped as in the text report, so that whoever prints a value
    prints only text; ids are exact."""
    return json.dumps(_report(diagnosis, tool_version), indent=2) + "\n"


def _report(diagnosis: Diagnosis, tool_version: str) -> Json:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tool_version,
        "verdict": diagnosis.verdict.value,
        "taken_at": diagnosis.taken_at,
        "server": server_fields(diagnosis.server),
        "coverage": diagnosis.coverage.value,
        "live_runners": diagnosis.live_runners,
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "unobserved": [gap_fields(gap) for gap in diagnosis.unobserved],
    }


def server_fields(server: ObservedServer) -> Json:
    """The server that was looked at."""
    return {
        "product": None if server.product is None else server.product.value,
        "version": None if server.version is None else escaped(server.version.text),
        "engine": None if server.engine is None else server.engine.value,
        "address": escaped(server.address),
        "instance": None if server.instance is None else escaped(server.instance),
    }


def _finding(finding: Finding) -> Json:
    match finding.repair:
        case Repairable():
            repairable, reason = True, None
        case NotRepairable(reason=why):
            repairable, reason = False, escaped(why)
        case None:
            repairable, reason = False, None
        case _:
            assert_never(finding.repair)
    location = finding.location
    return {
        "code": finding.kind.value,
        "name": finding.kind.title,
        "severity": finding.severity.value,
        "message": escaped(finding.message),
        "meaning": escaped(finding.meaning),
        "remedy": escaped(finding.remedy),
        "repairable": repairable,
        "not_repairable_because": reason,
        "runner": None if finding.runner is None else _runner(finding.runner),
        "rows": [_runner(row) for row in finding.rows],
        "evidence": [escaped(fact) for fact in finding.evidence],
        "waiting_jobs": [{"id": one.job_id, "reason": one.reason.value} for one in finding.waiting],
        "contract": None if location is None else {"file": escaped(location.file), "line": location.line},
    }


def _runner(runner: ObservedRunner) -> Json:
    uuid = masked_uuid(runner.uuid)
    return {
        "id": runner.id,
        "uuid": None if uuid is None else escaped(uuid),
        "name": escaped(runner.name),
        "owner_id": _id(runner.owner_id),
        "repo_id": _id(runner.repo_id),
        "deleted": runner.deleted,
    }


def _id(value: ObservedId) -> Json:
    return escaped(value.text) if isinstance(value, NotANumber) else value


def gap_fields(gap: Unobserved) -> Json:
    """One thing that was not seen."""
    return {
        "source": gap.source.value,
        "what": escaped(gap.what),
        "reason": escaped(gap.reason),
        "next_step": escaped(gap.next_step),
        "need": gap.need.value,
    }
