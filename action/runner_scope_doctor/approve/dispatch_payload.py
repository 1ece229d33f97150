"""The JSON that Forgejo stored with a dispatch (`modules/structs/hook.go`, WorkflowDispatchPayload). Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from runner_scope_doctor.approve.dispatch_record import LARGEST_PAYLOAD, TooLarge


class WrongPayload(Exception):
    """The text completes "The dispatch run x …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPayload:
    """What is read of the payload, each of its own type. `repository_name` is `owner/name` at the time of the dispatch."""

    operation: str
    digest: str
    ref: str
    workflow: str
    repository_id: int
    repository_name: str
    sender_id: int


def dispatch_payload(stored: str | TooLarge | None) -> DispatchPayload:
    """What the event says. Raises WrongPayload for everything that no Forgejo writes."""
    event = _parsed(stored)
    if not isinstance(event, dict):
        raise WrongPayload("has an event payload that is no JSON object")
    return DispatchPayload(
        operation=_text(event, "inputs", "operation"),
        digest=_text(event, "inputs", "digest"),
        ref=_text(event, "ref"),
        workflow=_text(event, "workflow"),
        repository_id=_whole_number(event, "repository", "id"),
        repository_name=_text(event, "repository", "full_name"),
        sender_id=_whole_number(event, "sender", "id"),
    )


def _text(event: object, *path: str) -> str:
    value = _at(event, path)
    if not isinstance(value, str):
        raise WrongPayload(f"has an event payload whose {'.'.join(path)} is no text")
    return value


def _whole_number(event: object, *path: str) -> int:
    value = _at(event, path)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongPayload(f"has an event payload whose {'.'.join(path)} is no whole number")
    return value


def _at(event: object, path: tuple[str, ...]) -> object:
    value = event
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise WrongPayload(f"has an event payload without {'.'.join(path)}")
    return value


def _parsed(stored: str | TooLarge | None) -> object:
    if stored is None:
        raise WrongPayload("has no event payload")
    if isinstance(stored, TooLarge):
        raise WrongPayload(f"has an event payload of {stored.size} bytes; more than {LARGEST_PAYLOAD} are not read")
    try:
        found: object = json.loads(stored, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise WrongPayload("has an event payload that is not valid JSON") from error
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Readers differ in which of two equal names counts, and Forgejo writes none twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
