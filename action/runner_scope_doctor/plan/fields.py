"""Typed readers of a plan's JSON. What they let through is still held against the canonical form."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from runner_scope_doctor.model.plan import Parameter, Purpose
from runner_scope_doctor.model.server import Engine

Value = None | bool | int | str | list["Value"] | dict[str, "Value"]
_Word = TypeVar("_Word", bound=Enum)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class WrongPlan(Exception):
    """The text completes "The plan x …"."""


class PlanFields:
    """One object of the document, read key by key. `place` is its path, empty for the whole."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise WrongPlan(f"has no object at {place or 'its top'}")
        self._value: dict[str, object] = value
        self._place = place

    def text(self, key: str) -> str:
        """A text."""
        value = self._of(key)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text or null."""
        return None if self._of(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        """A number a database column can hold."""
        value = self._of(key)
        if type(value) is not int or not _SMALLEST <= value <= _LARGEST:
            raise self._wrong(key, "a whole number of 64 bits")
        return value

    def optional_integer(self, key: str) -> int | None:
        """A number or null."""
        return None if self._of(key) is None else self.integer(key)

    def optional_truth(self, key: str) -> bool | None:
        """True, false or null."""
        value = self._of(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true, false or null")
        return value

    def part(self, key: str) -> PlanFields:
        """An object below this one."""
        return PlanFields(self._of(key), self._at(key))

    def parts(self, key: str) -> tuple[PlanFields, ...]:
        """A list of objects."""
        return tuple(PlanFields(item, f"{self._at(key)}[{number}]") for number, item in enumerate(self._list(key)))

    def engine(self, key: str) -> Engine:
        """A database engine by its word."""
        return self._word(key, Engine)

    def purpose(self, key: str) -> Purpose:
        """Why a statement is there, by its word."""
        return self._word(key, Purpose)

    def parameters(self, key: str) -> tuple[Parameter, ...]:
        """Pairs of a name and a number or text."""
        found: list[Parameter] = []
        for item in self._list(key):
            match item:
                case [str(name), int(value)] if not isinstance(value, bool) and _SMALLEST <= value <= _LARGEST:
                    found.append((name, value))
                case [str(name), str(text)]:
                    found.append((name, text))
                case _:
                    raise self._wrong(key, "pairs of a name and a value")
        return tuple(found)

    def _list(self, key: str) -> list[object]:
        value = self._of(key)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def _word(self, key: str, words: type[_Word]) -> _Word:
        value = self.text(key)
        for word in words:
            if word.value == value:
                return word
        raise self._wrong(key, " or ".join(str(word.value) for word in words))

    def _of(self, key: str) -> object:
        if key not in self._value:
            raise WrongPlan(f"lacks {self._at(key)}")
        return self._value[key]

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _wrong(self, key: str, wanted: str) -> WrongPlan:
        return WrongPlan(f"must have {wanted} at {self._at(key)}")
