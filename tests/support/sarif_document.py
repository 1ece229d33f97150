"""What SARIF 2.1.0 requires of a log of ours: required properties, types and the words it knows, by OASIS' schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

_MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
_NOTIFICATION = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {"message": _MESSAGE, "level": {"enum": ["none", "note", "warning", "error"]}},
}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~%:/-]+$"}},
                },
                "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
            },
        },
        "logicalLocations": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
_RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
    "additionalProperties": False,
    "properties": {
        "message": _MESSAGE,
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": {"type": "array", "items": _LOCATION},
    },
}
_INVOCATION = {
    "type": "object",
    "required": ["executionSuccessful"],
    "additionalProperties": False,
    "properties": {
        "executionSuccessful": {"type": "boolean"},
        "endTimeUtc": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "toolExecutionNotifications": {"type": "array", "items": _NOTIFICATION},
    },
}
_RULE = {"type": "object", "required": ["id"], "properties": {"shortDescription": _MESSAGE, "help": _MESSAGE}}
_DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {"rules": {"type": "array", "items": _RULE, "uniqueItems": True}},
}
_LOG = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "invocations"],
                "additionalProperties": False,
                "properties": {
                    "tool": {"type": "object", "required": ["driver"], "properties": {"driver": _DRIVER}},
                    "invocations": {"type": "array", "minItems": 1, "items": _INVOCATION},
                    "results": {"type": "array", "items": _RESULT},
                    "properties": {"type": "object"},
                },
            },
        },
    },
}


def run_of(text: str) -> dict[str, Any]:  # a document that the schema above was held against
    """The one run of a log. Raises ValidationError when the log is not one."""
    log = json.loads(text)
    jsonschema.validate(log, _LOG)
    run: dict[str, Any] = log["runs"][0]  # see above
    rules = [rule["id"] for rule in run["tool"]["driver"].get("rules", [])]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run.get("results", []))
    return run
