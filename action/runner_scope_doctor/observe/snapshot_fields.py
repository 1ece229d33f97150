"""One field of a stranger's record to one value, or the refusal that names its place.

`at` is the place of the record, the file's name first, as in `seen.json: runners[3]`.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.runner import NotANumber, ObservedId, UnreadableLabels
from runner_scope_doctor.model.wording import masked_uuid
from runner_scope_doctor.observe.snapshot_json import Json, RepeatedKey, kind_of, refused, under

Fields = dict[str, Json]
"""The values of a record by key: exactly the keys that it must have."""
Word = TypeVar("Word", bound=Enum)

SMALLEST, LARGEST = -(2**63), 2**63 - 1
"""The numbers a database column and Forgejo's API can hold."""
LATEST = 253402300799
"""The last second of the year 9999, beyond which no date can be printed."""
_NUMBER = "a whole number of 64 bits"


def fields(value: Json, at: str, keys: frozenset[str]) -> Fields:
    """The record's values. Raises SettingsInvalid for anything but an object of exactly these keys, each once."""
    if isinstance(value, RepeatedKey):
        raise refused(under(at, value.key), "stands twice.")
    if not isinstance(value, dict):
        raise refused(at, f"must be an object, not {kind_of(value)}.")
    if value.keys() != keys:
        for key in value:
            if key not in keys:
                raise refused(under(at, key), "is no key of a snapshot.")
        raise refused(under(at, min(keys - value.keys())), "is missing.")
    return value


def integer(row: Fields, key: str, at: str) -> int:
    """A number that a database column can hold."""
    value = row[key]
    if type(value) is not int or not SMALLEST <= value <= LARGEST:
        raise _wrong(value, key, at, _NUMBER)
    return value


def optional_integer(row: Fields, key: str, at: str) -> int | None:
    """The same, or null."""
    value = row[key]
    if value is None:
        return None
    if type(value) is not int or not SMALLEST <= value <= LARGEST:
        raise _wrong(value, key, at, f"{_NUMBER} or null")
    return value


def within(row: Fields, key: str, at: str, most: int) -> int:
    """A number from 0 to `most`."""
    value = row[key]
    if type(value) is not int or not 0 <= value <= most:
        raise _wrong(value, key, at, f"a whole number from 0 to {most}")
    return value


def text(row: Fields, key: str, at: str) -> str:
    """A text, the empty one included."""
    value = row[key]
    if not isinstance(value, str):
        raise _wrong(value, key, at, "a text")
    return value


def optional_text(row: Fields, key: str, at: str) -> str | None:
    """A text or null."""
    value = row[key]
    if value is not None and not isinstance(value, str):
        raise _wrong(value, key, at, "a text or null")
    return value


def optional_truth(row: Fields, key: str, at: str) -> bool | None:
    """True, false or null."""
    value = row[key]
    if value is not None and not isinstance(value, bool):
        raise _wrong(value, key, at, "true, false or null")
    return value


def word(row: Fields, key: str, at: str, words: type[Word]) -> Word:
    """One of the values of that enum."""
    value = row[key]
    for known in words:
        if value == known.value:
            return known
    raise _wrong(value, key, at, _one_of(words))


def optional_word(row: Fields, key: str, at: str, words: type[Word]) -> Word | None:
    """One of the values of that enum, or null."""
    value = row[key]
    if value is None:
        return None
    for known in words:
        if value == known.value:
            return known
    raise _wrong(value, key, at, f"{_one_of(words)} or null")


def observed_id(row: Fields, key: str, at: str) -> ObservedId:
    """An id as stored: a text is a value that is no number."""
    value = row[key]
    if value is None or (type(value) is int and SMALLEST <= value <= LARGEST):
        return value
    if isinstance(value, str):
        return NotANumber(text=value)
    raise _wrong(value, key, at, f"{_NUMBER}, a text or null")


def labels(row: Fields, key: str, at: str) -> tuple[str, ...] | UnreadableLabels | None:
    """Labels as stored: a text is a value that is no list of labels."""
    value = row[key]
    match value:
        case None:
            return None
        case str():
            return UnreadableLabels(text=value)
        case list():
            return tuple([_label(item, under(at, key), number) for number, item in enumerate(value)])
        case _:
            raise _wrong(value, key, at, "a list of texts, a text or null")


def uuid(row: Fields, key: str, at: str) -> str | None:
    """A masked uuid or null. A whole one can hold part of a secret and has no business in such a file."""
    value = row[key]
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong(value, key, at, "a text or null")
    if masked_uuid(value) != value:
        raise refused(under(at, key), "must be masked but for its last 4 characters.")
    return value


def _label(value: Json, at: str, number: int) -> str:
    if not isinstance(value, str):
        raise refused(f"{at}[{number}]", f"must be a text, not {kind_of(value)}.")
    return value


def _one_of(words: type[Enum]) -> str:
    return ", ".join(str(known.value) for known in words)


def _wrong(value: Json, key: str, at: str, wanted: str) -> SettingsInvalid:
    shown = "another" if type(value) is int and "whole number" in wanted else kind_of(value)
    return refused(under(at, key), f"must be {wanted}, not {shown}.")
