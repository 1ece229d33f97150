"""The JSON that Forgejo stored with a dispatch (`modules/structs/hook.go`, WorkflowDispatchPayload). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from runner_scope_doctor.approve.dispatch_record import LARGEST_PAYLOAD, TooLarge
from runner_scope_doctor.model.wording import named


class WrongPayload(Exception):
    """The text completes "The dispatch run x …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPayload:
    """What is read of the payload, each of its own type. `repository_name` is `owner/name` at the time of the dispatch.

    `inputs` are name and text: Forgejo writes nothing but texts, `true` and `false` for a checkbox, and leaves out an
    input that has neither a value nor a default (`services/actions/workflows.go`, from 8 to 16).
    """

    inputs: tuple[tuple[str, str], ...]
    ref: str
    workflow: str
    repository_id: int
    repository_name: str
    sender_id: int

    def given(self, name: str) -> str:
        """The text of an input; empty when it was left out."""
        return dict(self.inputs).get(name, "")

    def required(self, name: str) -> str:
        """The text of an input. Raises WrongPayload when it was left out."""
        if name not in dict(self.inputs):
            raise WrongPayload(f"has an event payload without inputs.{name}")
        return self.given(name)


def dispatch_payload(stored: str | TooLarge | None) -> DispatchPayload:
    """What the event says. Raises WrongPayload for everything that no Forgejo writes."""
    event = _parsed(stored)
    if not isinstance(event, dict):
        raise WrongPayload("has an event payload that is no JSON object")
    return DispatchPayload(
        inputs=tuple(_inputs(event.get("inputs"))),
        ref=_text(event, "ref"),
        workflow=_text(event, "workflow"),
        repository_id=_whole_number(event, "repository", "id"),
        repository_name=_text(event, "repository", "full_name"),
        sender_id=_whole_number(event, "sender", "id"),
    )


def _inputs(value: object) -> Iterator[tuple[str, str]]:
    """Each input; none where there is no object of them."""
    for name, text in value.items() if isinstance(value, dict) else ():
        if not isinstance(text, str):
            raise WrongPayload(f"has an event payload whose {named(f'inputs.{name}')} is no text")
        yield name, text


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
