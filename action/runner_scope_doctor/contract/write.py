"""Declarations to YAML text that any YAML 1.1 or 1.2 reader takes for the same texts. Needs no YAML library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.contract.grammar import VERSION
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope

_PLAIN = re.compile("[A-Za-z][A-Za-z0-9._/-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What one YAML version or another takes for something else than text, in any case."""
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One declaration to write. `remark` becomes a comment above its end; None writes none."""

    name: str
    scope: Scope
    labels: tuple[str, ...]
    remark: str | None


def contract_lines(instance: str | None, entries: tuple[Entry, ...], header: tuple[str, ...]) -> Iterator[str]:
    """The file's lines without their ends. `header` and remarks hold no line break."""
    for sentence in header:
        yield f"# {sentence}"
    yield f"version: {VERSION}"
    if instance is not None:
        yield f"instance: {quoted(instance)}"
    yield "runners:"
    for entry in entries:
        yield f"  - name: {quoted(entry.name)}"
        yield f"    scope: {_scope(entry.scope)}"
        if entry.labels:
            yield f"    labels: [{', '.join(map(quoted, entry.labels))}]"
        if entry.remark is not None:
            yield f"    # {entry.remark}"
    yield "undeclared: warn"


def quoted(text: str) -> str:
    """The text as a YAML scalar on one line: bare where no reader can take it for anything else.

    Invisible, unprintable and direction-changing characters become escapes, so that a reviewer sees them.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _scope(scope: Scope) -> str:
    match scope:
        case InstanceScope():
            return "instance"
        case OwnerScope(kind=kind, name=name, id=row_id):
            return _named_thing(kind.value, name, row_id)
        case RepositoryScope(name=name, id=row_id):
            return _named_thing("repository", name, row_id)
        case _:
            assert_never(scope)


def _named_thing(kind: str, name: str | None, row_id: int | None) -> str:
    if name is None:
        return f"{{{kind}: {{id: {row_id}}}}}"
    beside = "" if row_id is None else f", id: {row_id}"
    return f"{{{kind}: {quoted(name)}{beside}}}"
