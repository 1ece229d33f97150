"""The report as SARIF 2.1.0 (OASIS, errata 01): what is wrong, at the line of the contract that declares it otherwise.

A look that failed is an invocation that was not successful, with a notification, and no list of results when nothing
was judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from runner_scope_doctor.model.contract import ContractLocation
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.failed_check import CheckOutcome, FailedCheck
from runner_scope_doctor.model.finding import Finding, FindingKind
from runner_scope_doctor.model.snapshot import Need, Unobserved
from runner_scope_doctor.model.wording import moment
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.json_report import Json

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MARKS = re.compile(r"[\[\]{}<>]")
"""What a viewer makes links, placeholders or HTML of (SARIF 2.1.0, 3.11.3 to 3.11.6)."""


def rendered(outcome: CheckOutcome, tool_version: str) -> str:
    """One JSON object with one run, and a line end."""
    findings = outcome.findings if isinstance(outcome, Diagnosis) else ()
    found = tuple(kind for kind in FindingKind if any(finding.kind is kind for finding in findings))
    run: dict[str, Json] = {"tool": {"driver": _driver(found, tool_version)}, "invocations": [_invocation(outcome)]}
    if isinstance(outcome, Diagnosis):
        run["results"] = [_result(finding, found.index(finding.kind), outcome) for finding in findings]
        run["properties"] = {"verdict": outcome.verdict.value, "server": _inert(outcome.server.address)}
    log: Json = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _inert(text: str) -> str:
    """The one place where foreign text gets into the file; JSON's own escapes come on top."""
    return _MARKS.sub(lambda mark: f"\\x{ord(mark.group()):02x}", escaped(text))


def _message(text: str) -> Json:
    return {"text": _inert(text)}


def _driver(found: tuple[FindingKind, ...], tool_version: str) -> Json:
    return {"name": "runner-scope-doctor", "version": tool_version, "rules": [_rule(kind) for kind in found]}


def _rule(kind: FindingKind) -> Json:
    return {
        "id": kind.value,
        "name": kind.title,
        "shortDescription": {"text": kind.title.replace("-", " ").capitalize() + "."},
        "help": {"text": f"Read its page: runner-scope-doctor explain {kind.value}"},
    }


def _invocation(outcome: CheckOutcome) -> Json:
    at = outcome.at if isinstance(outcome, FailedCheck) else outcome.taken_at
    invocation: dict[str, Json] = {
        "executionSuccessful": _is_successful(outcome),
        "toolExecutionNotifications": list(_notifications(outcome)),
    }
    if (ended := moment(at)).endswith("Z"):  # a second that no calendar has is left out
        invocation["endTimeUtc"] = ended
    return invocation


def _is_successful(outcome: CheckOutcome) -> bool:
    match outcome:
        case FailedCheck():
            return False
        case Diagnosis():
            return not any(gap.need is Need.REQUIRED for gap in outcome.unobserved)


def _notifications(outcome: CheckOutcome) -> Iterator[Json]:
    match outcome:
        case FailedCheck():
            text = f"INCONCLUSIVE: {outcome.problem} Next: {outcome.next_step}"
            yield {"level": "error", "message": _message(text)}
        case Diagnosis():
            yield from map(_notification, outcome.unobserved)


def _notification(gap: Unobserved) -> Json:
    return {
        "level": "error" if gap.need is Need.REQUIRED else "note",
        "message": _message(f"Not seen: {gap.what}, from the {gap.source.value}. {gap.reason} Next: {gap.next_step}"),
    }


def _result(finding: Finding, rule: int, diagnosis: Diagnosis) -> Json:
    return {
        "ruleId": finding.kind.value,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": _message(f"{finding.message}. {finding.meaning} Next: {finding.remedy}"),
        "locations": [_location(finding, diagnosis)],
    }


def _location(finding: Finding, diagnosis: Diagnosis) -> Json:
    """The line of the contract where the finding has one; always the row, or the server when it is about no single row."""
    row, address = finding.runner, diagnosis.server.address
    if row is None:
        logical: Json = {"fullyQualifiedName": _inert(address), "kind": "server"}
    else:
        name = f"{address} action_runner id={row.id}"
        logical = {"name": _inert(row.name), "fullyQualifiedName": _inert(name), "kind": "runner"}
    location: dict[str, Json] = {"logicalLocations": [logical]}
    if finding.location is not None:
        location["physicalLocation"] = _physical(finding.location)
    return location


def _physical(location: ContractLocation) -> Json:
    return {"artifactLocation": {"uri": _uri(location.file)}, "region": {"startLine": location.line}}


def _uri(path: str) -> str:
    """The path as a URI reference, all but plain characters percent-encoded, bytes that are no UTF-8 as they are."""
    encoded = quote(path, safe="/", errors="surrogateescape")
    return f"file://{encoded}" if path.startswith("/") else encoded
