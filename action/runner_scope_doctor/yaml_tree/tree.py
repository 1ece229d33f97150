"""YAML text to a tree that keeps line numbers. The only module of the product that knows YAML.

Read event by event, never loaded: no object is made from a tag, an anchor ends the reading, and the depth is counted
before anything recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import yaml

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.wording import named

_DEEPEST = 8
"""Levels of nesting; the deepest valid file of any kind has five."""
_LONGEST_KEY = 60
"""Characters of a key in messages."""
_RAW_FORBIDDEN = re.compile(
    "[^\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""What YAML cannot hold, line ends that editors do not count, marks that turn the reading direction, and the tab,
over which YAML parsers differ: libyaml takes it between words, PyYAML's own parser does not."""
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """What a file is called in messages. `kind` is a noun without its article.

    `checked_by` is the command that reads such a file and does nothing else; None when there is none.
    """

    name: str
    kind: str
    checked_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a node begins. `line` counts from 1."""

    file: YamlFile
    line: int


class ScalarKind(Enum):
    """What YAML 1.1 takes a word for. The value is how a person would call it."""

    TEXT = "text"
    INTEGER = "a number"
    FLOAT = "a fraction"
    BOOLEAN = "yes or no"
    NULL = "nothing"
    TIMESTAMP = "a date"
    OPERATOR = "an operator"
    """`<<` and `=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One word or quoted text. `text` is as written, without quotes. `key` is the dotted path to it."""

    key: str
    location: Location
    text: str
    kind: ScalarKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list."""

    key: str
    location: Location
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys and their values, in the order of the file. Each key occurs once; its own location is beside it."""

    key: str
    location: Location
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Sequence | Mapping

_KINDS = {
    "tag:yaml.org,2002:str": ScalarKind.TEXT,
    "tag:yaml.org,2002:int": ScalarKind.INTEGER,
    "tag:yaml.org,2002:float": ScalarKind.FLOAT,
    "tag:yaml.org,2002:bool": ScalarKind.BOOLEAN,
    "tag:yaml.org,2002:null": ScalarKind.NULL,
    "tag:yaml.org,2002:timestamp": ScalarKind.TIMESTAMP,
}


def refused(location: Location, key: str, wrong: str) -> SettingsInvalid:
    """The one form of every refusal: `file:line: key: wrong`. An empty key is left out."""
    file, line = location.file, location.line
    again = f", then run `{file.checked_by}` on the file" if file.checked_by else ""
    return SettingsInvalid(
        f"{file.name}:{line}: " + (f"{key}: " if key else "") + wrong,
        next_step=f"Correct line {line} of {file.name}{again}.",
    )


def read_tree(text: str, *, file: YamlFile) -> Node | None:
    """The one document in the text; None when there is none.

    Raises SettingsInvalid for everything that is no YAML, and for what YAML allows and our files do not:
    anchors, aliases, tags, several documents, a key given twice, unprintable characters, deep nesting.
    """
    text = text.removeprefix("\ufeff")  # a byte order mark, as some editors write it
    if (strange := _RAW_FORBIDDEN.search(text)) is not None:
        line = 1 + len(_LINE_END.findall(text, 0, strange.start()))
        raise refused(Location(file=file, line=line), "", _strange(strange.group()))
    return _Builder(text, file).document()


def _strange(character: str) -> str:
    if character == "\t":
        return "a tab may not stand here; write spaces."
    return (
        f"the unprintable character U+{ord(character):04X} may not stand here; "
        "a name that needs it is written in double quotes with an escape."
    )


class _Place(Protocol):
    """What both parsers' marks have. `line` counts from 0."""

    line: int


def _line(mark: _Place | None) -> int:
    return 1 if mark is None else mark.line + 1


class _Builder:
    """Turns the parser's events into nodes; the state is where in the file it is and how deep."""

    __slots__ = ("_events", "_file", "_resolver")

    def __init__(self, text: str, file: YamlFile) -> None:
        self._file = file
        self._events = self._translated(text)
        self._resolver = yaml.resolver.Resolver()

    def document(self) -> Node | None:
        """The one document, with the rest of the file read as well, so that an error behind it is not missed."""
        root: Node | None = None
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if root is not None:
                raise refused(
                    self._at(event), "", f"a second document begins here; a {self._file.kind} is one document."
                )
            root = self._node(next(self._events), "", 1)
        return root

    def _translated(self, text: str) -> Iterator[yaml.Event]:
        """The parser's events, its errors as ours. libyaml's parser where it is: 14 times faster on a large file."""
        loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        try:
            yield from yaml.parse(text, Loader=loader)
        except yaml.MarkedYAMLError as error:
            line = _line(error.problem_mark or error.context_mark)
            raise self._broken(line, error.problem or error.context or "it cannot be read") from error
        except (yaml.YAMLError, OverflowError, ValueError) as error:
            # PyYAML's own parser lets chr()'s error through for an escape beyond U+10FFFF, and knows no line then
            raise self._broken(1, "an escape in double quotes names no character") from error

    def _broken(self, line: int, reason: str) -> SettingsInvalid:
        return refused(Location(file=self._file, line=line), "", f"this is not valid YAML: {reason}.")

    def _at(self, event: yaml.Event) -> Location:
        return Location(file=self._file, line=_line(event.start_mark))

    def _node(self, event: yaml.Event, key: str, depth: int) -> Node:
        location = self._at(event)
        self._refuse_references(event, key)
        if depth > _DEEPEST:
            raise refused(location, key, f"nested too deep; a {self._file.kind} needs five levels.")
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event, key)
            case yaml.SequenceStartEvent():
                return Sequence(key=key, location=location, items=tuple(self._items(key, depth)))
            case _:
                return Mapping(key=key, location=location, entries=tuple(self._entries(key, depth)))

    def _refuse_references(self, event: yaml.Event, key: str) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise refused(
                self._at(event), key, f"the alias {named(str(event.anchor))} is not allowed; write the value out."
            )
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise refused(
                self._at(event), key, f"the anchor {named(event.anchor)} is not allowed; write each value out."
            )
        if (tag := getattr(event, "tag", None)) is not None:
            raise refused(self._at(event), key, f"the tag {named(tag)} is not allowed; put text in quotes instead.")

    def _scalar(self, event: yaml.ScalarEvent, key: str) -> Scalar:
        resolve = self._resolver.resolve
        tag = resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]  # has no types
        return Scalar(
            key=key,
            location=self._at(event),
            text=event.value,
            kind=_KINDS.get(tag, ScalarKind.OPERATOR),
        )

    def _items(self, key: str, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, key, depth + 1)

    def _entries(self, key: str, depth: int) -> Iterator[tuple[Scalar, Node]]:
        lines: dict[str, int] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            name = self._node(event, key, depth + 1)
            if not isinstance(name, Scalar):
                raise refused(name.location, key, "a list or a mapping cannot be a key.")
            path = (f"{key}." if key else "") + name.text[:_LONGEST_KEY]
            if name.text in lines:
                raise refused(name.location, path, f"this key stands twice; the first is on line {lines[name.text]}.")
            lines[name.text] = name.location.line
            yield name, self._node(next(self._events), path, depth + 1)
