"""Typed readers of a document's objects. What they let through is still held against the canonical form."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

Value = None | bool | int | str | list["Value"] | dict[str, "Value"]
_Word = TypeVar("_Word", bound=Enum)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class WrongDocument(Exception):
    """The text completes "The plan x …" or "Line 7 …"."""


class NewerDocument(WrongDocument):
    """The document was written by a release that is newer than this one."""


class Fields:
    """One object, read key by key. `place` is its path in the document, empty for the whole."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise WrongDocument(f"has no object at {place or 'its top'}")
        self._value: dict[str, object] = value
        self._place = place

    def only(self, *keys: str) -> Fields:
        """The same, once it has exactly these keys."""
        for key in sorted(self._value.keys() ^ set(keys)):
            said = f"lacks {self._at(key)}" if key in keys else f"has an unknown key at {self._at(key)}"
            raise WrongDocument(said)
        return self

    def text(self, key: str) -> str:
        """A text, the empty one included."""
        value = self.any(key)
        if not isinstance(value, str):
            raise self.wrong(key, "a text")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text or null."""
        return None if self.any(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        """A number a database column can hold."""
        value = self.any(key)
        if type(value) is not int or not _SMALLEST <= value <= _LARGEST:
            raise self.wrong(key, "a whole number of 64 bits")
        return value

    def optional_integer(self, key: str) -> int | None:
        """A number or null."""
        return None if self.any(key) is None else self.integer(key)

    def optional_truth(self, key: str) -> bool | None:
        """True, false or null."""
        value = self.any(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true, false or null")
        return value

    def word(self, key: str, words: type[_Word]) -> _Word:
        """A member of the enumeration, by its value."""
        value = self.text(key)
        for word in words:
            if word.value == value:
                return word
        raise self.wrong(key, " or ".join(str(word.value) for word in words))

    def part(self, key: str) -> Fields:
        """An object below this one."""
        return Fields(self.any(key), self._at(key))

    def optional_part(self, key: str) -> Fields | None:
        """An object below this one; None when there is no such key. A null is no object."""
        return self.part(key) if key in self._value else None

    def parts(self, key: str) -> tuple[Fields, ...]:
        """A list of objects."""
        return tuple(Fields(item, f"{self._at(key)}[{number}]") for number, item in enumerate(self.items(key)))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = tuple(item for item in self.items(key) if isinstance(item, str))
        if len(found) != len(self.items(key)):
            raise self.wrong(key, "a list of texts")
        return found

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Pairs of two texts."""
        found: list[tuple[str, str]] = []
        for item in self.items(key):
            match item:
                case [str(first), str(second)]:
                    found.append((first, second))
                case _:
                    raise self.wrong(key, "pairs of texts")
        return tuple(found)

    def named_values(self, key: str) -> tuple[tuple[str, int | str], ...]:
        """Pairs of a name and a number or text."""
        found: list[tuple[str, int | str]] = []
        for item in self.items(key):
            match item:
                case [str(name), int(value)] if not isinstance(value, bool) and _SMALLEST <= value <= _LARGEST:
                    found.append((name, value))
                case [str(name), str(text)]:
                    found.append((name, text))
                case _:
                    raise self.wrong(key, "pairs of a name and a value")
        return tuple(found)

    def items(self, key: str) -> list[object]:
        """A list, its items still to be read."""
        value = self.any(key)
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value

    def any(self, key: str) -> object:
        """Whatever stands there, still to be read."""
        if key not in self._value:
            raise WrongDocument(f"lacks {self._at(key)}")
        return self._value[key]

    def wrong(self, key: str, wanted: str) -> WrongDocument:
        """What to raise when something else than `wanted` stands there."""
        return WrongDocument(f"must have {wanted} at {self._at(key)}")

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key
