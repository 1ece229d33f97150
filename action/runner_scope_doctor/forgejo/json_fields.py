"""Single values out of an answer's JSON, whatever the server put there."""

from __future__ import annotations

import re
from datetime import datetime

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class WrongShape(Exception):
    """The JSON is not what Forgejo sends there; the text says where, in our words only."""


def object_of(value: object, what: str) -> dict[str, object]:
    """The value as an object. Raises WrongShape."""
    if not isinstance(value, dict):
        raise WrongShape(f"the {what} is no object")
    return value


def list_of(value: object, what: str) -> list[object]:
    """The value as a list; Forgejo writes some empty lists as `null`. Raises WrongShape."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongShape(f"the list of {what} is no list")
    return value


def integer_of(item: dict[str, object], key: str) -> int:
    """A 64-bit number. Raises WrongShape, also when the key is missing."""
    value = item.get(key)
    if type(value) is not int or not _SMALLEST <= value <= _LARGEST:
        raise WrongShape(f"{key} is no 64-bit number")
    return value


def flag_of(item: dict[str, object], key: str) -> bool:
    """True or false. Raises WrongShape, also when the key is missing."""
    value = item.get(key)
    if not isinstance(value, bool):
        raise WrongShape(f"{key} is neither true nor false")
    return value


def text_of(item: dict[str, object], key: str) -> str:
    """A text. Raises WrongShape, also when the key is missing."""
    return checked_text(item.get(key), key)


def texts_of(item: dict[str, object], key: str) -> tuple[str, ...] | None:
    """A list of texts; None for `null`. Raises WrongShape, also when the key is missing."""
    if key not in item:
        raise WrongShape(f"{key} is missing")
    texts = item[key]
    if texts is None:
        return None
    if not isinstance(texts, list):
        raise WrongShape(f"{key} is no list")
    return tuple([checked_text(text, key) for text in texts])


def time_of(item: dict[str, object], key: str) -> int:
    """A time as Go writes it, in Unix seconds. Raises WrongShape, also for one without an offset."""
    value = text_of(item, key)
    found = _TIME.fullmatch(value)
    try:
        if found is None:
            raise ValueError
        # Python 3.11 reads up to six digits of a fraction's nine; whole seconds are all that is kept.
        return int(datetime.fromisoformat(value[:19] + found[2]).timestamp())
    except (ValueError, OverflowError):
        raise WrongShape(f"{key} is no time") from None


def checked_text(value: object, key: str) -> str:
    """Go never sends half a surrogate pair; such a text could not even be written to a file. Raises WrongShape."""
    if not isinstance(value, str):
        raise WrongShape(f"{key} is no text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise WrongShape(f"{key} is no valid Unicode")
    return value
