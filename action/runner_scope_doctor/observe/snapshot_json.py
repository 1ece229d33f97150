"""A stranger's JSON, one record at a time: the parser's edge of a snapshot.

The text is walked here, and only single records are given to `json`, so that a file of many records costs the memory
of one, the first wrong record ends the reading, and a refusal names its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.wording import named

_GAP = re.compile(r"[ \t\n\r]*")
_WINDOWS = (4096, 1 << 16, 1 << 22)
"""How many characters of the text a record may take, tried in this order: a bomb in one record stays small."""
_LONGEST_TOKEN = 16
"""A text cut off in the middle is complained about this close to the cut, but for a string, at whose start."""
_SHOWN_KEY = 60


@dataclass(frozen=True, slots=True)
class RepeatedKey:
    """Stands for an object that has this key twice. Whoever reads it knows its place and refuses it."""

    key: str


Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"] | RepeatedKey


def refused(at: str, problem: str) -> SettingsInvalid:
    """The refusal of what stands at `at`, which begins with the file's name."""
    return SettingsInvalid(
        f"{at} {problem}",
        next_step="Give a file as `runner-scope-doctor check --save-snapshot FILE` wrote it.",
    )


def under(at: str, key: str) -> str:
    """The place of that key; a stranger's key is shortened, and quoted unless it is a plain word."""
    return f"{at}{' ' if at.endswith(':') else '.'}{named(key[:_SHOWN_KEY])}"


class JsonWalk:
    """One walk over a text that holds one JSON object. Its keys come first to last; after each of them, the value
    has to be taken by `value` or `records`. Every method raises SettingsInvalid, with file and line, for what is no JSON.
    """

    def __init__(self, text: str, *, file: str) -> None:
        self._text = text
        self._file = file
        self._position = 0
        self._scan = json.JSONDecoder(object_pairs_hook=_object).raw_decode

    def keys(self) -> Iterator[str]:
        """The object's keys, each once, up to the end of the text."""
        self._take("{", "an object in braces must stand here")
        seen: set[str] = set()
        closed = self._took("}")
        while not closed:
            key = self._key()
            if key in seen:
                raise refused(under(f"{self._file}:", key), "stands twice.")
            seen.add(key)
            yield key
            closed = self._ended("}")
        if self._next():
            raise self._broken("something stands behind its end")

    def records(self, at: str) -> Iterator[tuple[str, Json]]:
        """The items of a list, each with its place: `at[0]`, `at[1]`."""
        if not self._took("["):
            raise refused(at, f"must be a list, not {kind_of(self.value(at))}.")
        closed = self._took("]")
        number = 0
        while not closed:
            place = f"{at}[{number}]"
            yield place, self.value(place)
            closed = self._ended("]")
            number += 1

    def value(self, at: str) -> Json:
        """The whole value that comes next."""
        self._next()
        start = self._position
        for size in _WINDOWS:
            piece = self._text[start : start + size]
            cut = start + size < len(self._text)
            try:
                value, length = self._scanned(piece, at)
            except json.JSONDecodeError as error:
                if cut and _may_be_cut(error, size):
                    continue
                self._position = start + error.pos
                raise self._broken(error.msg) from error
            if cut and length == size:  # a number may go on behind the cut
                continue
            self._position = start + length
            return value
        raise refused(at, f"is longer than {_WINDOWS[-1]} characters.")

    def _scanned(self, piece: str, at: str) -> tuple[Json, int]:
        """The value at the start of the piece, and how long it is."""
        try:
            return self._scan(piece)
        except json.JSONDecodeError:
            raise
        except RecursionError as error:
            raise refused(at, "is nested too deep.") from error
        except ValueError as error:  # Python reads no number of more than 4,300 digits
            raise refused(at, "holds a number of too many digits.") from error

    def _key(self) -> str:
        key = self.value(f"{self._file}: a key") if self._next() == '"' else None
        if not isinstance(key, str):
            raise self._broken("a key in double quotes must stand here")
        self._take(":", "a colon must stand here")
        return key

    def _next(self) -> str:
        """The next character that is no white space, left where it is; empty at the end."""
        gap = _GAP.match(self._text, self._position)
        self._position = gap.end() if gap is not None else self._position
        return self._text[self._position : self._position + 1]

    def _took(self, mark: str) -> bool:
        if self._next() != mark:
            return False
        self._position += 1
        return True

    def _take(self, mark: str, wanted: str) -> None:
        if not self._took(mark):
            raise self._broken(wanted)

    def _ended(self, end: str) -> bool:
        """Whether the list or object ends here; else a comma was passed."""
        if self._took(end):
            return True
        self._take(",", f"a comma or {end} must stand here")
        return False

    def _broken(self, reason: str) -> SettingsInvalid:
        line = 1 + self._text.count("\n", 0, self._position)
        return refused(f"{self._file}:{line}:", f"this is not a snapshot's JSON: {reason}.")


def kind_of(value: Json) -> str:
    """What stands there, for a refusal. Never the value itself where it can be long."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return "a whole number"
        case float():
            return f"the number {value}"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict() | RepeatedKey():
            return "an object"


def _object(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _value in pairs:
        if key in seen:
            return RepeatedKey(key)
        seen.add(key)
    return found


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    return error.pos >= length - _LONGEST_TOKEN or error.msg.startswith("Unterminated string")
